"""Clocks as they are shown: read from timestamps at reading time, so that they are right with every worker dead."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from cases.clock_readings import standing_of
from cases.listing import ListedClock
from cases.models import Case, Clock
from cases.workflow import WaitingOn
from foundation.sla.arithmetic import Reading, Status
from foundation.sla.models import Metric

SHORT = {
    Metric.FIRST_RESPONSE.value: pgettext_lazy("clock", "First"),
    Metric.NEXT_RESPONSE.value: pgettext_lazy("clock", "Reply"),
    Metric.PERIODIC_UPDATE.value: pgettext_lazy("clock", "Update"),
    Metric.RESOLUTION.value: pgettext_lazy("clock", "Resolve"),
}
AnyClock = Clock | ListedClock
_PRESSING = {"breached": 0, "warning": 1, "running": 1, "paused": 2, "met": 3, "cancelled": 4}


@dataclass(frozen=True, slots=True)
class Chip:
    """A clock chip. percent is the share of its time that is used, 0 to 100; taken is seconds until it was met
    or, in a row, since it was paused; late, of one that was met after its target, the seconds between the two."""

    metric: str
    metric_label: str | Promise
    state: str
    percent: float
    due_at: datetime | None
    taken: float | None = None
    late: float | None = None
    text: str = ""
    waiting_on: str | Promise = ""


def chip_of(clock: AnyClock, *, now: datetime, waiting_on: str = "") -> Chip:
    """One clock as a chip, judged by ``now``."""
    percent = _percent(clock, now)
    standing = standing_of(clock, now=now)
    return Chip(
        metric=clock.metric,
        metric_label=SHORT.get(clock.metric, clock.metric),
        state=_state(standing.status, clock, now, percent),
        percent=percent,
        due_at=clock.due_at,
        taken=(clock.met_at - clock.started_at).total_seconds() if clock.met_at else None,
        late=_late(standing, clock),
        waiting_on=WaitingOn(waiting_on).label if waiting_on else "",
    )


def _late(standing: Reading, clock: AnyClock) -> float | None:
    """By how many seconds a clock that is met was met too late; None for one in time."""
    if standing.met_at is None or standing.breached_at is None or clock.due_at is None:
        return None
    return max((standing.met_at - clock.due_at).total_seconds(), 0.0)


def _state(status: Status, clock: AnyClock, now: datetime, percent: float) -> str:
    if status is not Status.RUNNING:
        return status.value
    seconds_left = (clock.due_at - now).total_seconds() if clock.due_at else None
    near = seconds_left is not None and any(seconds_left <= before for before in clock.warn_seconds)
    return "warning" if near or any(percent >= threshold for threshold in clock.warn_percents) else "running"


def _percent(clock: AnyClock, now: datetime) -> float:
    """The share used, on the wall clock: a ring of 14 pixels shows no more."""
    if clock.due_at is None or clock.due_at <= clock.started_at:
        return 100.0
    used = (now - clock.started_at) / (clock.due_at - clock.started_at)
    return max(0.0, min(100.0, 100 * used))


def chips_of(case: Case, *, now: datetime) -> list[Chip]:
    """The newest cycle of each of a case's clocks, most pressing first. Reads ``case.clocks`` as prefetched."""
    return chips_from(case.clocks.all(), waiting_on=case.waiting_on, now=now)


def chips_from(clocks: Iterable[AnyClock], *, waiting_on: str, now: datetime) -> list[Chip]:
    """As `chips_of`, of clocks at hand."""
    newest: dict[str, AnyClock] = {}
    for clock in clocks:
        if clock.metric not in newest or clock.cycle > newest[clock.metric].cycle:
            newest[clock.metric] = clock
    chips = (chip_of(clock, now=now, waiting_on=waiting_on) for clock in newest.values())
    return sorted((chip for chip in chips if chip.state != "cancelled"), key=_pressing)


def for_a_row(chip: Chip, clocks: Iterable[AnyClock], *, now: datetime) -> Chip:
    """The chip of a narrow column: a paused one says whom we wait for and for how long, not which clock it is."""
    if chip.state != "paused":
        return chip
    since = max((_paused_since(clock) for clock in clocks if clock.metric == chip.metric), default="")
    return replace(chip, taken=(now - datetime.fromisoformat(since)).total_seconds()) if since else chip


def _paused_since(clock: AnyClock) -> str:
    """When the pause that lasts began, as it is stored; "" for a clock that runs."""
    started = [begun for begun, ended, _reason in clock.pauses if ended is None]
    return str(started[-1]) if started else ""


def main_chip(chips: Iterable[Chip]) -> Chip | None:
    """The one chip of a row: the clock that fires next."""
    return min(chips, key=_pressing, default=None)


def _pressing(chip: Chip) -> tuple[int, float]:
    return _PRESSING[chip.state], chip.due_at.timestamp() if chip.due_at else 0.0
