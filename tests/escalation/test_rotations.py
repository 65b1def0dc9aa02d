"""Whose turn it is, by arithmetic: at every instant one person's, whatever the clocks of the zone do."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.escalation.rotations import Turns, instant, merged, without
from foundation.sla.calendar_spec import WEEKDAYS
from tests.sla.strategies import ZONES, repeatably

HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
NIGHTS = {day: {"20:00": "08:00"} for day in WEEKDAYS}


def turns(**options: Any) -> Turns:
    given: dict[str, Any] = {
        "people": ("ana", "ben", "cleo"), "weeks": True, "length": 1, "weekday": 0, "hand_over": time(9), "zone": "UTC",
        "hours": {}, "starts_on": date(2026, 11, 16),
    }  # fmt: skip
    return Turns.of(**(given | options))


def changes_of(zone: str) -> list[datetime]:
    """The instants of 2025 to 2030 at which the zone changes its clocks."""
    place, found = ZoneInfo(zone), []
    at, end = datetime(2025, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    while at < end:
        if at.astimezone(place).utcoffset() != (at + HOUR).astimezone(place).utcoffset():
            low, high = at, at + HOUR
            while high - low > MINUTE:
                middle = low + (high - low) / 2
                middle = middle.replace(second=0, microsecond=0)
                same = middle.astimezone(place).utcoffset() == low.astimezone(place).utcoffset()
                low, high = (middle, high) if same else (low, middle)
            found.append(high)
        at += HOUR
    return found


CHANGES = [(zone, change) for zone in ZONES for change in changes_of(zone)]

rotations = st.builds(
    turns,
    people=st.sampled_from([("ana",), ("ana", "ben"), ("ana", "ben", "cleo", "dan", "eve")]),
    weeks=st.booleans(),
    length=st.integers(1, 4),
    weekday=st.integers(0, 6),
    hand_over=st.times().map(lambda wall: wall.replace(second=0, microsecond=0)),
    zone=st.sampled_from(ZONES),
    starts_on=st.dates(date(2025, 1, 1), date(2030, 12, 31)),
)
instants = st.datetimes(datetime(2025, 1, 1), datetime(2030, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
stretches = st.timedeltas(MINUTE, timedelta(days=70))


@repeatably
@given(rotations, instants, stretches)
def test_turns_touch_and_fill_all_the_time(rotation: Turns, start: datetime, length: timedelta) -> None:
    found = list(rotation.spans(start, start + length))
    assert (found[0].starts_at, found[-1].ends_at) == (start, start + length)
    assert all(one.ends_at == other.starts_at for one, other in pairwise(found))
    assert all(span.starts_at < span.ends_at for span in found)


@repeatably
@given(rotations, instants)
def test_the_turn_of_an_instant_is_the_turn_it_lies_in(rotation: Turns, at: datetime) -> None:
    number = rotation.number_at(at)
    assert rotation.begins(number) <= at < rotation.begins(number + 1)
    assert [turn.person for turn in rotation.spans(at, at + timedelta(microseconds=1))] == [rotation.whose(number)]


@repeatably
@given(rotations, st.integers(-60, 60))
def test_a_turn_is_found_again_from_its_beginning(rotation: Turns, number: int) -> None:
    begins = rotation.begins(number)
    assert rotation.number_at(begins) == number
    assert rotation.number_at(begins - timedelta(microseconds=1)) == number - 1


@repeatably
@given(rotations, instants)
def test_everybody_has_her_turn_in_a_round_and_only_one(rotation: Turns, at: datetime) -> None:
    first = rotation.number_at(at)
    round_of = [rotation.whose(first + n) for n in range(len(rotation.people))]
    assert sorted(round_of) == sorted(rotation.people)


@repeatably
@given(rotations, instants, stretches, stretches)
def test_two_stretches_tell_what_the_whole_tells(
    rotation: Turns, start: datetime, one: timedelta, other: timedelta
) -> None:
    middle, end = start + one, start + one + other
    parts = [*rotation.spans(start, middle), *rotation.spans(middle, end)]
    for person in rotation.people:
        whole = merged(span[:2] for span in rotation.spans(start, end) if span.person == person)
        assert merged(span[:2] for span in parts if span.person == person) == whole


HAND_OVERS = [time(0), time(0, 30), time(1, 30), time(2), time(2, 15), time(3), time(9)]


def test_the_zones_change_their_clocks_twice_a_year() -> None:
    assert min(len(changes_of(zone)) for zone in ZONES) == 12


@pytest.mark.parametrize(("zone", "change"), CHANGES, ids=lambda value: str(value).replace(" ", "T"))
def test_turns_of_a_day_hold_over_a_change_of_the_clocks(zone: str, change: datetime) -> None:
    day = change.astimezone(ZoneInfo(zone)).date()
    for hand_over in HAND_OVERS:
        rotation = turns(weeks=False, weekday=None, zone=zone, hand_over=hand_over, starts_on=day - 3 * DAY)
        found = list(rotation.spans(change - 3 * DAY, change + 3 * DAY))
        assert all(one.ends_at == other.starts_at and one.person != other.person for one, other in pairwise(found))
        assert sum((span.ends_at - span.starts_at for span in found), timedelta()) == 6 * DAY
        for span in found[1:]:
            local = span.starts_at.astimezone(ZoneInfo(zone))
            # Written so, or carried over the gap by as much as it is long; of two that are alike, the first.
            assert local.time() == hand_over or timedelta() < _after(local, hand_over) <= HOUR
            assert local.fold == 0


def _after(local: datetime, wall: time) -> timedelta:
    written = local.replace(hour=wall.hour, minute=wall.minute)
    return (local.replace(tzinfo=None) - written.replace(tzinfo=None)) % DAY


def test_a_hand_over_that_is_skipped_moves_forward_by_the_gap() -> None:
    assert instant(date(2026, 3, 8), time(2, 30), "America/Denver") == datetime(2026, 3, 8, 9, 30, tzinfo=UTC)


def test_a_hand_over_that_occurs_twice_is_the_first() -> None:
    assert instant(date(2026, 11, 1), time(1, 30), "America/Denver") == datetime(2026, 11, 1, 7, 30, tzinfo=UTC)


def test_the_week_that_the_clocks_change_is_as_long_as_it_is() -> None:
    rotation = turns(zone="Europe/Madrid", starts_on=date(2026, 3, 23))
    assert rotation.begins(1) - rotation.begins(0) == timedelta(hours=167)


def test_the_first_of_the_order_is_on_the_day_it_starts_in_the_middle_of_a_week() -> None:
    rotation = turns(starts_on=date(2026, 11, 19))
    wednesday, monday = datetime(2026, 11, 19, 12, tzinfo=UTC), datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert rotation.whose(rotation.number_at(wednesday)) == "ana"
    assert [span.person for span in rotation.spans(wednesday, monday + HOUR)] == ["ana", "ben"]


def test_hours_cut_the_turns() -> None:
    rotation = turns(weeks=False, weekday=None, hand_over=time(20), hours=NIGHTS)
    start = datetime(2026, 11, 16, 12, tzinfo=UTC)
    found = [(span.starts_at, span.ends_at, span.person) for span in rotation.spans(start, start + 2 * DAY)]
    evening = datetime(2026, 11, 16, 20, tzinfo=UTC)
    assert found == [
        (evening, evening + 12 * HOUR, "ana"),
        (evening + DAY, evening + DAY + 12 * HOUR, "ben"),
    ]


def test_a_night_is_an_hour_longer_when_the_clocks_go_back() -> None:
    rotation = turns(weeks=False, weekday=None, hand_over=time(20), hours=NIGHTS, zone="Europe/Madrid")
    (night,) = rotation.spans(datetime(2026, 10, 24, 17, tzinfo=UTC), datetime(2026, 10, 25, 12, tzinfo=UTC))
    assert night.ends_at - night.starts_at == 13 * HOUR


def test_a_rotation_of_nobody_puts_nobody_on() -> None:
    start = datetime(2026, 11, 16, tzinfo=UTC)
    assert list(turns(people=()).spans(start, start + DAY)) == []


spans = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 12)).map(lambda pair: (pair[0], pair[0] + pair[1])))


@repeatably
@given(spans, spans)
def test_what_is_left_is_what_lies_in_one_and_not_in_the_other(whole: Any, taken: Any) -> None:
    left = without(whole, taken)
    for tick in range(64):
        inside = any(start <= tick < end for start, end in whole)
        away = any(start <= tick < end for start, end in taken)
        assert any(start <= tick < end for start, end in left) == (inside and not away)
