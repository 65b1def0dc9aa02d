"""Which targets a record gets: the first policy whose conditions fit, in its current wording, at its severity."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import F, OuterRef, Q, Subquery, Value

from foundation.sla.calendar import BusinessCalendar
from foundation.sla.models import CalendarVersion, PolicyVersion, Target

ALWAYS_SLUG = "always"
"""The shipped calendar that is open at every instant; SEV-1 counts on it whatever its policy says (rule 7)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a clock is started under. Seconds are business seconds of the calendar version."""

    metric: str
    policy_version: int
    calendar_version: int
    seconds: int
    warn_percents: tuple[int, ...]
    warn_seconds: tuple[int, ...]
    pause_on: tuple[str, ...]


_kept: ContextVar[dict[tuple[str, str, str, int], dict[str, Terms]] | None] = ContextVar("kept", default=None)


@contextmanager
def keeping_terms() -> Iterator[None]:
    """Read the terms of each kind of record once: for whoever writes many, and no policy meanwhile."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def terms_for(*, kind: str, team: str, market: str, severity: int) -> dict[str, Terms]:
    """The terms of each metric for such a record, by metric; empty where no policy fits. One query.

    team is a slug. The first active policy in order whose conditions fit decides alone: a metric that it names no
    target for has no clock.
    """
    key, kept = (kind, team, market, severity), _kept.get()
    if kept is None:
        return _read_terms(*key)
    if key not in kept:
        kept[key] = _read_terms(*key)
    return kept[key]


def _read_terms(kind: str, team: str, market: str, severity: int) -> dict[str, Terms]:
    newest = PolicyVersion.objects.filter(policy=OuterRef("policy")).order_by("-number").values("number")[:1]
    chosen = (
        PolicyVersion.objects.filter(policy__is_active=True, number=Subquery(newest))
        .filter(Q(kinds=[]) | Q(kinds__contains=[kind]))
        .filter(Q(teams=[]) | Q(teams__contains=[team]))
        .filter(Q(markets=[]) | Q(markets__contains=[market]))
        .order_by("policy__position", "policy_id")
        .values("pk")[:1]
    )
    hours = CalendarVersion.objects.filter(calendar__slug=OuterRef("counts_on")).order_by("-number").values("pk")[:1]
    targets = (
        Target.objects.filter(version=Subquery(chosen), severity=severity)
        .annotate(counts_on=Value(ALWAYS_SLUG) if severity == 1 else F("calendar__slug"))
        .annotate(calendar_version=Subquery(hours))
    )
    return {
        target.metric: Terms(
            metric=target.metric,
            policy_version=target.version_id,
            calendar_version=target.calendar_version,
            seconds=target.seconds,
            warn_percents=tuple(target.warn_percents),
            warn_seconds=tuple(target.warn_seconds),
            pause_on=tuple(target.pause_on),
        )
        for target in targets
    }


@lru_cache(maxsize=512)
def calendar_of(version: int) -> BusinessCalendar:
    """The hours of a version of a calendar, by id. A version never changes, so each is read once a process."""
    return CalendarVersion.objects.get(pk=version).hours
