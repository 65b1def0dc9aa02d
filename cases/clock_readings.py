"""A clock as other systems are told of it: judged from timestamps at the instant of asking, workers or no workers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cases.models import Clock
from foundation.sla.models import ClockState

STATES = ("running", "paused", "breached", "met", "cancelled")


@dataclass(frozen=True, slots=True)
class ClockReading:
    """state is ``breached`` while a passed target is unmet; beside it stands whether the clock is paused."""

    metric: str
    cycle: int
    state: str
    due_at: datetime | None
    started_at: datetime
    paused: bool
    breached_at: datetime | None
    met_at: datetime | None
    target_seconds: int


def read_clock(clock: Clock, *, now: datetime) -> ClockReading:
    breached_at = clock.breached_at
    if breached_at is None and clock.state == ClockState.RUNNING and clock.due_at is not None and clock.due_at <= now:
        breached_at = clock.due_at
    return ClockReading(
        metric=clock.metric,
        cycle=clock.cycle,
        state="breached" if breached_at is not None and clock.met_at is None else clock.state,
        due_at=clock.due_at,
        started_at=clock.started_at,
        paused=clock.state == ClockState.PAUSED,
        breached_at=breached_at,
        met_at=clock.met_at,
        target_seconds=clock.target_seconds,
    )


def newest_readings(clocks: Iterable[Clock], *, now: datetime) -> list[ClockReading]:
    """The newest cycle of each metric, in the order the metrics began."""
    newest: dict[str, Clock] = {}
    for clock in sorted(clocks, key=lambda clock: (clock.cycle, clock.pk)):
        newest[clock.metric] = clock
    return [read_clock(clock, now=now) for clock in sorted(newest.values(), key=lambda clock: clock.pk)]
