"""Reading a calendar: what is accepted, and the sentence that names the part that is not."""

from __future__ import annotations

import copy
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given

from foundation.sla.calendar import ALWAYS, BusinessCalendar, CalendarError
from tests.sla.strategies import at, repeatably, specs

OFFICE: dict[str, Any] = {"tz": "America/New_York", "hours": {"mon": {"09:00": "17:00"}}, "hol": []}


def refusal(**changes: Any) -> str:
    with pytest.raises(CalendarError) as refused:
        BusinessCalendar.from_spec({**OFFICE, **changes})
    return str(refused.value)


def every_day_from(first: date, days: int) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range(days)]


def test_a_calendar_is_written_back_in_canonical_form() -> None:
    calendar = BusinessCalendar.from_spec(
        {
            "tz": "Europe/Paris",
            "hours": {"fri": {"22:00": "06:00", "08:00": "12:00"}, "sat": {"20:30": "00:00"}, "sun": {}},
            "hol": ["2026-12-25", "2026-05-01", "2026-12-25"],
            "overrides": {"2026-12-31": {}, "2026-12-24": {"09:00": "13:00"}},
            "holidays": {"country": "FR"},
        }
    )
    assert calendar.to_spec() == {
        "tz": "Europe/Paris",
        "hours": {"fri": {"08:00": "12:00", "22:00": "06:00"}, "sat": {"20:30": "24:00"}},
        "hol": ["2026-05-01", "2026-12-25"],
        "overrides": {"2026-12-24": {"09:00": "13:00"}, "2026-12-31": {}},
        "holidays": {"country": "FR", "subdiv": None},
    }


@repeatably
@given(specs())
def test_a_calendar_read_from_what_it_wrote_is_equal(spec: dict[str, Any]) -> None:
    calendar = BusinessCalendar.from_spec(spec)
    again = BusinessCalendar.from_spec(calendar.to_spec())
    assert again == calendar
    assert hash(again) == hash(calendar)


def test_a_copy_of_a_calendar_is_equal_to_it() -> None:
    calendar = BusinessCalendar.from_spec(OFFICE)
    calendar.due(at("2026-11-20T12:00"), 60)
    assert copy.deepcopy(calendar) == calendar
    assert calendar != ALWAYS
    assert calendar != "a calendar"


def test_always_open_needs_nothing_beside_it() -> None:
    assert BusinessCalendar.from_spec({"always": True}) == ALWAYS
    assert BusinessCalendar.from_spec({"always": True, "tz": "UTC", "hours": {}, "hol": []}) == ALWAYS
    assert ALWAYS.to_spec() == {"tz": "UTC", "always": True}


@pytest.mark.parametrize(
    "beside",
    [
        {"hours": OFFICE["hours"]},
        {"hol": ["2026-12-25"]},
        {"overrides": {"2026-12-25": {}}},
        {"holidays": {"country": "US"}},
    ],
    ids=lambda beside: next(iter(beside)),
)
def test_always_open_has_no_hours_or_closed_days_beside_it(beside: dict[str, Any]) -> None:
    with pytest.raises(CalendarError) as refused:
        BusinessCalendar.from_spec({"always": True, **beside})
    assert str(refused.value) == f"A calendar that is always open has no “{next(iter(beside))}” beside it."


@pytest.mark.parametrize("hours", [{}, {"mon": {}}])
def test_a_calendar_with_neither_hours_nor_always_is_refused(hours: dict[str, Any]) -> None:
    assert refusal(hours=hours) == "The calendar has no opening hours and is not always open."
    assert refusal(hours=hours, always=False) == "The calendar has no opening hours and is not always open."


def test_a_calendar_without_a_zone_is_refused() -> None:
    with pytest.raises(CalendarError, match=r"^The calendar names no time zone\.$"):
        BusinessCalendar.from_spec({"hours": OFFICE["hours"]})


