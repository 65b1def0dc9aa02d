"""Pages and the API tell one thing of a clock, read by one function."""

from datetime import datetime, timedelta

import pytest

from cases.chips import chip_of
from cases.clock_readings import read_clock
from cases.models import Clock
from foundation.sla.models import ClockState

HOUR = timedelta(hours=1)


def clock(now: datetime, **changes: object) -> Clock:
    row = {"metric": "resolution", "state": ClockState.RUNNING, "started_at": now - 2 * HOUR, "due_at": now + 2 * HOUR}
    return Clock(target_seconds=4 * 3600, **(row | changes))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, "running"),
        ({"due_at": -HOUR}, "breached"),
        ({"due_at": 0 * HOUR}, "breached"),
        ({"state": ClockState.PAUSED, "due_at": None}, "paused"),
        ({"state": ClockState.PAUSED, "due_at": None, "breached_at": -HOUR}, "breached"),
        ({"state": ClockState.MET, "met_at": -HOUR}, "met"),
        ({"state": ClockState.MET, "due_at": -HOUR, "breached_at": -HOUR, "met_at": -HOUR / 2}, "met"),
        (
            {"state": ClockState.CANCELLED, "due_at": -HOUR, "breached_at": -HOUR, "cancelled_at": -HOUR / 2},
            "cancelled",
        ),
    ],
)
def test_a_chip_and_the_api_agree(now: datetime, changes: dict[str, object], told: str) -> None:
    row = clock(
        now, **{name: now + value if isinstance(value, timedelta) else value for name, value in changes.items()}
    )
    assert read_clock(row, now=now).state == told
    assert chip_of(row, now=now).state == told


def test_a_breach_stays_beside_what_came_after(now: datetime) -> None:
    late = clock(now, state=ClockState.MET, due_at=now - HOUR, met_at=now - HOUR / 2)
    assert read_clock(late, now=now).breached_at == now - HOUR
