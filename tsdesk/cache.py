"""The default cache: Valkey, where a lost Valkey is a cache miss."""

import time
from collections.abc import Callable
from typing import Any

from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError


class LossyCache(RedisCache):
    """Reads find nothing and writes do nothing while Valkey cannot be reached; no page fails because of it.

    After one failure Valkey is left alone for `REST` seconds, so that its loss costs a page one timeout, not twenty.
    Nothing that must hold may be kept here: counts of failed sign-ins live in the `throttle` cache.
    """

    REST = 2.0

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._resting_until = 0.0

    def _or_else(self, fallback: Any, call: Callable[[], Any]) -> Any:
        if time.monotonic() < self._resting_until:
            return fallback
        try:
            return call()
        except (RedisError, OSError):
            self._resting_until = time.monotonic() + self.REST
            return fallback

    def add(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_else(False, lambda: super(LossyCache, self).add(*args, **kwargs))

    def get(self, key: str, default: Any = None, version: int | None = None) -> Any:
        return self._or_else(default, lambda: super(LossyCache, self).get(key, default, version))

    def set(self, *args: Any, **kwargs: Any) -> None:
        self._or_else(None, lambda: super(LossyCache, self).set(*args, **kwargs))

    def touch(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_else(False, lambda: super(LossyCache, self).touch(*args, **kwargs))

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_else(False, lambda: super(LossyCache, self).delete(*args, **kwargs))

    def get_many(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_else({}, lambda: super(LossyCache, self).get_many(*args, **kwargs))

    def set_many(self, data: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
        return self._or_else(list(data), lambda: super(LossyCache, self).set_many(data, *args, **kwargs))

    def delete_many(self, *args: Any, **kwargs: Any) -> None:
        self._or_else(None, lambda: super(LossyCache, self).delete_many(*args, **kwargs))

    def has_key(self, *args: Any, **kwargs: Any) -> Any:
        return self._or_else(False, lambda: super(LossyCache, self).has_key(*args, **kwargs))

    def incr(self, key: str, delta: int = 1, version: int | None = None) -> Any:
        # Django's contract for a key that is not there.
        value = self._or_else(None, lambda: super(LossyCache, self).incr(key, delta, version))
        if value is None:
            raise ValueError(f"Key {key!r} not found")
        return value

    def clear(self) -> Any:
        return self._or_else(False, lambda: super(LossyCache, self).clear())
