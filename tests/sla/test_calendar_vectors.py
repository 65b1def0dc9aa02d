"""The worked examples: schedule, start and seconds to due; start and end to open seconds."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from foundation.sla.calendar import BusinessCalendar

EXAMPLES = json.loads((Path(__file__).parents[1] / "vectors" / "business-time.json").read_text())
SCHEDULES: dict[str, dict[str, Any]] = EXAMPLES["schedules"]


@pytest.mark.parametrize("example", EXAMPLES["vectors"], ids=lambda example: f"{example['start']}+{example['secs']}")
def test_a_worked_example_holds(example: dict[str, Any]) -> None:
    calendar = BusinessCalendar.from_spec(SCHEDULES[example["sched"]])
    start, due, end = (datetime.fromisoformat(example[name]) for name in ("start", "due", "within_end"))

    assert calendar.due(start, example["secs"]) == due
    assert calendar.open_seconds(start, due) == example["secs"]
    assert calendar.open_seconds(start, end) == example["within_secs"]


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_is_written_back_as_it_was_read(name: str) -> None:
    assert BusinessCalendar.from_spec(SCHEDULES[name]).to_spec() == SCHEDULES[name]
