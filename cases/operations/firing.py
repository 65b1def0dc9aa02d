"""Clocks that fire by themselves: warnings and breaches, judged from timestamps, each recorded and announced once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import InterfaceError, OperationalError, connection, models, transaction

from cases import events
from cases.models import Case, Clock, ClockEvent
from cases.models.case import Band
from cases.operations.placing import place_cases
from cases.workflow import CaseState
from foundation.accounts.models import User
from foundation.audit import trail
from foundation.audit.actors import SYSTEM
from foundation.audit.trail import Happening
from foundation.escalation.operations import Need, start_escalations
from foundation.notifications.models import Channel
from foundation.notifications.outbox import Note, enqueue_all
from foundation.rows import insert_rows
from foundation.sla.arithmetic import Fire, breached_at
from foundation.sla.clocks import facts_of, set_next_fire, upcoming
from foundation.sla.models import ClockEventKind

log = structlog.get_logger(__name__)

SECOND_THOUGHTS = timedelta(seconds=30)
"""How long the announcement of a breach waits that a change of severity alone made (rule 8)."""

BATCH = 500
"""How many clocks fire in one transaction: their cases are locked meanwhile, and whoever works on one waits."""

MOST_A_SWEEP = 5_000
RAISES_UNTIL_QUARANTINE = 3
SEVERITIES = (1, 2, 3, 4)


class Breach(NamedTuple):
    """A target missed: ``at`` the true instant. reason: "retarget" when a new target was already exceeded."""

    clock: Clock
    case: Case
    at: datetime
    reason: str = ""


class BreachedMeanwhile(RuntimeError):
    """A clock to be stamped bears a breach already: its row was not locked when it was judged."""


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
            batch = _due_batch(now, without=raised, most=min(BATCH, most - fired))
            if not batch:
                break
            failed = _fire_apart(batch, now)
        fired += len(batch) - len(failed)
        raised |= failed
    return fired


@transaction.atomic
def fire_clock(pk: int, *, now: datetime) -> bool:
    """Fire one clock, if it is still due; whether it did. Safe to run twice."""
    due = list(_lockable().filter(pk=pk, next_fire_at__lte=now, quarantined_at__isnull=True))
    _fire(due, now)
    return bool(due)


def judge_clock(clock: Clock, case: Case, *, now: datetime, announce: bool) -> bool:
    """Put on record a breach that no sweep has noticed yet; whether there was one.

    For operations that are about to change a clock: the verdict up to now stands whatever they do. Nobody is called
    (``announce`` False) about a clock that they stop at the same time.
    """
    breaches = _judge([(clock, case)], now)
    record_breaches(breaches, now=now)
    if announce:
        announce_breaches([(clock, case) for _breach in breaches], now=now)
    return bool(breaches)


def record_breaches(breaches: Sequence[Breach], *, now: datetime) -> None:
    """Stamp breaches for ever: on the clocks, among their events and in the trail, in a fixed number of statements.

    ``now`` is when the desk knew. The caller has locked the clocks.
    """
    if not breaches:
        return
    _stamp(breaches)
    for clock, _case, at, _reason in breaches:
        clock.breached_at = at
        set_next_fire(clock, None)
    insert_rows(
        [
            ClockEvent(
                clock=clock,
                kind=ClockEventKind.BREACH,
                at=at,
                detected_at=now,
                reason=reason,
                target_seconds=clock.target_seconds,
            )
            for clock, _case, at, reason in breaches
        ]
    )
    trail.record_all([_breached(breach, now) for breach in breaches], by=SYSTEM)
    # A breach lifts a case above those that are merely due; one that waits on others stays where it is.
    merely_due = {
        case.pk: case for _, case, *_ in breaches if case.band == Band.DUE and case.state != CaseState.WAITING
    }
    place_cases(list(merely_due.values()), now=now)


def announce_breaches(breached: Sequence[tuple[Clock, Case]], *, now: datetime) -> None:
    """Call for help about breaches: an escalation each, and a notice to whoever owns the case. Safe to run twice.

    A case without an owner has nobody to notify: there the escalation alone speaks.
    """
    if not breached:
        return
    needs = [
        Need(case.subject, f"breach:{clock.metric}", clock.severity, case.team, _breach_key(clock))
        for clock, case in breached
    ]
    start_escalations(needs, by=SYSTEM, now=now)
    notes = [
        Note(
            "clock_breached",
            subject=case.subject,
            recipients=[case.assignee],
            context={"metric": clock.metric, "due_at": clock.due_at, "breached_at": clock.breached_at},
            key=_breach_key(clock),
        )
        for clock, case in breached
        if case.assignee is not None
    ]
    enqueue_all(notes, now=now)


def given_warnings(clock: Clock) -> frozenset[int]:
    """The thresholds of the warnings that the clock has given."""
    return frozenset(clock.events.filter(kind=ClockEventKind.WARN).values_list("threshold", flat=True))


def _breach_key(clock: Clock) -> str:
    return f"clock:{clock.pk}:breach"


def _judge(clocks: Iterable[tuple[Clock, Case]], now: datetime) -> list[Breach]:
    """Of these clocks those that have missed their target and bear no breach yet."""
    judged = ((clock, case, breached_at(facts_of(clock), now)) for clock, case in clocks if clock.breached_at is None)
    return [Breach(clock, case, at) for clock, case, at in judged if at is not None]


def _stamp(breaches: Sequence[Breach]) -> None:
    """Compare and set: a clock is breached once. Raises BreachedMeanwhile."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_clock SET breached_at = breach.at, next_fire_at = NULL, next_fire_kind = '',"
            " next_fire_threshold = 0 FROM unnest(%s, %s::timestamptz[]) AS breach (clock, at)"
            " WHERE cases_clock.id = breach.clock AND cases_clock.breached_at IS NULL",
            [[breach.clock.pk for breach in breaches], [breach.at for breach in breaches]],
        )
        if cursor.rowcount != len(breaches):
            raise BreachedMeanwhile(f"{cursor.rowcount} of {len(breaches)} clocks were without a breach.")


