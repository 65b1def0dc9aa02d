"""A storm: so many calls within minutes that whoever leads should look at the whole instead of each."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.core.cache import cache

from foundation.accounts.models import User
from foundation.accounts.permissions import Permission, Relation
from foundation.escalation.models import Cause

MANY = 20
"""More causes than this within WITHIN are a storm."""

WITHIN = timedelta(minutes=10)
MOST_COUNTED = 1_000
FRESH_SECONDS = 5
FOLDED_FOR = timedelta(hours=1)


class Storm(NamedTuple):
    """How many calls there were for her teams, at most MOST_COUNTED."""

    calls: int

    @property
    def is_more(self) -> bool:
        return self.calls >= MOST_COUNTED


def storm_for(reader: User, *, now: datetime) -> Storm | None:
    """The storm over the teams of a lead, or over all of a manager's; at most 5 s old. None for others, and while folded."""
    if not reader.may(Permission.ESCALATION_EDIT) or cache.get(_folded_key(reader)):
        return None
    key = f"storm:{reader.pk}"
    calls: int | None = cache.get(key)
    if calls is None:
        calls = _count(reader, now)
        cache.set(key, calls, FRESH_SECONDS)
    return Storm(calls) if calls > MANY else None


def fold_storm(reader: User) -> None:
    """Leave her in peace for an hour. Only her own banner is folded."""
    cache.set(_folded_key(reader), True, int(FOLDED_FOR.total_seconds()))


def _count(reader: User, now: datetime) -> int:
    causes = Cause.objects.filter(occurred_at__gt=now - WITHIN, occurred_at__lte=now)
    if Relation.EVERY_TEAM not in reader.ceilings:
        causes = causes.filter(escalation__team__in=reader.team_ids)
    return causes.order_by()[:MOST_COUNTED].count()


def _folded_key(reader: User) -> str:
    return f"storm:folded:{reader.pk}"
