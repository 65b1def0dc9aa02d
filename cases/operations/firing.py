"""Clocks that fire by themselves: warnings and breaches, judged from timestamps, each recorded and announced once."""

from collections.abc import Collection
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, models, transaction

from cases import events
from cases.models import Case, Clock, ClockEvent
from cases.models.case import Band
from cases.operations.placing import place_case
from cases.workflow import CaseState
from foundation.accounts.models import User
from foundation.audit import trail
from foundation.audit.actors import SYSTEM
from foundation.escalation.operations import start_escalation
from foundation.notifications.models import Channel
from foundation.notifications.outbox import enqueue
from foundation.sla.arithmetic import Fire, breached_at
from foundation.sla.clocks import facts_of, set_next_fire, upcoming
from foundation.sla.models import ClockEventKind

log = structlog.get_logger(__name__)

SECOND_THOUGHTS = timedelta(seconds=30)
"""How long the announcement of a breach waits that a change of severity alone made (rule 8)."""

BATCH = 25
"""How many clocks fire in one transaction: their cases are locked meanwhile, and whoever works on one waits."""

MOST_A_SWEEP = 5_000
RAISES_UNTIL_QUARANTINE = 3
SEVERITIES = (1, 2, 3, 4)


def sweep_clocks(now: datetime, *, most: int = MOST_A_SWEEP) -> int:
    """Fire every clock that is due, the most severe first, and say how many fired.

    Safe to run in any number of workers at once and to be killed at any point: rows are taken with SKIP LOCKED and
    a batch commits whole or not at all. A row that raises is left for the next sweep and set aside, with an alarm, the
    third time; the others fire. Ends when nothing more is due, or after ``most`` rows.
    """
    fired = 0
    raised: set[int] = set()
    while fired < most:
        with transaction.atomic():
            batch = _due_batch(now, without=raised)
            for clock in batch:
                if _fire_in_savepoint(clock, now):
                    fired += 1
                else:
                    raised.add(clock.pk)
        if not batch:
            break
    return fired


@transaction.atomic
def fire_clock(pk: int, *, now: datetime) -> bool:
    """Fire one clock, if it is still due; whether it did. Safe to run twice."""
    clock = _lockable().filter(pk=pk, next_fire_at__lte=now, quarantined_at__isnull=True).first()
    if clock is None:
        return False
    _fire(clock, now)
    return True


def judge_clock(clock: Clock, case: Case, *, now: datetime, announce: bool) -> bool:
    """Put on record a breach that no sweep has noticed yet; whether there was one.

    For operations that are about to change a clock: the verdict up to now stands whatever they do. Nobody is called
    (``announce`` False) about a clock that they stop at the same time.
    """
    if clock.breached_at is not None:
        return False
    at = breached_at(facts_of(clock), now)
    if at is None:
        return False
    record_breach(clock, case, at=at, now=now)
    if announce:
        announce_breach(clock, case, now=now)
    return True


def record_breach(clock: Clock, case: Case, *, at: datetime, now: datetime, reason: str = "") -> None:
    """Stamp a breach for ever: on the clock, among its events and in the trail.

    ``at`` is the true time, ``now`` when the desk knew. reason: "retarget" when a new target was already exceeded.
    """
    clock.breached_at = at
    set_next_fire(clock, None)
    clock.save(update_fields=["breached_at", "next_fire_at", "next_fire_kind", "next_fire_threshold"])
    ClockEvent.objects.create(
        clock=clock,
        kind=ClockEventKind.BREACH,
        at=at,
        detected_at=now,
        reason=reason,
        target_seconds=clock.target_seconds,
    )
    trail.record(
        events.CLOCK_BREACHED,
        about=case,
        by=SYSTEM,
        clock=clock.pk,
        metric=clock.metric,
        cycle=clock.cycle,
        severity=clock.severity,
        due_at=clock.due_at,
        breached_at=at,
        detected_at=now,
        reason=reason or None,
    )
    # A breach lifts a case above those that are merely due; one that waits on others stays where it is.
    if case.band == Band.DUE and case.state != CaseState.WAITING:
        place_case(case, now=now)


