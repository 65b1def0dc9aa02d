import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Case, CaseText, Clock
from cases.operations.firing import sweep_clocks
from cases.operations.work import add_note
from cases.timeline import PAGE as TIMELINE
from foundation.accounts.models import Membership, Team, User
from foundation.accounts.operations import create_api_key
from foundation.accounts.permissions import Role
from foundation.audit.actors import SYSTEM
from foundation.audit.models import Entry
from foundation.sla.models import ClockState
from tsdesk.auditing import find_lateness
from tsdesk.bench.measuring import Ask, measure
from tsdesk.bench.storm import write_breaches

SWEPT = 1_000


class Command(BaseCommand):
    """Loads synthetic cases, serves them with two processes, and prints what the pages took beside the floor."""

    help = "Measure the desk beside the least that Django and PostgreSQL could do, as ratios in one run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--cases", type=int, default=10_000)
        parser.add_argument("--json", type=Path, default=None)

    def handle(self, *args: Any, **options: Any) -> None:
        missing = options["cases"] - Case.objects.count()
        if missing > 0:
            call_command("seed", cases=missing)
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        call_command("collectstatic", interactive=False, verbosity=0)
        reader = _reader()
        cookie = f"{settings.SESSION_COOKIE_NAME}={_session_of(reader)}"
        with _server() as port:
            rows = self._pages(port, {"Cookie": cookie})
        rows.append(self._sweep())
        rows.append(self._audit())
        self._print(rows, options["cases"])
        if options["json"]:
            options["json"].write_text(json.dumps({"cases": options["cases"], "rows": rows}, indent=2) + "\n")

    def _pages(self, port: int, signed_in: dict[str, str]) -> list[dict[str, Any]]:
        case = Case.objects.open().filter(confidentiality=1).order_by("-pk")[0]
        _fill(case, by=_reader())
        word = _rare_word()
        pages = {
            "queue": (Ask("/?q=is:open", signed_in), Ask("/floor/queue/", signed_in)),
            "case": (Ask(case.get_absolute_url(), signed_in), Ask(f"/floor/case/{case.pk}/", signed_in)),
            "search": (Ask(f"/?q={word}", signed_in), Ask(f"/floor/search/{word}/", signed_in)),
            "create": (_create(), Ask("/floor/create/", {}, "POST", expected=201)),
        }
        return [_beside(port, name, ask, floor) for name, (ask, floor) in pages.items()]

    def _sweep(self) -> dict[str, Any]:
        """A sweep of 1,000 breaches of as many cases beside the same rows by one statement; then one with nothing due."""
        now = timezone.now()
        while sweep_clocks(now):
            pass
        idle = _timed(lambda: sweep_clocks(now))
        running = Clock.objects.filter(
            next_fire_at__gt=now, state=ClockState.RUNNING, breached_at=None, pauses=[], carried_seconds=0
        )
        due = list(running.order_by("case", "pk").distinct("case").values_list("pk", flat=True)[:SWEPT])
        Clock.objects.filter(pk__in=due).update(
            started_at=now - F("target_seconds") * timedelta(seconds=1), counted_from=None, due_at=now,
            next_fire_at=now, next_fire_kind="breach", next_fire_threshold=0,
        )  # fmt: skip
        least = statistics.median(_timed_and_taken_back(lambda: write_breaches(due, now=now)) for _run in range(3))
        # Of many running clocks some fall due in that second by themselves, and may go first.
        swept = _timed(lambda: sweep_clocks(now + timedelta(seconds=1), most=2 * SWEPT))
        if missed := Clock.objects.filter(pk__in=due, breached_at__isnull=True).count():
            raise CommandError(f"{missed} of {len(due)} clocks did not fire.")
        return {
            "name": f"sweep, {len(due)} due",
            "p50": swept,
            "floor": least,
            "ratio": round(swept / least, 1),
            "idle_ms": idle,
        }

    def _audit(self) -> dict[str, Any]:
        now = timezone.now()
        took = _timed(lambda: find_lateness(now=now, watching_since=now - timedelta(days=1)))
        return {"name": "auditor's pass", "p50": took}

    def _print(self, rows: list[dict[str, Any]], cases: int) -> None:
        self.stdout.write(f"{cases} cases; milliseconds; ratio to the floor's p50 in the same run\n")
        self.stdout.write(
            f"{'':22}{'p50':>9}{'p95':>9}{'p50 x8':>9}{'floor':>9}{'ratio':>8}{'queries':>9}{'bytes':>9}\n"
        )
        for row in rows:
            figures = [row.get(name, "") for name in ("p50", "p95", "p50_at_8", "floor", "ratio", "queries", "bytes")]
            widths = (9, 9, 9, 9, 8, 9, 9)
            cells = "".join(f"{figure!s:>{width}}" for figure, width in zip(figures, widths, strict=True))
            self.stdout.write(f"{row['name']:22}{cells}\n")


