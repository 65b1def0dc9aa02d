"""Calendars, instants and pauses for property tests: the same ones on every run."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from foundation.sla.arithmetic import Span
from foundation.sla.calendar import ALWAYS, BusinessCalendar
from foundation.sla.calendar_spec import WEEKDAYS

ZONES = (
    "America/New_York",
    "Europe/Dublin",  # summer time is the standard time, winter a negative saving
    "Africa/Casablanca",  # winter time during Ramadan only
    "America/Santiago",  # changes at midnight, southern
    "Africa/Cairo",  # springs forward at midnight
    "Australia/Lord_Howe",  # half an hour
)
FIRST_DAY = date(2025, 1, 1)

repeatably = settings(derandomize=True, database=None, deadline=None, max_examples=100)


def at(text: str) -> datetime:
    """An instant from its short UTC form, such as 2026-03-08T07:00."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _time(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@st.composite
def day_hours(draw: st.DrawFn, *, least: int = 0) -> dict[str, str]:
    """Up to three spans apart from each other; some start at midnight, some end at 24:00, some touch."""
    cuts = sorted(draw(st.sets(st.integers(0, 96), min_size=2 * least, max_size=6)))
    ends = iter(cuts[: len(cuts) // 2 * 2])
    return {_time(opens * 15): _time(closes * 15) for opens, closes in zip(ends, ends, strict=True)}


dates = st.integers(0, 6 * 365).map(lambda n: (FIRST_DAY + timedelta(days=n)).isoformat())


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    hours = {name: draw(day_hours()) for name in WEEKDAYS}
    busy = draw(st.sampled_from(WEEKDAYS))
    hours[busy] = draw(day_hours(least=1))
    night = draw(st.sampled_from(WEEKDAYS))
    before = WEEKDAYS[WEEKDAYS.index(night) - 1]
    if draw(st.booleans()):
        hours[before], hours[night] = {"22:15": "03:30"}, {"03:30": "04:00"}
    overrides = draw(st.dictionaries(dates, day_hours(), max_size=6))
    closed = draw(st.lists(dates, max_size=12).map(lambda days: [day for day in days if day not in overrides]))
    return {"tz": draw(st.sampled_from(ZONES)), "hours": hours, "hol": closed, "overrides": overrides}


calendars = st.one_of(specs().map(BusinessCalendar.from_spec), st.just(ALWAYS))
instants = st.timedeltas(timedelta(), timedelta(days=6 * 365)).map(lambda since: at("2025-01-01T00:00") + since)
stretches = st.integers(0, 40 * 86_400).map(lambda seconds: timedelta(seconds=seconds))
targets = st.integers(0, 30 * 86_400)


@st.composite
def pauses_around(draw: st.DrawFn, started_at: datetime, *, can_be_open: bool = True) -> tuple[Span, ...]:
    """Overlapping, nested, touching and empty pauses, some from before the start."""
    pauses = []
    for _ in range(draw(st.integers(0, 5))):
        begins = started_at + timedelta(hours=draw(st.integers(-24, 30 * 24)))
        lasts = draw(st.integers(0, 10 * 24))
        is_open = can_be_open and draw(st.integers(0, 5)) == 0
        pauses.append(Span(begins, None if is_open else begins + timedelta(hours=lasts)))
    return tuple(pauses)
