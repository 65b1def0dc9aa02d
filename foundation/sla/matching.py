"""Which targets a record gets: the first policy whose conditions fit, in its current wording, at its severity."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache

from django.db import connection

from foundation.sla.calendar import BusinessCalendar
from foundation.sla.models import CalendarVersion, PolicyVersion

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


_TERMS = """
WITH chosen AS (
    SELECT version.id
    FROM sla_policyversion AS version JOIN sla_policy AS policy ON policy.id = version.policy_id
    WHERE policy.is_active
      AND version.number = (SELECT max(number) FROM sla_policyversion WHERE policy_id = policy.id)
      AND (version.kinds = '{}' OR %(kind)s = ANY (version.kinds))
      AND (version.teams = '{}' OR %(team)s = ANY (version.teams))
      AND (version.markets = '{}' OR %(market)s = ANY (version.markets))
    ORDER BY policy.position, policy.id LIMIT 1
)
SELECT target.metric, target.version_id, hours.id, target.seconds, target.warn_percents, target.warn_seconds, target.pause_on
FROM sla_target AS target
JOIN chosen ON chosen.id = target.version_id
JOIN sla_calendar AS named ON named.id = target.calendar_id
JOIN sla_calendar AS counting ON counting.slug = CASE WHEN %(severity)s = 1 THEN %(always)s ELSE named.slug END
JOIN LATERAL (
    SELECT id FROM sla_calendarversion WHERE calendar_id = counting.id ORDER BY number DESC LIMIT 1
) AS hours ON true
WHERE target.severity = %(severity)s
"""
"""Asked at every report and every change of a case, and three subqueries deep: building it anew took longer than running it."""


def _read_terms(kind: str, team: str, market: str, severity: int) -> dict[str, Terms]:
    given: dict[str, str | int] = {
        "kind": kind,
        "team": team,
        "market": market,
        "severity": severity,
        "always": ALWAYS_SLUG,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TERMS, given)
        return {
            metric: Terms(metric, policy, hours, seconds, tuple(percents), tuple(before), tuple(pause_on))
            for metric, policy, hours, seconds, percents, before, pause_on in cursor.fetchall()
        }


CONDITIONS = ("kinds", "teams", "markets")
"""What a policy may ask of a record; empty asks nothing."""


def unreached(in_order: Sequence[PolicyVersion]) -> list[tuple[PolicyVersion, PolicyVersion]]:
    """The wordings that no record can come to, each with the earlier one that takes all it would.

    ``in_order`` are those in force, of active policies. What only several earlier ones take together is not found.
    """
    found = []
    for place, version in enumerate(in_order):
        earlier = next((each for each in in_order[:place] if _takes_all_of(each, version)), None)
        if earlier is not None:
            found.append((version, earlier))
    return found


def _takes_all_of(earlier: PolicyVersion, later: PolicyVersion) -> bool:
    asked = ((set(getattr(earlier, name)), set(getattr(later, name))) for name in CONDITIONS)
    return all(not wide or (narrow and narrow <= wide) for wide, narrow in asked)


@lru_cache(maxsize=512)
def calendar_of(version: int) -> BusinessCalendar:
    """The hours of a version of a calendar, by id. A version never changes, so each is read once a process."""
    return CalendarVersion.objects.get(pk=version).hours
