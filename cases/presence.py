"""Who has a case open right now. Held in the cache only: losing it loses nothing."""

from collections.abc import Iterable
from datetime import datetime

from django.core.cache import cache

from foundation.accounts.models import User

SECONDS = 30
"""A page that has not said so for this long is taken as closed; it says so every 10 s."""


def look(case_id: int, *, user: User, now: datetime) -> None:
    """Note that somebody has the case open."""
    seen = _fresh(cache.get(_key(case_id)), now)
    seen[user.pk] = (user.name, now.timestamp())
    cache.set(_key(case_id), seen, SECONDS)


def leave(case_id: int, *, user: User, now: datetime) -> None:
    """Note that somebody has closed it."""
    seen = _fresh(cache.get(_key(case_id)), now)
    if seen.pop(user.pk, None):
        cache.set(_key(case_id), seen, SECONDS)


def looking_at(case_ids: Iterable[int], *, reader: User, now: datetime) -> dict[int, list[str]]:
    """The names of the others who have each case open. The caller passes only cases that the reader may see."""
    keys = {_key(pk): pk for pk in case_ids}
    found = cache.get_many(keys)
    return {
        keys[key]: [name for pk, (name, _at) in _fresh(seen, now).items() if pk != reader.pk]
        for key, seen in found.items()
    }


def _key(case_id: int) -> str:
    return f"looking:{case_id}"


def _fresh(seen: object, now: datetime) -> dict[int, tuple[str, float]]:
    if not isinstance(seen, dict):
        return {}
    return {pk: entry for pk, entry in seen.items() if now.timestamp() - entry[1] < SECONDS}
