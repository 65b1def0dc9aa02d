"""What holds of every calendar, checked against slower readings of the same rules."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given

from foundation.sla.calendar import BusinessCalendar
from foundation.sla.calendar_spec import WEEKDAYS
from tests.sla.strategies import ZONES, at, calendars, instants, repeatably, specs, stretches, targets

MINUTE = timedelta(minutes=1)


@repeatably
@given(calendars, instants, targets)
def test_due_and_open_seconds_are_inverse(calendar: BusinessCalendar, start: datetime, seconds: int) -> None:
    due = calendar.due(start, seconds)
    assert calendar.open_seconds(start, due) == seconds
    if seconds:
        assert calendar.open_seconds(start, due - timedelta(microseconds=1)) == seconds - 1


@repeatably
@given(calendars, instants, stretches, stretches)
def test_open_time_adds_up(calendar: BusinessCalendar, start: datetime, first: timedelta, second: timedelta) -> None:
    middle, end = start + first, start + first + second
    assert calendar.open_time(start, end) == calendar.open_time(start, middle) + calendar.open_time(middle, end)


@repeatably
@given(calendars, instants, targets, targets)
def test_walking_twice_is_walking_the_sum(calendar: BusinessCalendar, start: datetime, first: int, second: int) -> None:
    assert calendar.due(calendar.due(start, first), second) == calendar.due(start, first + second)


@repeatably
@given(calendars, instants, stretches, targets)
def test_a_later_start_is_never_due_earlier(
    calendar: BusinessCalendar, start: datetime, later: timedelta, seconds: int
) -> None:
    assert calendar.due(start, seconds) <= calendar.due(start + later, seconds)


@repeatably
@given(calendars, instants, stretches)
def test_the_intervals_are_the_open_time(calendar: BusinessCalendar, start: datetime, length: timedelta) -> None:
    end = start + length
    intervals = list(calendar.intervals(start, end))
    assert sum((closes - opens for opens, closes in intervals), timedelta()) == calendar.open_time(start, end)
    edges = [edge for interval in intervals for edge in interval]
    assert edges == sorted(set(edges)), "intervals are in order and apart"
    for opens, closes in intervals:
        assert start <= opens < closes <= end
        assert calendar.is_open(opens)
        assert calendar.is_open(closes - timedelta(microseconds=1))


@repeatably
@given(calendars, instants)
def test_the_next_opening_is_the_first_open_instant(calendar: BusinessCalendar, start: datetime) -> None:
    opens = calendar.next_open(start)
    assert calendar.is_open(opens)
    assert calendar.open_time(start, opens) == timedelta()
    assert calendar.due(start, 1) > opens


@lru_cache(maxsize=4)
def first_instants(zone: ZoneInfo, begins: datetime, ends: datetime) -> tuple[list[datetime], list[datetime]]:
    """Every local minute in order with the UTC minute at which the clock on the wall first shows or passes it."""
    walls: list[datetime] = []
    firsts: list[datetime] = []
    now = begins
    while now < ends:
        wall = now.astimezone(zone).replace(tzinfo=None)
        if not walls or wall > walls[-1]:
            walls.append(wall)
            firsts.append(now)
        now += MINUTE
    return walls, firsts


def instant_on_the_wall(walls: list[datetime], firsts: list[datetime], wall: datetime) -> datetime:
    """The instant of a local time, found by watching the wall clock instead of asking for an offset.

    A time that never shows was skipped: it lies as long after the change as it was written into the gap.
    """
    place = bisect_left(walls, wall)
    if walls[place] == wall:
        return firsts[place]
    gap_began = walls[place - 1] + MINUTE
    return firsts[place] + (wall - gap_began)


def open_minutes(spec: dict[str, Any], begins: datetime, ends: datetime) -> set[datetime]:
    """The open UTC minutes between two instants, straight from the wording of the rules and one minute at a time."""
    zone = ZoneInfo(spec["tz"])
    walls, firsts = first_instants(zone, begins - timedelta(days=4), ends + timedelta(days=4))

    def instant(day: date, time: str, days: int = 0) -> datetime:
        hour, minute = map(int, time.split(":"))
        wall = datetime(day.year, day.month, day.day) + timedelta(days=days, hours=hour, minutes=minute)  # noqa: DTZ001
        return instant_on_the_wall(walls, firsts, wall)

    def is_dated(day: date) -> bool:
        return day.isoformat() in spec.get("hol", ()) or day.isoformat() in spec.get("overrides", {})

    minutes: set[datetime] = set()
    day = begins.date() - timedelta(days=2)
    while day <= ends.date() + timedelta(days=2):
        hours = {} if day.isoformat() in spec.get("hol", ()) else spec["hours"].get(WEEKDAYS[day.weekday()], {})
        for opens, closes in spec.get("overrides", {}).get(day.isoformat(), hours).items():
            runs_over = closes <= opens
            now, stop = instant(day, opens), instant(day, closes, days=int(runs_over))
            if is_dated(day + timedelta(days=1)):
                stop = min(stop, instant(day, "24:00"))
            while now < stop:
                if begins <= now < ends:
                    minutes.add(now)
                now += MINUTE
        day += timedelta(days=1)
    return minutes


def as_minutes(calendar: BusinessCalendar, begins: datetime, ends: datetime) -> Iterator[datetime]:
    for opens, closes in calendar.intervals(begins, ends):
        now = opens
        while now < closes:
            yield now
            now += MINUTE


@repeatably
@given(specs(), instants)
def test_a_calendar_agrees_with_counting_minutes(spec: dict[str, Any], start: datetime) -> None:
    begins = start.replace(second=0, microsecond=0)
    ends = begins + timedelta(days=2)
    assert set(as_minutes(BusinessCalendar.from_spec(spec), begins, ends)) == open_minutes(spec, begins, ends)


def changes_of(tz: str) -> Iterator[datetime]:
    """The instants from 2025 to 2030 at which the clocks of a zone change."""
    zone = ZoneInfo(tz)
    now, step = at("2025-01-01T00:00"), timedelta(days=1)
    while now < at("2031-01-01T00:00"):
        if (now + step).astimezone(zone).utcoffset() != now.astimezone(zone).utcoffset():
            change = now
            while change.astimezone(zone).utcoffset() == now.astimezone(zone).utcoffset():
                change += MINUTE
            yield change
        now += step


CHANGES = [(tz, change) for tz in ZONES for change in changes_of(tz)]

AROUND_EVERY_CHANGE = {
    "split, with ends in every gap and every repeated hour": {
        "00:00": "00:20", "00:30": "01:15", "01:30": "01:45", "02:10": "02:20", "02:25": "02:50",
        "03:00": "03:30", "09:00": "17:00", "22:45": "23:10", "23:20": "23:40", "23:50": "24:00",
    },
    "overnight": {"22:30": "00:15", "00:30": "02:15", "02:40": "06:00"},
    "all day": {"00:00": "24:00"},
}  # fmt: skip


def test_every_zone_changes_its_clocks_in_every_year() -> None:
    for tz in ZONES:
        assert {change.year for zone, change in CHANGES if zone == tz} == set(range(2025, 2031))
    assert len(CHANGES) >= 70


@pytest.mark.parametrize("hours", AROUND_EVERY_CHANGE.values(), ids=AROUND_EVERY_CHANGE)
@pytest.mark.parametrize(
    ("tz", "change"), CHANGES, ids=lambda value: f"{value:%Y-%m-%d}" if isinstance(value, datetime) else value
)
def test_every_change_of_the_clocks_counts_real_time(tz: str, change: datetime, hours: dict[str, str]) -> None:
    local_day = change.astimezone(ZoneInfo(tz)).date()
    for dated in ({}, {"hol": [local_day.isoformat()]}, {"overrides": {local_day.isoformat(): {"01:05": "23:35"}}}):
        spec = {"tz": tz, "hours": dict.fromkeys(WEEKDAYS, hours), **dated}
        calendar = BusinessCalendar.from_spec(spec)
        begins, ends = change - timedelta(hours=26), change + timedelta(hours=26)

        expected = open_minutes(spec, begins, ends)
        assert set(as_minutes(calendar, begins, ends)) == expected
        assert calendar.open_seconds(begins, ends) == 60 * len(expected)
        assert calendar.due(begins, 60 * len(expected)) == max(expected) + MINUTE


@pytest.mark.parametrize("tz", ZONES)
def test_open_around_the_clock_counts_every_second_in_every_zone(tz: str) -> None:
    spec = {"tz": tz, "hours": {day: {"00:00": "24:00"} for day in WEEKDAYS}}
    six_years = at("2025-01-01T00:00"), at("2031-01-01T00:00")
    assert list(BusinessCalendar.from_spec(spec).intervals(*six_years)) == [six_years]


def test_an_answer_does_not_depend_on_what_was_asked_before() -> None:
    spec = {"tz": "America/New_York", "hours": {"mon": {"09:00": "17:00"}, "thu": {"22:00": "02:00"}}}
    warm, start = BusinessCalendar.from_spec(spec), at("2026-11-20T00:00")
    for weeks in range(600):  # more than the spans a calendar keeps
        warm.due(start + timedelta(weeks=4 * weeks), 60)
    cold = BusinessCalendar.from_spec({**spec, "hol": ["2100-01-01"]})
    assert warm.due(start, 10**6) == cold.due(start, 10**6)
    assert warm.due(start, 10**6).tzinfo is UTC
