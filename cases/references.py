"""References of cases: TS-48213, counted by a sequence of PostgreSQL, so that no two transactions draw one twice."""

from django.db import connection

PREFIX = "TS-"


def next_reference() -> str:
    """The next free reference. One drawn by a transaction that rolls back is never given out again."""
    return next_references(1)[0]


def next_references(count: int) -> list[str]:
    """So many free references, in order, in one statement."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('cases_reference') FROM generate_series(1, %s)", [count])
        return [f"{PREFIX}{number}" for (number,) in cursor.fetchall()]