@pytest.mark.parametrize(
    "zone",
    [
        *("Mars/Olympus", "America", "", ".", "/etc/passwd", "../UTC", "a\0b", "\ud800", "x" * 5000),
        *("localtime", "posixrules", "Factory", "right/UTC", "posix/UTC", "zone.tab", None, 3, ["UTC"]),
    ],
)
def test_a_zone_that_is_not_a_place_is_refused(zone: Any) -> None:
    sentence = refusal(tz=zone)
    assert sentence.endswith("is not a known time zone.")
    assert len(sentence) < 100
    sentence.encode()


@pytest.mark.parametrize(
    "time", ["9:00", "09:60", "24:01", "25:00", "0900", "09:00:00", " 09:00", "09:00\n", "\u0660\u0669:00", "", 9, None]
)
def test_a_time_that_is_not_one_is_refused(time: Any) -> None:
    expected = f"On mon, “{time}” is not a time such as 09:00."
    assert refusal(hours={"mon": {time: "17:00"}}) == expected
    assert refusal(hours={"mon": {"08:00": time}}) == expected


def test_a_span_cannot_start_at_24_00() -> None:
    assert refusal(hours={"mon": {"24:00": "06:00"}}) == "On mon, “24:00” is not a time such as 09:00."


def test_a_span_of_no_length_is_refused() -> None:
    assert (
        refusal(hours={"mon": {"00:00": "00:00"}})
        == "On mon the hours open and close at 00:00; a whole day is 00:00 to 24:00."
    )


@pytest.mark.parametrize(
    ("hours", "sentence"),
    [
        (
            {"mon": {"09:00": "12:00", "11:00": "13:00"}},
            "The hours 09:00-12:00 on mon overlap 11:00-13:00 on mon.",
        ),
        (
            {"mon": {"22:00": "06:00"}, "tue": {"05:00": "12:00"}},
            "The hours 22:00-06:00 on mon overlap 05:00-12:00 on tue.",
        ),
        (
            {"sun": {"22:00": "06:00"}, "mon": {"05:59": "12:00"}},
            "The hours 22:00-06:00 on sun overlap 05:59-12:00 on mon.",
        ),
        (
            {"mon": {"20:00": "24:00", "22:00": "02:00"}},
            "The hours 20:00-24:00 on mon overlap 22:00-02:00 on mon.",
        ),
    ],
)
def test_hours_that_overlap_are_refused(hours: dict[str, Any], sentence: str) -> None:
    assert refusal(hours=hours) == sentence


def test_hours_that_touch_are_accepted() -> None:
    BusinessCalendar.from_spec(
        {
            **OFFICE,
            "hours": {
                "sun": {"22:00": "06:00"},
                "mon": {"06:00": "12:00", "12:00": "24:00"},
                "tue": {"00:00": "01:00"},
            },
        }
    )


def test_hours_of_a_date_may_not_run_into_those_of_the_next_day() -> None:
    late_sunday = {"2026-11-22": {"22:00": "09:30"}}
    assert refusal(overrides=late_sunday) == "The hours 22:00-09:30 on 2026-11-22 overlap 09:00-17:00 on 2026-11-23."
    # A next day that is closed, or has hours of its own, begins anew at its midnight.
    BusinessCalendar.from_spec({**OFFICE, "overrides": late_sunday, "hol": ["2026-11-23"]})
    BusinessCalendar.from_spec({**OFFICE, "overrides": {**late_sunday, "2026-11-23": {"09:00": "10:00"}}})


def test_a_date_is_named_once() -> None:
    assert (
        refusal(hol=["2026-12-24"], overrides={"2026-12-24": {"09:00": "13:00"}})
        == "2026-12-24 is both a closed day and a day with hours of its own."
    )


