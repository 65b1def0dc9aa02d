"""The clocks of a case: started, paused, met, given another target, stopped, and their breaches explained.

Every function expects the row of the case to be locked by the operation that calls it (a new case needs no lock) and
first puts on record what the clock had already come to, so that no change can take a verdict back.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from cases import events
from cases.models import BreachReason, Case, Clock, ClockEvent
from cases.operations.firing import (
    SECOND_THOUGHTS,
    Breach,
    announce_breaches,
    given_warnings,
    judge_clock,
    record_breaches,
)
from cases.operations.placing import place_case
from cases.policies import check_decides
from foundation.accounts.models import User
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.audit.events import Event
from foundation.audit.trail import Happening
from foundation.escalation.operations import end_escalations
from foundation.rows import insert_rows
from foundation.sla.arithmetic import Fire, aimed_at, retarget
from foundation.sla.clocks import facts_of, pauses_of, plan, set_next_fire, upcoming
from foundation.sla.matching import Terms, calendar_of, terms_for
from foundation.sla.models import ClockEventKind, ClockState, Metric
from foundation.workflow.moves import MoveRefused

AT_THE_START = (Metric.FIRST_RESPONSE, Metric.RESOLUTION)
"""The clocks that every new case gets, from when it was received; the others start with a contact."""

UNSTOPPED = (ClockState.RUNNING, ClockState.PAUSED)


def first_clocks(case: Case, *, now: datetime, answered: bool = False) -> list[Clock]:
    """The clocks of a new case under the policy that fits it, counted from when it was received; not yet written.

    answered: it was opened while speaking with the reporter, so its first response is met at 0 s.
    A target that had passed before the case was entered fires at the next sweep.
    """
    terms = current_terms(case)
    clocks = [
        _new_clock(case, terms[metric], starts=case.received_at, now=now) for metric in AT_THE_START if metric in terms
    ]
    for clock in clocks:
        if answered and clock.metric == Metric.FIRST_RESPONSE:
            clock.state, clock.met_at = ClockState.MET, clock.started_at
            set_next_fire(clock, None)
    return clocks


@transaction.atomic(savepoint=False)
def start_clocks(case: Case, clocks: list[Clock], *, by: Acting, now: datetime) -> list[Clock]:
    """Write new clocks with their first events, in a fixed number of statements however many they are."""
    write_clocks(clocks, now=now)
    trail.record_all(starts_of(case, clocks), by=by)
    return clocks


def write_clocks(clocks: Sequence[Clock], *, now: datetime) -> None:
    """Write new clocks, of one case or of many; whoever calls puts their starts in the trail."""
    if clocks:
        for clock in clocks:
            # They were planned before their case was written, and its id was not known then.
            clock.case_id = clock.case.pk
        insert_rows(clocks)
        insert_rows([event for clock in clocks for event in _first_events(clock, now)])


def starts_of(case: Case, clocks: Iterable[Clock]) -> list[Happening]:
    """What the trail keeps of clocks that were just written."""
    return [
        Happening(
            events.CLOCK_STARTED,
            case,
            {"clock": clock.pk, "metric": clock.metric, "cycle": clock.cycle, "due_at": clock.due_at},
        )
        for clock in clocks
    ]


@transaction.atomic(savepoint=False)
def start_next_clock(case: Case, metric: Metric, *, starts: datetime, by: Acting, now: datetime) -> Clock | None:
    """Start a response clock with the contact that called for it; None where the policy has no target for it."""
    terms = current_terms(case).get(metric)
    if terms is None:
        return None
    before = case.clocks.filter(metric=metric).order_by("-cycle").first()
    clock = _new_clock(case, terms, starts=starts, now=now, cycle=before.cycle + 1 if before else 1)
    return start_clocks(case, [clock], by=by, now=now)[0]


@transaction.atomic(savepoint=False)
def antedate_clock(case: Case, metric: Metric, *, starts: datetime, by: Acting, now: datetime) -> Clock | None:
    """Let a running clock count from an earlier instant, because what it waits to be answered is older than was known.

    None where no clock of the metric runs from later. A breach on record stands as it is; one that lies in the past by
    the new start fires at the next sweep, with its true time.
    """
    clock = _unstopped(case, metric=metric).first()
    if clock is None or clock.started_at <= starts or clock.breached_at is not None:
        return None
    if clock.counted_from is not None:
        # Its hours have changed since it started: what lies before is kept as time used.
        clock.carried_seconds += calendar_of(clock.calendar_version_id).open_seconds(starts, clock.started_at)
    clock.started_at, clock.set_at = starts, now
    plan(clock, fired=given_warnings(clock), now=now)
    clock.seq += 1
    clock.save()
    ClockEvent.objects.create(
        clock=clock,
        kind=ClockEventKind.RETARGET,
        seq=clock.seq,
        at=starts,
        detected_at=now,
        reason="antedated",
        target_seconds=clock.target_seconds,
    )
    _record(events.CLOCK_ANTEDATED, clock, case, by=by, started_at=starts, due_at=clock.due_at)
    return clock


@transaction.atomic(savepoint=False)
def reopen_clocks(case: Case, *, by: Acting, now: datetime) -> list[Clock]:
    """Start the next cycle of what a reopened case still owes: resolution, and a first response never given.

    The time used so far is carried, the time it was resolved or closed is not counted. A breach is carried over too:
    it shows on the new cycle and nobody is told again. A case without clocks stays without.
    """
    terms = current_terms(case)
    latest = {clock.metric: clock for clock in case.clocks.order_by("cycle")}
    clocks = []
    for metric in AT_THE_START:
        before = latest.get(metric)
        if before is None or metric not in terms or before.state in UNSTOPPED:
            continue
        if metric == Metric.FIRST_RESPONSE and before.state == ClockState.MET:
            continue
        facts = facts_of(before)
        used = facts.elapsed_seconds(facts.stopped_at or now)
        clock = _new_clock(case, terms[metric], starts=now, now=now, cycle=before.cycle + 1, carried_seconds=used)
        if before.breached_at is not None:
            clock.carried_breach, clock.breached_at = True, before.breached_at
            set_next_fire(clock, None)
        clocks.append(clock)
    return start_clocks(case, clocks, by=by, now=now)


@transaction.atomic(savepoint=False)
def pause_clocks(case: Case, on: str, *, by: Acting, now: datetime) -> list[Clock]:
    """Pause the clocks whose terms pause them while the case waits ``on`` this; the first response never pauses."""
    paused = []
    for clock in _unstopped(case, state=ClockState.RUNNING):
        if on not in clock.pause_on:
            continue
        judge_clock(clock, case, now=now, announce=True)
        clock.pauses = [*clock.pauses, [now.isoformat(), None, on]]
        clock.state = ClockState.PAUSED
        if clock.breached_at is None:
            clock.due_at = None
            set_next_fire(clock, None)
        clock.seq += 1
        clock.save()
        ClockEvent.objects.create(
            clock=clock, kind=ClockEventKind.PAUSE, seq=clock.seq, at=now, detected_at=now, reason=on
        )
        _record(events.CLOCK_PAUSED, clock, case, by=by, on=on)
        paused.append(clock)
    return paused


@transaction.atomic(savepoint=False)
def resume_clocks(case: Case, *, by: Acting, now: datetime) -> list[Clock]:
    """Let every paused clock of the case run again; the time between is not counted."""
    resumed = []
    for clock in _unstopped(case, state=ClockState.PAUSED):
        _end_pauses(clock, now)
        clock.state = ClockState.RUNNING
        if clock.breached_at is None:
            plan(clock, fired=given_warnings(clock), now=now)
        clock.seq += 1
        clock.save()
        ClockEvent.objects.create(clock=clock, kind=ClockEventKind.RESUME, seq=clock.seq, at=now, detected_at=now)
        _record(events.CLOCK_RESUMED, clock, case, by=by, due_at=clock.due_at)
        resumed.append(clock)
    return resumed


@transaction.atomic(savepoint=False)
def meet_clock(case: Case, metric: Metric, *, at: datetime, by: Acting, now: datetime) -> Clock | None:
    """Stop a clock as met ``at`` the true instant of what met it; None where none of that metric is unstopped.

    Judged from that instant, not from when it was entered. A breach that fell before it and went unnoticed is put on
    record without calling anybody. A breach on record stays there, even where an answer entered later turns out to
    have been in time: then the clock shows both, and ``met_at`` against ``due_at`` says that it was kept.
    """
    clock = _unstopped(case, metric=metric).first()
    if clock is None:
        return None
    met_at = max(at, clock.started_at)
    _end_pauses(clock, met_at)
    clock.state, clock.met_at = ClockState.MET, met_at
    if clock.breached_at is None:
        clock.due_at = facts_of(clock).due_at
    judge_clock(clock, case, now=now, announce=False)
    _stop(clock, ClockEventKind.MET, at=met_at, now=now)
    _record(events.CLOCK_MET, clock, case, by=by, due_at=clock.due_at, met_at=met_at, late=_is_late(clock))
    if clock.breached_at is not None:
        # What somebody was called for has been done.
        end_escalations(case.subject, reason=f"breach:{clock.metric}", by=by, now=now)
    return clock


@transaction.atomic(savepoint=False)
def cancel_clocks(
    case: Case, *, by: Acting, now: datetime, metrics: Collection[Metric] | None = None, reason: str = ""
) -> list[Clock]:
    """Stop what is still owed, because nobody is owed it any more: duplicate, merge, spam, or resolved without it.

    metrics None: every metric. Verdicts up to now stand.
    """
    cancelled = []
    for clock in _unstopped(case):
        if metrics is not None and clock.metric not in metrics:
            continue
        _end_pauses(clock, now)
        clock.state, clock.cancelled_at = ClockState.CANCELLED, now
        judge_clock(clock, case, now=now, announce=False)
        _stop(clock, ClockEventKind.CANCEL, at=now, now=now, reason=reason)
        _record(events.CLOCK_CANCELLED, clock, case, by=by, reason=reason or None)
        cancelled.append(clock)
    return cancelled


@transaction.atomic(savepoint=False)
def retarget_clocks(case: Case, *, by: Acting, now: datetime, only_severity: bool = False) -> list[Clock]:
    """Give the unstopped clocks the targets that now fit the case; those that changed are returned.

    Clocks already judged keep the target that they were judged by. A target that is already exceeded is a breach now.
    only_severity: nothing but the severity changed, so whoever changed it has half a minute to think again before
    anybody is called. A clock without a target under the new terms keeps the one it has.
    """
    terms = current_terms(case)
    changed = []
    for clock in _unstopped(case):
        metric_terms = terms.get(clock.metric)
        clock.severity = case.severity
        if metric_terms is None:
            clock.save(update_fields=["severity"])
        elif clock.breached_at is not None:
            _think_again(clock, metric_terms, now)
        elif not judge_clock(clock, case, now=now, announce=True) and differs(clock, metric_terms):
            _apply(clock, metric_terms, case, by=by, now=now, only_severity=only_severity)
            changed.append(clock)
        else:
            clock.save(update_fields=["severity"])
    place_case(case, now=now)
    return changed


@transaction.atomic
def explain_breach(clock: Clock, *, reason: str, by: User, now: datetime) -> Clock:
    """Keep why a target was missed, from the short list, so that what keeps missing targets can be counted."""
    if reason not in BreachReason.values:
        raise ValueError(f"{reason} is not a reason for missing a target.")
    clock = Clock.objects.select_for_update().get(pk=clock.pk)
    if clock.breached_at is None:
        raise MoveRefused(_("This target was not missed."))
    check_decides(clock.case, by=by)
    clock.breach_reason, clock.breach_reason_at, clock.breach_reason_by = reason, now, by
    clock.save(update_fields=["breach_reason", "breach_reason_at", "breach_reason_by"])
    _record(events.BREACH_EXPLAINED, clock, clock.case, by=by, reason=reason)
    return clock


def current_terms(case: Case) -> dict[str, Terms]:
    """The terms that fit the case as it stands, by metric. One query."""
    return terms_for(kind=case.kind, team=case.team.slug, market=case.market, severity=case.severity)


def differs(clock: Clock, terms: Terms) -> bool:
    """Whether these terms are others than those that the clock runs under."""
    return (clock.policy_version_id, clock.calendar_version_id, clock.target_seconds) != (
        terms.policy_version,
        terms.calendar_version,
        terms.seconds,
    )


def _new_clock(
    case: Case, terms: Terms, *, starts: datetime, now: datetime, cycle: int = 1, carried_seconds: int = 0
) -> Clock:
    clock = Clock(
        case=case, metric=terms.metric, cycle=cycle, severity=case.severity, carried_seconds=carried_seconds,
        started_at=starts, set_at=now,
    )  # fmt: skip
    _set_terms(clock, terms)
    plan(clock, fired=(), now=now)
    return clock


def _set_terms(clock: Clock, terms: Terms) -> None:
    clock.policy_version_id = terms.policy_version
    clock.calendar_version_id = terms.calendar_version
    clock.target_seconds = terms.seconds
    clock.warn_percents, clock.warn_seconds = list(terms.warn_percents), list(terms.warn_seconds)
    clock.pause_on = list(terms.pause_on)


def _first_events(clock: Clock, now: datetime) -> Iterable[ClockEvent]:
    yield ClockEvent(
        clock=clock,
        kind=ClockEventKind.START,
        at=clock.started_at,
        detected_at=now,
        target_seconds=clock.target_seconds,
    )
    if clock.met_at is not None:
        yield ClockEvent(clock=clock, kind=ClockEventKind.MET, at=clock.met_at, detected_at=now)
    if clock.breached_at is not None:
        yield ClockEvent(
            clock=clock, kind=ClockEventKind.BREACH, at=clock.breached_at, detected_at=now, reason="carried"
        )


def _stop(clock: Clock, kind: ClockEventKind, *, at: datetime, now: datetime, reason: str = "") -> None:
    set_next_fire(clock, None)
    clock.save()
    ClockEvent.objects.create(clock=clock, kind=kind, at=at, detected_at=now, reason=reason)


def _apply(clock: Clock, terms: Terms, case: Case, *, by: Acting, now: datetime, only_severity: bool) -> None:
    """Give other terms to a clock that judge_clock has just found in time (rule 8)."""
    before, due_before = clock.target_seconds, clock.due_at
    outcome = retarget(facts_of(clock), terms.seconds, now, calendar=calendar_of(terms.calendar_version))
    _set_terms(clock, terms)
    clock.carried_seconds, clock.counted_from = outcome.facts.carried_seconds, outcome.facts.counted_from
    clock.set_at, clock.due_at = now, outcome.due_at
    clock.seq += 1
    if clock.state == ClockState.RUNNING and outcome.breached_at is None:
        set_next_fire(clock, upcoming(clock, fired=given_warnings(clock), now=now))
    clock.save()
    ClockEvent.objects.create(
        clock=clock,
        kind=ClockEventKind.RETARGET,
        seq=clock.seq,
        at=now,
        detected_at=now,
        target_seconds=clock.target_seconds,
    )
    # A newer wording with the same target changes nothing for the case; the wording itself is in the trail.
    if (clock.target_seconds, clock.due_at) != (before, due_before):
        _record(events.CLOCK_RETARGETED, clock, case, by=by, due_at=clock.due_at, old=before, new=clock.target_seconds)
    if outcome.breached_at is None:
        return
    record_breaches([Breach(clock, case, outcome.breached_at, outcome.reason)], now=now)
    if only_severity:
        _announce_at(clock, now + SECOND_THOUGHTS)
    else:
        announce_breaches([(clock, case)], now=now)


def _think_again(clock: Clock, terms: Terms, now: datetime) -> None:
    """A judged clock whose breach nobody has been told of yet: tell when the terms in force now are missed.

    So raising a severity and lowering it again within half a minute calls nobody, and a case that then really runs
    late is not passed over in silence.
    """
    if clock.next_fire_at is not None:
        pauses = tuple(pause if pause.end else replace(pause, end=max(now, pause.start)) for pause in pauses_of(clock))
        facts = replace(facts_of(clock), pauses=pauses)
        due = aimed_at(facts, terms.seconds, now, calendar=calendar_of(terms.calendar_version)).due_at
        _announce_at(clock, max(due or now, now + SECOND_THOUGHTS))
    clock.save(update_fields=["severity"])


def _announce_at(clock: Clock, at: datetime) -> None:
    set_next_fire(clock, Fire("breach", 0, at))
    clock.save(update_fields=["next_fire_at", "next_fire_kind", "next_fire_threshold"])


def _end_pauses(clock: Clock, at: datetime) -> None:
    """Close what pauses are open, at ``at`` or, where that lies before them, at their own start."""
    ended = []
    for (_start, end, why), span in zip(clock.pauses, pauses_of(clock), strict=True):
        ended.append([span.start.isoformat(), end or max(at, span.start).isoformat(), why])
    clock.pauses = ended


def _unstopped(case: Case, **conditions: str) -> QuerySet[Clock]:
    return case.clocks.select_for_update(no_key=True).filter(state__in=UNSTOPPED, **conditions).order_by("pk")


def _is_late(clock: Clock) -> bool:
    return clock.due_at is not None and clock.met_at is not None and clock.met_at > clock.due_at


def _record(event: Event, clock: Clock, case: Case, *, by: Acting, **facts: object) -> None:
    trail.record(event, about=case, by=by, clock=clock.pk, metric=clock.metric, cycle=clock.cycle, **facts)
