"""Bringing new wordings of policies and calendars to the clocks that run, and saying beforehand what they would do."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import NamedTuple

import structlog
from django.db import InterfaceError, OperationalError, transaction

from cases.models import Case, Clock
from cases.operations.clocks import UNSTOPPED, differs, retarget_clocks
from foundation.audit.actors import SYSTEM
from foundation.sla.arithmetic import retarget
from foundation.sla.clocks import facts_of
from foundation.sla.matching import Terms, calendar_of, terms_for
from foundation.sla.models import CalendarVersion, PolicyVersion

log = structlog.get_logger(__name__)

BATCH = 100
MOST_A_SWEEP = 2_000


class Preview(NamedTuple):
    """What a wording would do to the clocks that run: how many change, and how many of those are breached at once."""

    changed: int
    breached: int


def preview(publish: Callable[[], object], *, now: datetime) -> Preview:
    """What publishing would do, on the cases as they are; nothing of it stays.

    ``publish`` is the operation itself, so that the preview cannot differ from the deed; what it raises is raised.
    """
    with transaction.atomic():
        publish()
        outcome = _count(now)
        transaction.set_rollback(True)
    return outcome


def sweep_rollouts(now: datetime, *, most: int = MOST_A_SWEEP) -> int:
    """Bring published wordings to the open cases, batch by batch, and say how many cases were looked at.

    Safe in any number of workers and to be killed at any point: how far a wording has come is kept with it. A case that
    raises is logged and keeps the targets it has; the others go on.
    """
    done = 0
    while done < most:
        with transaction.atomic():
            wording = _next_pending()
            if wording is None:
                break
            done += _roll_out(wording, now)
    return done


def _next_pending() -> CalendarVersion | PolicyVersion | None:
    """The oldest wording that has not reached every clock and that no other worker has in hand, calendars first."""
    for wordings in (CalendarVersion.objects, PolicyVersion.objects):
        # Not FOR UPDATE: a case that starts a clock under this very version must not wait for us, who wait for it.
        pending = wordings.filter(applied_at__isnull=True).order_by("pk")
        if wording := pending.select_for_update(skip_locked=True, no_key=True).first():
            return wording
    return None


def _roll_out(wording: CalendarVersion | PolicyVersion, now: datetime) -> int:
    batch = list(
        Case.objects.open().filter(pk__gt=wording.applied_upto).order_by("pk").values_list("pk", flat=True)[:BATCH]
    )
    for pk in batch:
        _retarget_in_savepoint(pk, now)
    if len(batch) < BATCH:
        wording.applied_at = now
    else:
        wording.applied_upto = batch[-1]
    wording.save(update_fields=["applied_at", "applied_upto"])
    return len(batch)


def _retarget_in_savepoint(pk: int, now: datetime) -> None:
    """Give the clocks of one case their new targets. One that raises keeps the old ones and stops no other."""
    try:
        with transaction.atomic():
            retarget_clocks(Case.objects.locked(pk), by=SYSTEM, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the case's: the next sweep starts over
    except Exception:
        log.exception("rollout_failed", case=pk)


def _count(now: datetime) -> Preview:
    changed = breached = 0
    for clock, terms in _clocks_with_terms():
        if clock.breached_at is not None or terms is None or not differs(clock, terms):
            continue
        outcome = retarget(facts_of(clock), terms.seconds, now, calendar=calendar_of(terms.calendar_version))
        changed += outcome.reason != "due" and (outcome.due_at != clock.due_at or _is_told_otherwise(clock, terms))
        breached += outcome.reason == "retarget"
    return Preview(changed, breached)


def _is_told_otherwise(clock: Clock, terms: Terms) -> bool:
    """Whether its target, its warnings or what pauses it change: a new number of the wording alone changes nothing."""
    warned = tuple(clock.warn_percents), tuple(clock.warn_seconds)
    return (clock.target_seconds, *warned, tuple(clock.pause_on)) != (
        terms.seconds,
        terms.warn_percents,
        terms.warn_seconds,
        terms.pause_on,
    )


def _clocks_with_terms() -> Iterator[tuple[Clock, Terms | None]]:
    known: dict[tuple[str, str, str, int], dict[str, Terms]] = {}
    clocks = Clock.objects.filter(state__in=UNSTOPPED, case__in=Case.objects.open()).select_related("case__team")
    for clock in clocks.defer("case__description").iterator(chunk_size=2_000):
        case = clock.case
        key = (case.kind, case.team.slug, case.market, case.severity)
        if key not in known:
            known[key] = terms_for(kind=case.kind, team=case.team.slug, market=case.market, severity=case.severity)
        yield clock, known[key].get(clock.metric)