def _fill(case: Case, *, by: User) -> None:
    """Bring the timeline of a case to a page of entries."""
    missing = TIMELINE - Entry.objects.filter(subject_kind="case", subject_id=str(case.pk)).count()
    for number in range(missing):
        add_note(case, body=f"Called again, nobody answered. Attempt {number + 1}.", by=by, now=timezone.now())


def _beside(port: int, name: str, ask: Ask, floor: Ask) -> dict[str, Any]:
    took = measure(port, ask, concurrency=1)
    if ask.method == "GET":
        floor = replace(floor, path=f"{floor.path}?octets={took.octets}")
    least = measure(port, floor, concurrency=1)
    crowded = measure(port, ask, concurrency=8)
    blank = (
        measure(port, Ask(f"/floor/page/{took.octets}/", ask.headers), concurrency=1) if ask.method == "GET" else None
    )
    return {
        "name": name, "p50": took.p50, "p95": took.p95, "p50_at_8": crowded.p50, "floor": least.p50,
        "ratio": round(took.p50 / least.p50, 2), "blank": blank.p50 if blank else None, "bytes": took.octets,
        "queries": _queries(ask) if ask.method == "GET" else "",
    }  # fmt: skip


def _queries(ask: Ask) -> int:
    """How many statements the page takes once its frame is in the cache."""
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    client.cookies[settings.SESSION_COOKIE_NAME] = ask.headers["Cookie"].partition("=")[2]
    client.get(ask.path)
    with CaptureQueriesContext(connection) as captured:
        client.get(ask.path)
    return len(captured)


def _create() -> Ask:
    with transaction.atomic():
        _key, secret = create_api_key(integration_name=f"bench {secrets.token_hex(4)}", by=SYSTEM, now=timezone.now())

    def body() -> str:
        return json.dumps(
            {
                "kind": "incident", "title": "Walker never came", "description": "She waited an hour.", "category": "no-show",
                "channel": "api", "market": "US", "language": "en", "external_id": secrets.token_hex(8),
                "reporter": {"name": "Kim Alvarez", "email": f"{secrets.token_hex(4)}@example.com", "role": "owner"},
            }
        )  # fmt: skip

    headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
    return Ask("/api/v1/cases/", headers, "POST", body, expected=201)


def _reader() -> User:
    """A manager who is in every team."""
    user, is_new = User.objects.get_or_create(
        email="bench@example.com", defaults={"name": "Bench", "role": Role.SENIOR, "created_at": timezone.now()}
    )
    if is_new:
        Membership.objects.bulk_create(Membership(user=user, team=team) for team in Team.objects.all())
    return user


def _session_of(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


def _rare_word() -> str:
    """A word of about one case in a thousand."""
    wanted = max(1, CaseText.objects.count() // 1_000)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT word FROM ts_stat('SELECT words FROM cases_casetext ORDER BY id DESC LIMIT 20000') "
            "WHERE word ~ '^[a-z]{5,}$' ORDER BY abs(ndoc - %s), word LIMIT 1",
            [max(1, min(20_000, CaseText.objects.count()) * wanted // max(1, CaseText.objects.count()))],
        )
        row = cursor.fetchone()
    return str(row[0])


def _timed(deed: Callable[[], object]) -> float:
    start = time.perf_counter()
    deed()
    return round(1_000 * (time.perf_counter() - start), 2)


def _timed_and_taken_back(deed: Callable[[], object]) -> float:
    with transaction.atomic():
        took = _timed(deed)
        transaction.set_rollback(True)
    return took


@contextmanager
def _server() -> Iterator[int]:
    """Two processes of gunicorn on a free port of loopback, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tsdesk.bench.settings",
        "TSDESK_BIND": f"127.0.0.1:{port}",
        "TSDESK_BASE_URL": f"http://127.0.0.1:{port}",
        "TSDESK_ALLOWED_HOSTS": "127.0.0.1",
        "TSDESK_WEB_PROCESSES": "2",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "python:tsdesk.serving"]
    server = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _attempt in range(150):
        if server.poll() is not None:
            raise RuntimeError("The server did not start.")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("The server did not answer in 30 s.")
