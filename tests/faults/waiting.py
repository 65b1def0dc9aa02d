"""Who waits for whom in the test's own database: the tests of the other cores wait for locks on the same server."""

from django.db import connection

# pg_locks is read anew within a transaction, which pg_stat_activity is not. A lock on a transaction names no database,
# but whoever waits for one holds locks on tables that do.
_WAITING = """
SELECT EXISTS (
    SELECT FROM pg_locks WHERE NOT granted AND pid IN (
        SELECT pid FROM pg_locks WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
)
"""


def somebody_waits() -> bool:
    """Whether anybody has asked for a lock that another holds."""
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return bool(cursor.fetchone()[0])
