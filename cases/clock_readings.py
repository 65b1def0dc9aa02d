"""A clock as it is told: judged from timestamps at the instant of asking, workers or no workers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cases.listing import ListedClock
from cases.models import Clock
from foundation.sla.arithmetic import Reading, Status, read_status
from foundation.sla.models import ClockState

STATES = tuple(status.value for status in Status)


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


def standing_of(clock: Clock | ListedClock, *, now: datetime) -> Reading:
    """How a row of the table stands: the one reading behind every chip and every answer of the API."""
    return read_status(clock, now, is_paused=clock.state == ClockState.PAUSED)


def read_clock(clock: Clock, *, now: datetime) -> ClockReading:
    standing = standing_of(clock, now=now)
    return ClockReading(
        metric=clock.metric,
        cycle=clock.cycle,
        state=standing.status.value,
        due_at=clock.due_at,
        started_at=clock.started_at,
        paused=standing.is_paused,
        breached_at=standing.breached_at,
        met_at=standing.met_at,
        target_seconds=clock.target_seconds,
    )


def newest_readings(clocks: Iterable[Clock], *, now: datetime) -> list[ClockReading]:
    """The newest cycle of each metric, in the order the metrics began."""
    newest: dict[str, Clock] = {}
    for clock in sorted(clocks, key=lambda clock: (clock.cycle, clock.pk)):
        newest[clock.metric] = clock
    return [read_clock(clock, now=now) for clock in sorted(newest.values(), key=lambda clock: clock.pk)]
