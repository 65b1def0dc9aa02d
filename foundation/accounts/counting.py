"""The `throttle` cache: counts that hold when Valkey is down and when many requests come at once."""

from typing import NamedTuple, cast

from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connections, router


class Count(NamedTuple):
    """How often something happened since its window began, and the seconds until that window ends."""

    times: int
    seconds_left: int


class CountingCache(DatabaseCache):
    """Django's database cache, with a counter that is one statement and exact.

    The cache's own ``incr`` reads, then writes: two attempts at once count as one, and an API call would pay
    five statements. A counter's row is written by ``count`` alone and never read by ``get``.
    """

    _table: str

    def count(self, key: str, *, seconds: int) -> Count:
        """Count once more under ``key``. The window begins with the first count and lasts ``seconds``."""
        connection = connections[router.db_for_write(self.cache_model_class)]
        table = connection.ops.quote_name(self._table)
        with connection.cursor() as cursor:
            # The table's name is a setting; what comes from outside are parameters.
            cursor.execute(
                f"INSERT INTO {table} AS counted (cache_key, value, expires)"  # noqa: S608
                " VALUES (%s, '1', clock_timestamp() + make_interval(secs => %s))"
                " ON CONFLICT (cache_key) DO UPDATE SET"
                " value = CASE WHEN counted.expires <= clock_timestamp() THEN '1'"
                " ELSE (counted.value::bigint + 1)::text END,"
                " expires = CASE WHEN counted.expires <= clock_timestamp() THEN excluded.expires"
                " ELSE counted.expires END"
                " RETURNING value::bigint, ceil(extract(epoch FROM expires - clock_timestamp()))::int",
                [self.make_and_validate_key(f"count:{key}"), seconds],
            )
            return Count(*cursor.fetchone())

    def forget(self, key: str) -> None:
        """Begin again at nothing."""
        self.delete(f"count:{key}")


def throttle() -> CountingCache:
    """The cache in which sign-ins, codes and API calls are counted."""
    return cast(CountingCache, caches["throttle"])