def _breached(breach: Breach, now: datetime) -> Happening:
    clock = breach.clock
    facts = {
        "clock": clock.pk,
        "metric": clock.metric,
        "cycle": clock.cycle,
        "severity": clock.severity,
        "due_at": clock.due_at,
        "breached_at": breach.at,
        "detected_at": now,
        "reason": breach.reason or None,
    }
    return Happening(events.CLOCK_BREACHED, breach.case, facts)


def _lockable() -> models.QuerySet[Clock]:
    # The case is locked with its clock, as every operation on a case does, and neither is waited for: a sweep
    # that finds one of the two taken comes back, so it cannot be part of a deadlock.
    locked = Clock.objects.select_for_update(of=("self", "case"), skip_locked=True, no_key=True)
    long_texts = ("case__description", "case__severity_reason")
    return locked.select_related("case").defer(*long_texts)


def _due_batch(now: datetime, *, without: Collection[int], most: int) -> list[Clock]:
    # One index range a severity: asked for in one go, PostgreSQL walks the index of all running clocks.
    batch: list[Clock] = []
    for severity in SEVERITIES:
        due = _lockable().filter(severity=severity, next_fire_at__lte=now, quarantined_at__isnull=True)
        batch += due.exclude(pk__in=without).order_by("next_fire_at")[: most - len(batch)]
        if len(batch) == most:
            break
    models.prefetch_related_objects(batch, "case__team__lead", "case__assignee")
    return batch


def _fire_apart(batch: Sequence[Clock], now: datetime) -> set[int]:
    """Fire these together in a savepoint; where that raises, each half by itself, down to the row. Who raised, by id."""
    try:
        with transaction.atomic():
            _fire(batch, now)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the row's: the next sweep starts over
    except Exception:
        if len(batch) == 1:
            (clock,) = batch
            log.exception("clock_failed", clock=clock.pk, case=clock.case_id)
            _count_failure(clock, now)
            return {clock.pk}
    else:
        return set()
    # As they are in the database: what was tried has left its marks on the rows in hand.
    again = list(_lockable().filter(pk__in=[clock.pk for clock in batch]).order_by("severity", "next_fire_at"))
    models.prefetch_related_objects(again, "case__team__lead", "case__assignee")
    middle = len(batch) // 2
    return _fire_apart(again[:middle], now) | _fire_apart(again[middle:], now)


