"""A row of a clock and the pure arithmetic over it: what it stands for, and what it does next."""

from collections.abc import Collection
from datetime import datetime

from foundation.sla.arithmetic import ClockFacts, Fire, Span, Threshold, next_fire
from foundation.sla.matching import calendar_of
from foundation.sla.models import ClockBase


def facts_of(clock: ClockBase) -> ClockFacts:
    """All that a verdict on the clock rests on. Reads the calendar once a process, nothing else."""
    return ClockFacts(
        calendar=calendar_of(clock.calendar_version_id),
        started_at=clock.started_at,
        target_seconds=clock.target_seconds,
        pauses=pauses_of(clock),
        carried_seconds=clock.carried_seconds,
        counted_from=clock.counted_from,
        set_at=clock.set_at,
        met_at=clock.met_at,
        cancelled_at=clock.cancelled_at,
        breached_at=clock.breached_at,
    )


def pauses_of(clock: ClockBase) -> tuple[Span, ...]:
    return tuple(
        Span(datetime.fromisoformat(start), datetime.fromisoformat(end) if end else None)
        for start, end, _reason in clock.pauses
    )


def thresholds_of(clock: ClockBase) -> tuple[Threshold, ...]:
    return tuple(Threshold(percent=percent) for percent in clock.warn_percents) + tuple(
        Threshold(seconds_before=seconds) for seconds in clock.warn_seconds
    )


def upcoming(clock: ClockBase, *, fired: Collection[int], now: datetime) -> Fire | None:
    """What the clock does next by itself; ``fired`` holds the thresholds of the warnings already given."""
    return next_fire(facts_of(clock), thresholds_of(clock), fired, now)


def plan(clock: ClockBase, *, fired: Collection[int], now: datetime) -> None:
    """Set the row's due and next firing from its facts; the caller saves. Right for a clock without a verdict."""
    clock.due_at = facts_of(clock).due_at
    set_next_fire(clock, upcoming(clock, fired=fired, now=now))


def set_next_fire(clock: ClockBase, fire: Fire | None) -> None:
    """Put down what the clock does next; the caller saves."""
    clock.next_fire_at = fire.at if fire else None
    clock.next_fire_kind = fire.kind if fire else ""
    clock.next_fire_threshold = fire.threshold if fire else 0
