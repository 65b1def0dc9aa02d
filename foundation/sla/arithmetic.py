"""What a service-level clock reads: pure functions over a calendar, a start, a target and pauses.

Nothing here looks at the time of day, a database or whether some poll noticed: every verdict follows from timestamps
that are passed in, so it is right with every worker dead. Amounts are business time, that is open time of the clock's
calendar less the union of its pauses, exact to the microsecond; where whole seconds are given they are rounded down
once, at the end. Instants are aware UTC datetimes.

An answer at the due instant itself is in time. A clock still unanswered at that instant is breached.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, Protocol

from foundation.sla.calendar import SECOND, BusinessCalendar


@dataclass(frozen=True, slots=True)
class Span:
    """A pause, from the instant it began to the instant it ended; open while nobody has ended it."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.start.utcoffset() is None or (self.end is not None and self.end.utcoffset() is None):
            raise ValueError("A pause runs between aware instants.")
        if self.end is not None and self.end < self.start:
            raise ValueError(f"A pause cannot end at {self.end} before it began at {self.start}.")

    def covers(self, at: datetime) -> bool:
        return self.start <= at and (self.end is None or at < self.end)


@dataclass(frozen=True, slots=True)
class Threshold:
    """When to warn: after a percentage of the target, or at so many business seconds before due; one of the two."""

    percent: int | None = None
    seconds_before: int | None = None

    def __post_init__(self) -> None:
        if (self.percent is None) == (self.seconds_before is None):
            raise ValueError("A threshold is a percentage or seconds before due, one of the two.")
        if self.percent is not None and not 0 < self.percent < 100:
            raise ValueError(f"A warning at {self.percent} % of the target is not between its start and its due.")
        if self.seconds_before is not None and self.seconds_before <= 0:
            raise ValueError(f"A warning {self.seconds_before} seconds before due is not before it.")

    @property
    def key(self) -> int:
        """The threshold as one number, under which a warning is recorded once: percent, or seconds before as minus."""
        return self.percent if self.percent is not None else -(self.seconds_before or 0)

    def point(self, target: timedelta) -> timedelta:
        """How much business time of ``target`` has passed when this warning is due; may be negative."""
        if self.percent is not None:
            return target * self.percent // 100
        return target - timedelta(seconds=self.seconds_before or 0)


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """All that a verdict on one clock rests on.

    ``carried_seconds`` were spent before the calendar began to count: in earlier cycles, before a re-open (rule 4), or
    in another calendar (rule 8); then ``counted_from`` is when this calendar took over from the one before it.
    ``set_at`` is when the clock was set going or last given another target, if that was after ``started_at``: a report
    may be entered long after it was received, and warnings that lie before are skipped (rule 10). ``breached_at`` is
    the breach on record; it is kept even where the other facts alone would no longer show one.
    """

    calendar: BusinessCalendar
    started_at: datetime
    target_seconds: int
    pauses: tuple[Span, ...] = ()
    carried_seconds: int = 0
    counted_from: datetime | None = None
    set_at: datetime | None = None
    met_at: datetime | None = None
    cancelled_at: datetime | None = None
    breached_at: datetime | None = None

    @property
    def runs_from(self) -> datetime:
        """From when the calendar counts."""
        return self.counted_from or self.started_at

    @property
    def due_at(self) -> datetime | None:
        return due_at(self.calendar, self.runs_from, self.target_seconds, self.pauses, self.carried_seconds)

    @property
    def stopped_at(self) -> datetime | None:
        """When the clock stopped for good: met or cancelled, whichever came first."""
        return _stopped_at(self)

    def elapsed_seconds(self, until: datetime) -> int:
        return elapsed_seconds(self.calendar, self.runs_from, until, self.pauses, self.carried_seconds)


@dataclass(frozen=True, slots=True)
class Fire:
    """What a clock does next by itself: at instant ``at`` it warns (``threshold`` is its key) or breaches (0)."""

    kind: Literal["warn", "breach"]
    threshold: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Retarget:
    """The outcome of another target (rule 8).

    ``facts`` are those to go on with: with the new target, or unchanged where a verdict had already fallen.
    ``breached_at`` is set when the clock is breached but not yet on record as such: for ``reason`` "retarget" because
    the new target was already exceeded, for "due" because the old one had passed unnoticed.
    """

    facts: ClockFacts
    due_at: datetime | None
    breached_at: datetime | None = None
    reason: Literal["", "due", "retarget"] = ""