def _fire(due: Sequence[Clock], now: datetime) -> None:
    """Do all that due clocks do by themselves up to now."""
    # Judged before, and told of only now (rule 8).
    _cross_out([clock for clock in due if clock.breached_at is not None])
    record_breaches(_judge([(clock, clock.case) for clock in due], now), now=now)
    announce_breaches([(clock, clock.case) for clock in due if clock.breached_at is not None], now=now)
    _warn([clock for clock in due if clock.breached_at is None], now)


def _cross_out(announced: Sequence[Clock]) -> None:
    if announced:
        nothing = {"next_fire_at": None, "next_fire_kind": "", "next_fire_threshold": 0}
        Clock.objects.filter(pk__in=[clock.pk for clock in announced]).update(**nothing)


def _warn(clocks: Sequence[Clock], now: datetime) -> None:
    """Give the warnings whose time has come and put down what each clock does next."""
    if not clocks:
        return
    given: dict[int, set[int]] = {clock.pk: set() for clock in clocks}
    warnings = ClockEvent.objects.filter(clock__in=given, kind=ClockEventKind.WARN)
    for pk, threshold in warnings.values_list("clock", "threshold"):
        given[pk].add(threshold)
    warned: list[tuple[Clock, Fire]] = []
    for clock in clocks:
        fired = given[clock.pk]
        while (fire := upcoming(clock, fired=fired, now=now)) and fire.kind == "warn" and fire.at <= now:
            warned.append((clock, fire))
            fired.add(fire.threshold)
        set_next_fire(clock, fire)
    _set_next_fires(clocks)
    insert_rows(
        [
            ClockEvent(clock=clock, kind=ClockEventKind.WARN, threshold=fire.threshold, at=fire.at, detected_at=now)
            for clock, fire in warned
        ]
    )
    trail.record_all([_warned(clock, fire) for clock, fire in warned], by=SYSTEM)
    _announce_warnings(warned, now)


def _set_next_fires(clocks: Sequence[Clock]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_clock SET next_fire_at = fire.at, next_fire_kind = fire.kind,"
            " next_fire_threshold = fire.threshold"
            " FROM unnest(%s, %s::timestamptz[], %s, %s) AS fire (clock, at, kind, threshold)"
            " WHERE cases_clock.id = fire.clock",
            [
                [clock.pk for clock in clocks],
                [clock.next_fire_at for clock in clocks],
                [clock.next_fire_kind for clock in clocks],
                [clock.next_fire_threshold for clock in clocks],
            ],
        )


def _warned(clock: Clock, fire: Fire) -> Happening:
    facts = {
        "clock": clock.pk,
        "metric": clock.metric,
        "cycle": clock.cycle,
        "threshold": fire.threshold,
        "due_at": clock.due_at,
    }
    return Happening(events.CLOCK_WARNED, clock.case, facts)


def _announce_warnings(warned: Sequence[tuple[Clock, Fire]], now: datetime) -> None:
    """Tell whoever owns each case; of a case that nobody has taken, the team's lead, in the app only.

    Of several warnings of a clock at once, after downtime, the last says it all.
    """
    notes = []
    for clock, fire in {clock.pk: (clock, fire) for clock, fire in warned}.values():
        recipient: User | None = clock.case.assignee or clock.case.team.lead
        if recipient is not None:
            notes.append(
                Note(
                    "clock_warned",
                    subject=clock.case.subject,
                    recipients=[recipient],
                    context={"metric": clock.metric, "due_at": clock.due_at},
                    key=f"clock:{clock.pk}:warn:{fire.threshold}",
                    channels=[Channel.IN_APP],
                )
            )
    enqueue_all(notes, now=now)


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