def announce_breach(clock: Clock, case: Case, *, now: datetime) -> None:
    """Call for help about a breach: an escalation, and a notice to whoever owns the case. Safe to run twice.

    A case without an owner has nobody to notify: there the escalation alone speaks.
    """
    if clock.next_fire_at is not None:
        set_next_fire(clock, None)
        clock.save(update_fields=["next_fire_at", "next_fire_kind", "next_fire_threshold"])
    key = f"clock:{clock.pk}:breach"
    start_escalation(
        subject=case.subject,
        reason=f"breach:{clock.metric}",
        severity=clock.severity,
        team=case.team,
        key=key,
        by=SYSTEM,
        now=now,
    )
    if case.assignee is not None:
        enqueue(
            "clock_breached",
            subject=case.subject,
            recipients=[case.assignee],
            context={"metric": clock.metric, "due_at": clock.due_at, "breached_at": clock.breached_at},
            key=key,
            now=now,
        )


def given_warnings(clock: Clock) -> frozenset[int]:
    """The thresholds of the warnings that the clock has given."""
    return frozenset(clock.events.filter(kind=ClockEventKind.WARN).values_list("threshold", flat=True))


def _lockable() -> models.QuerySet[Clock]:
    # The case is locked with its clock, as every operation on a case does, and neither is waited for: a sweep
    # that finds one of the two taken comes back, so it cannot be part of a deadlock.
    return Clock.objects.select_for_update(of=("self", "case"), skip_locked=True).select_related(
        "case__team__lead", "case__assignee"
    )


def _due_batch(now: datetime, *, without: Collection[int]) -> list[Clock]:
    # One index range a severity: asked for in one go, PostgreSQL walks the index of all running clocks.
    for severity in SEVERITIES:
        due = _lockable().filter(severity=severity, next_fire_at__lte=now, quarantined_at__isnull=True)
        batch = list(due.exclude(pk__in=without).order_by("next_fire_at")[:BATCH])
        if batch:
            return batch
    return []


def _fire_in_savepoint(clock: Clock, now: datetime) -> bool:
    try:
        with transaction.atomic():
            _fire(clock, now)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the row's: the next sweep starts over
    except Exception:
        log.exception("clock_failed", clock=clock.pk, case=clock.case_id)
        _count_failure(clock, now)
        return False
    return True


def _fire(clock: Clock, now: datetime) -> None:
    """Do all that a due clock does by itself up to now."""
    if clock.breached_at is not None:
        announce_breach(clock, clock.case, now=now)
        return
    if judge_clock(clock, clock.case, now=now, announce=True):
        return
    fired = set(given_warnings(clock))
    warning: Fire | None = None
    while (fire := upcoming(clock, fired=fired, now=now)) and fire.kind == "warn" and fire.at <= now:
        _record_warning(clock, fire, now)
        fired.add(fire.threshold)
        warning = fire
    set_next_fire(clock, fire)
    clock.save(update_fields=["next_fire_at", "next_fire_kind", "next_fire_threshold"])
    if warning is not None:
        # Of several at once, after downtime, the last says it all.
        _announce_warning(clock, warning, now)


def _record_warning(clock: Clock, fire: Fire, now: datetime) -> None:
    ClockEvent.objects.create(
        clock=clock, kind=ClockEventKind.WARN, threshold=fire.threshold, at=fire.at, detected_at=now
    )
    trail.record(
        events.CLOCK_WARNED,
        about=clock.case,
        by=SYSTEM,
        clock=clock.pk,
        metric=clock.metric,
        cycle=clock.cycle,
        threshold=fire.threshold,
        due_at=clock.due_at,
    )


def _announce_warning(clock: Clock, fire: Fire, now: datetime) -> None:
    """Tell whoever owns the case; of a case that nobody has taken, the team's lead, in the app only."""
    case = clock.case
    recipient: User | None = case.assignee or case.team.lead
    if recipient is not None:
        enqueue(
            "clock_warned",
            subject=case.subject,
            recipients=[recipient],
            context={"metric": clock.metric, "due_at": clock.due_at},
            key=f"clock:{clock.pk}:warn:{fire.threshold}",
            now=now,
            channels=[Channel.IN_APP],
        )


def _count_failure(clock: Clock, now: datetime) -> None:
    """Count a raise against the row; the third sets it aside until somebody has looked."""
    failures = clock.failures + 1
    quarantined = failures >= RAISES_UNTIL_QUARANTINE
    Clock.objects.filter(pk=clock.pk).update(failures=failures, quarantined_at=now if quarantined else None)
    if quarantined:
        trail.record(
            events.CLOCK_QUARANTINED,
            about=clock.case,
            by=SYSTEM,
            clock=clock.pk,
            metric=clock.metric,
            failures=failures,
        )
        log.error("clock_quarantined", clock=clock.pk, case=clock.case_id, failures=failures)