class Status(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    BREACHED = "breached"
    MET = "met"
    CANCELLED = "cancelled"


class Times(Protocol):
    """The instants of a clock, as its row and its facts both have them."""

    @property
    def due_at(self) -> datetime | None: ...
    @property
    def breached_at(self) -> datetime | None: ...
    @property
    def met_at(self) -> datetime | None: ...
    @property
    def cancelled_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """A clock as seen at one instant. A breach stands beside every other status for ever."""

    status: Status
    is_paused: bool
    breached_at: datetime | None
    met_at: datetime | None


def elapsed_time(
    calendar: BusinessCalendar, started_at: datetime, until: datetime, pauses: Iterable[Span], carried: int = 0
) -> timedelta:
    """Business time from ``started_at`` to ``until``, less the union of the pauses inside it, plus ``carried`` seconds.

    Rule 6: pauses may overlap, nest, touch, have no length or be open. An ``until`` before the start adds nothing.
    """
    elapsed = timedelta(seconds=carried) + calendar.open_time(started_at, until)
    for pause in _union(pauses):
        begins = max(pause.start, started_at)
        ends = until if pause.end is None else min(pause.end, until)
        elapsed -= calendar.open_time(begins, ends)
    return elapsed


def elapsed_seconds(
    calendar: BusinessCalendar, started_at: datetime, until: datetime, pauses: Iterable[Span], carried: int = 0
) -> int:
    """``elapsed_time`` in whole seconds, rounded down."""
    return elapsed_time(calendar, started_at, until, pauses, carried) // SECOND


def due_at(
    calendar: BusinessCalendar,
    started_at: datetime,
    target: int,
    pauses: Iterable[Span],
    carried: int = 0,
    now: datetime | None = None,
) -> datetime | None:
    """The first instant at which ``target`` business seconds have elapsed, or None while an open pause keeps it away.

    A target reached before the open pause began is due all the same: a breached clock stays breached while paused.
    With ``now``, only what had happened by then counts: later pauses are left out and one still running is open.
    """
    if now is not None:
        pauses = _known_at(now, pauses)
    return _instant_at(calendar, started_at, timedelta(seconds=target - carried), pauses)


def is_breached(facts: ClockFacts, at: datetime) -> bool:
    """Whether the clock had passed its due instant unanswered at ``at``, noticed or not."""
    return breached_at(facts, at) is not None


def breached_at(clock: Times, at: datetime) -> datetime | None:
    """The true instant of the breach, if there was one by ``at``: the one on record, else the due instant (rule 12)."""
    if clock.breached_at is not None:
        return clock.breached_at if clock.breached_at <= at else None
    due = clock.due_at
    if due is None or due > at:
        return None
    stopped = _stopped_at(clock)
    return due if stopped is None or stopped > due else None


def retarget(
    facts: ClockFacts, target_seconds: int, at: datetime, *, calendar: BusinessCalendar | None = None
) -> Retarget:
    """Give a clock another target, or another calendar, at instant ``at`` (rules 8, 9).

    Clocks already judged keep the target they were judged by, whether or not the verdict has been recorded yet. The
    others keep their start, their pauses and the time used so far; what is left runs from ``at``. A target that is
    already exceeded is a breach at ``at``.
    """
    if facts.stopped_at is not None or facts.breached_at is not None:
        return Retarget(facts, facts.due_at)
    unnoticed = breached_at(facts, at)
    if unnoticed is not None:
        return Retarget(facts, unnoticed, breached_at=unnoticed, reason="due")
    changed = replace(aimed_at(facts, target_seconds, at, calendar=calendar), set_at=at)
    due = changed.due_at
    if due is not None and due <= at:
        return Retarget(changed, due, breached_at=at, reason="retarget")
    return Retarget(changed, due)


def aimed_at(
    facts: ClockFacts, target_seconds: int, at: datetime, *, calendar: BusinessCalendar | None = None
) -> ClockFacts:
    """The same clock under another target and from ``at`` on in another calendar, whatever has been judged.

    What was used until then is counted as it was counted at the time, in whole seconds where the calendar changes: the
    night before a case became urgent was closed, and stays closed.
    """
    changed = replace(facts, target_seconds=target_seconds)
    if calendar is None or calendar == facts.calendar:
        return changed
    takes_over = max(at, facts.runs_from)
    used = facts.elapsed_seconds(takes_over)
    return replace(changed, calendar=calendar, counted_from=takes_over, carried_seconds=used)


def warnings(facts: ClockFacts, thresholds: Iterable[Threshold]) -> list[tuple[Threshold, datetime]]:
    """The warnings the clock gives before its due, in order, each with its instant (rule 10).

    Left out are those already past when the clock was set going, and those that an open pause keeps away.
    """
    target = timedelta(seconds=facts.target_seconds)
    carried = timedelta(seconds=facts.carried_seconds)
    set_at = max(facts.started_at, facts.set_at or facts.started_at)
    planned = []
    for threshold in thresholds:
        fire_at = _instant_at(facts.calendar, facts.runs_from, threshold.point(target) - carried, facts.pauses)
        if fire_at is not None and fire_at > set_at:
            planned.append((threshold, fire_at))
    return sorted(planned, key=lambda warning: (warning[1], warning[0].key))


def next_fire(facts: ClockFacts, thresholds: Iterable[Threshold], fired: Collection[int], now: datetime) -> Fire | None:
    """What the clock does next by itself; None when it is stopped, breached or paused with nothing left to do.

    ``fired`` holds the keys of the warnings already given. The instant may lie before ``now``, after downtime; then the
    breach overtakes every warning before it, and those are not given any more (rule 12).
    """
    if facts.stopped_at is not None or facts.breached_at is not None:
        return None
    due = facts.due_at
    breach = None if due is None else Fire("breach", 0, due)
    if breach is not None and breach.at <= now:
        return breach
    for threshold, fire_at in warnings(facts, thresholds):
        if threshold.key not in fired:
            return Fire("warn", threshold.key, fire_at)
    return breach


def read_status(clock: Times, at: datetime, *, is_paused: bool) -> Reading:
    """How a clock stands at ``at``: what pages show and the API tells. What happened after ``at`` is not seen.

    Only from when it falls due and what is on record: a row of the table tells as much as all the facts do.
    """
    met_at = clock.met_at if clock.met_at is not None and clock.met_at <= at else None
    stopped = _stopped_at(clock)
    is_stopped = stopped is not None and stopped <= at
    breach = breached_at(clock, at)
    is_paused = is_paused and not is_stopped
    if is_stopped:
        status = Status.MET if stopped == met_at else Status.CANCELLED
    elif breach is not None:
        status = Status.BREACHED
    else:
        status = Status.PAUSED if is_paused else Status.RUNNING
    return Reading(status=status, is_paused=is_paused, breached_at=breach, met_at=met_at)


def _stopped_at(clock: Times) -> datetime | None:
    return min((at for at in (clock.met_at, clock.cancelled_at) if at is not None), default=None)


def _instant_at(
    calendar: BusinessCalendar, started_at: datetime, business_time: timedelta, pauses: Iterable[Span]
) -> datetime | None:
    """The first instant at which so much business time has passed since the start; none or less is the start itself."""
    left = max(business_time, timedelta())
    runs_from = started_at
    for pause in _union(pauses):
        before_pause = calendar.open_time(runs_from, pause.start)
        if left <= before_pause:
            break
        if pause.end is None:
            return None
        left -= before_pause
        runs_from = max(runs_from, pause.end)
    return calendar.walk(runs_from, left)


def _union(pauses: Iterable[Span]) -> list[Span]:
    """The same pauses in order and apart from each other."""
    union: list[Span] = []
    for pause in sorted(pauses, key=lambda pause: pause.start):
        last = union[-1] if union else None
        if last is None or (last.end is not None and last.end < pause.start):
            union.append(pause)
        elif last.end is not None and (pause.end is None or pause.end > last.end):
            union[-1] = Span(last.start, pause.end)
    return union


def _known_at(now: datetime, pauses: Iterable[Span]) -> list[Span]:
    return [
        pause if pause.end is not None and pause.end <= now else Span(pause.start)
        for pause in pauses
        if pause.start <= now
    ]
