"""`python -m tsdesk.probe NAME`: exit 0 when that process of the desk lives. For a container's health check.

It starts no Django, so that asking every few seconds costs next to nothing. The web answers for itself; the others
by the heartbeat that they record.
"""

import os
import sys
import urllib.request

import psycopg2

from tsdesk.heartbeats import STALE_AFTER


def web_lives() -> bool:
    port = os.environ.get("TSDESK_BIND", "127.0.0.1:8000").rsplit(":", 1)[1]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=4) as answer:
        return bool(answer.status == 200)


def was_heard_of(name: str) -> bool:
    connection = psycopg2.connect(os.environ["DATABASE_URL"], connect_timeout=4)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM tsdesk_heartbeat WHERE name = %s AND beat_at > now() - make_interval(secs => %s)",
                [name, STALE_AFTER[name]],
            )
            return bool(cursor.fetchone() == (1,))
    finally:
        connection.close()


def main(name: str) -> int:
    try:
        alive = web_lives() if name == "web" else was_heard_of(name)
    except (OSError, psycopg2.Error) as error:
        print(f"{name}: {type(error).__name__}", file=sys.stderr)
        return 1
    return 0 if alive else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