@pytest.mark.parametrize(
    "day", ["2026-02-30", "20261225", "2026-W52-5", "25.12.2026", "1969-12-31", "2200-01-01", 5, None]
)
def test_a_date_that_is_not_one_is_refused(day: Any) -> None:
    expected = f"“{day}” is not a date such as 2026-12-25."
    assert refusal(hol=[day]) == expected
    assert refusal(overrides={day: {}}) == expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"timezone": "UTC"}, "The calendar has an unknown part, “timezone”."),
        ({"hours": {"monday": {}}}, "“monday” is not a day of the week such as “mon”."),
        ({"hours": ["mon"]}, "“hours” is a set of named values."),
        ({"hours": {"mon": [["09:00", "17:00"]]}}, "“mon” is a set of named values."),
        ({"hol": {"2026-12-25": True}}, "“hol” is a list of dates."),
        ({"overrides": ["2026-12-25"]}, "“overrides” is a set of named values."),
        ({"always": "yes"}, "“always” is true or false, not “yes”."),
        ({"holidays": {"region": "US"}}, "The holidays have an unknown part, “region”."),
        ({"holidays": {}}, "The holidays name a country such as “US” and, if wanted, a part of it."),
        ({"holidays": {"country": "US", "subdiv": 6}},
         "The holidays name a country such as “US” and, if wanted, a part of it."),
        ({"holidays": {"country": "XX"}}, "No public holidays are known for “XX”."),
        ({"holidays": {"country": "USA"}}, "No public holidays are known for “USA”."),
        ({"holidays": {"country": "us"}}, "No public holidays are known for “us”."),
        ({"holidays": {"country": "US", "subdiv": "ZZ"}}, "No public holidays are known for “US-ZZ”."),
    ],
)  # fmt: skip
def test_a_part_that_cannot_be_read_is_named(changes: dict[str, Any], sentence: str) -> None:
    assert refusal(**changes) == sentence


def test_something_other_than_named_values_is_refused() -> None:
    with pytest.raises(CalendarError, match=r"^“calendar” is a set of named values\.$"):
        BusinessCalendar.from_spec(["mon"])  # type: ignore[arg-type]


def test_a_refusal_can_be_translated() -> None:
    with pytest.raises(CalendarError) as refused:
        BusinessCalendar.from_spec({**OFFICE, "tz": "Mars/Olympus"})
    assert refused.value.sentence == "“%(zone)s” is not a known time zone."
    assert refused.value.parts == {"zone": "Mars/Olympus"}


def test_a_list_of_dates_is_bounded() -> None:
    days = every_day_from(date(2026, 1, 1), 2001)
    assert refusal(hol=days) == "“hol” lists more than 2000 dates."
    assert refusal(overrides={day: {} for day in days}) == "“overrides” lists more than 2000 dates."


def test_a_calendar_closed_for_400_days_is_refused() -> None:
    # Open on Mondays alone: 57 closed Mondays in a row leave 405 closed days, 56 leave 398.
    mondays = [(date(2026, 1, 5) + timedelta(weeks=n)).isoformat() for n in range(57)]
    assert refusal(hol=mondays) == "The calendar has no open time in the 400 days after 2025-12-29."
    assert refusal(hol=mondays[:30], overrides={day: {} for day in mondays[30:]}).startswith(
        "The calendar has no open time"
    )
    BusinessCalendar.from_spec({**OFFICE, "hol": mondays[:-1]})
    BusinessCalendar.from_spec({**OFFICE, "hol": mondays, "overrides": {"2026-06-02": {"09:00": "10:00"}}})


def test_public_holidays_count_towards_the_days_a_calendar_is_closed() -> None:
    mondays = [date(2026, 1, 5) + timedelta(weeks=n) for n in range(57)]
    labor_days = {date(2026, 9, 7)}
    named = [monday.isoformat() for monday in mondays if monday not in labor_days]
    BusinessCalendar.from_spec({**OFFICE, "hol": named})
    assert refusal(hol=named, holidays={"country": "US"}).startswith("The calendar has no open time in the 400 days")
