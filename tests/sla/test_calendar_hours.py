"""When a calendar is open: closing instants, midnights, closed dates, overrides, and clocks that change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from foundation.sla.calendar import ALWAYS, BusinessCalendar
from tests.sla.strategies import at

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HOUR = 3600


def calendar(tz: str = "UTC", hours: dict[str, Any] | None = None, **parts: Any) -> BusinessCalendar:
    """A calendar with the same hours every day unless `hours` names days."""
    hours = hours or {"09:00": "17:00"}
    by_day = hours if set(hours) <= set(WEEK) else dict.fromkeys(WEEK, hours)
    return BusinessCalendar.from_spec({"tz": tz, "hours": by_day, **parts})


def opening(calendar: BusinessCalendar, start: str, end: str) -> list[tuple[str, str]]:
    return [
        (opens.strftime("%m-%d %H:%M"), closes.strftime("%m-%d %H:%M"))
        for opens, closes in calendar.intervals(at(start), at(end))
    ]


class TestClosingInstant:
    office = calendar()

    def test_a_due_falls_on_the_closing_instant(self) -> None:
        assert self.office.due(at("2026-11-20T16:00"), HOUR) == at("2026-11-20T17:00")

    def test_one_second_more_falls_after_the_next_opening(self) -> None:
        assert self.office.due(at("2026-11-20T16:00"), HOUR + 1) == at("2026-11-21T09:00:01")

    def test_no_time_is_due_at_its_start_even_while_closed(self) -> None:
        assert self.office.due(at("2026-11-20T03:00"), 0) == at("2026-11-20T03:00")

    def test_negative_time_is_refused(self) -> None:
        with pytest.raises(ValueError, match="forward only"):
            self.office.due(at("2026-11-20T16:00"), -1)

    def test_open_at_the_opening_and_closed_at_the_closing(self) -> None:
        assert self.office.is_open(at("2026-11-20T09:00"))
        assert self.office.is_open(at("2026-11-20T16:59:59"))
        assert not self.office.is_open(at("2026-11-20T17:00"))
        assert not self.office.is_open(at("2026-11-20T08:59:59"))

    def test_the_next_opening_is_now_while_open(self) -> None:
        assert self.office.next_open(at("2026-11-20T10:00")) == at("2026-11-20T10:00")
        assert self.office.next_open(at("2026-11-20T17:00")) == at("2026-11-21T09:00")

    def test_an_end_before_the_start_is_no_open_time(self) -> None:
        assert self.office.open_seconds(at("2026-11-20T12:00"), at("2026-11-20T10:00")) == 0
        assert list(self.office.intervals(at("2026-11-20T12:00"), at("2026-11-20T10:00"))) == []

    def test_a_fraction_of_a_second_is_kept_by_due_and_rounded_down_once_by_open_seconds(self) -> None:
        start = at("2026-11-20T16:59:59.400000")
        assert self.office.due(start, 1) == at("2026-11-21T09:00:00.400000")
        assert self.office.open_seconds(start, at("2026-11-21T09:00:00.399999")) == 0
        assert self.office.open_seconds(start, at("2026-11-21T09:00:00.400000")) == 1
        assert self.office.open_time(start, at("2026-11-21T09:00:00.5")) == timedelta(seconds=1.1)


class TestInstants:
    @pytest.mark.parametrize("hours", [calendar(), ALWAYS])
    def test_a_naive_instant_is_refused(self, hours: BusinessCalendar) -> None:
        naive = datetime(2026, 11, 20, 12)  # noqa: DTZ001
        for ask in (
            lambda: hours.due(naive, 60),
            lambda: hours.open_seconds(naive, at("2026-11-20T12:00")),
            lambda: hours.open_seconds(at("2026-11-20T12:00"), naive),
            lambda: hours.is_open(naive),
            lambda: hours.next_open(naive),
            lambda: list(hours.intervals(naive, at("2026-11-20T12:00"))),
        ):
            with pytest.raises(ValueError, match="has no time zone"):
                ask()

    def test_an_instant_given_in_another_zone_is_answered_in_utc(self) -> None:
        local = datetime(2026, 11, 20, 11, tzinfo=ZoneInfo("America/New_York"))
        due = calendar().due(local, HOUR)
        assert due == at("2026-11-20T17:00")
        assert due.tzinfo is UTC

    @pytest.mark.parametrize(
        "when", ["1969-12-31T23:59:59", "2200-01-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59"]
    )
    def test_an_instant_out_of_all_reach_is_refused(self, when: str) -> None:
        with pytest.raises(ValueError, match="outside the years 1970 to 2199"):
            calendar().is_open(at(when))

    @pytest.mark.parametrize("hours", [calendar(), ALWAYS])
    def test_more_time_than_there_is_is_refused(self, hours: BusinessCalendar) -> None:
        with pytest.raises(ValueError, match="does not pass before 2200"):
            hours.due(at("2199-06-01T00:00"), 10**10)

    def test_no_opening_is_left_at_the_very_end(self) -> None:
        with pytest.raises(ValueError, match="does not pass before 2200"):
            calendar(hours={"mon": {"09:00": "17:00"}}).next_open(at("2199-12-31T23:00"))


class TestAlways:
    def test_every_second_counts(self) -> None:
        assert ALWAYS.due(at("2026-11-20T12:00"), 900) == at("2026-11-20T12:15")
        assert ALWAYS.open_seconds(at("2026-11-20T12:00"), at("2026-11-22T12:00")) == 48 * HOUR
        assert ALWAYS.is_open(at("2026-12-25T03:00"))
        assert ALWAYS.next_open(at("2026-12-25T03:00")) == at("2026-12-25T03:00")

    def test_its_only_span_is_the_whole_time_asked_about(self) -> None:
        assert opening(ALWAYS, "2026-01-01T00:00", "2026-12-31T00:00") == [("01-01 00:00", "12-31 00:00")]


class TestMidnight:
    def test_hours_may_run_past_midnight(self) -> None:
        night = calendar(hours={"fri": {"22:00": "06:00"}})
        assert opening(night, "2026-11-20T00:00", "2026-11-23T00:00") == [("11-20 22:00", "11-21 06:00")]

    def test_hours_of_sunday_night_run_into_monday(self) -> None:
        night = calendar(hours={"sun": {"22:00": "06:00"}})
        assert night.is_open(at("2026-11-23T05:59"))

    def test_24_00_and_00_00_end_at_the_same_midnight(self) -> None:
        late = calendar(hours={"fri": {"20:30": "24:00"}})
        assert late == calendar(hours={"fri": {"20:30": "00:00"}})
        assert opening(late, "2026-11-20T00:00", "2026-11-22T00:00") == [("11-20 20:30", "11-21 00:00")]

    def test_spans_that_touch_are_one(self) -> None:
        whole_week = calendar(hours={"00:00": "24:00"})
        assert opening(whole_week, "2026-01-01T00:00", "2026-12-31T06:00") == [("01-01 00:00", "12-31 06:00")]
        noon = calendar(hours={"09:00": "12:00", "12:00": "15:00"})
        assert opening(noon, "2026-11-20T10:00", "2026-11-20T20:00") == [("11-20 10:00", "11-20 15:00")]


class TestDatedDays:
    nights: dict[str, Any] = {"22:00": "06:00"}

    def test_a_closed_date_is_closed_all_day_for_hours_from_the_day_before_too(self) -> None:
        closed = calendar(hours=self.nights, hol=["2026-12-25"])
        assert opening(closed, "2026-12-24T12:00", "2026-12-26T23:00") == [
            ("12-24 22:00", "12-25 00:00"),
            ("12-26 22:00", "12-26 23:00"),
        ]

    def test_an_override_replaces_the_day(self) -> None:
        short = calendar(overrides={"2026-12-24": {"09:00": "13:00"}, "2026-12-25": {}})
        assert opening(short, "2026-12-24T00:00", "2026-12-27T00:00") == [
            ("12-24 09:00", "12-24 13:00"),
            ("12-26 09:00", "12-26 17:00"),
        ]

    def test_an_override_replaces_what_runs_in_from_the_day_before(self) -> None:
        short = calendar(hours=self.nights, overrides={"2026-12-24": {"09:00": "13:00"}})
        assert opening(short, "2026-12-23T12:00", "2026-12-25T12:00") == [
            ("12-23 22:00", "12-24 00:00"),
            ("12-24 09:00", "12-24 13:00"),
        ]

    def test_an_override_may_run_past_midnight_into_an_ordinary_day(self) -> None:
        long = calendar(overrides={"2026-12-31": {"18:00": "02:00"}})
        assert opening(long, "2026-12-31T00:00", "2027-01-01T08:00") == [("12-31 18:00", "01-01 02:00")]

    def test_an_override_may_open_a_day_that_is_otherwise_closed(self) -> None:
        sale = calendar(hours={"mon": {"09:00": "17:00"}}, overrides={"2026-11-21": {"10:00": "14:00"}})
        assert sale.next_open(at("2026-11-20T00:00")) == at("2026-11-21T10:00")

    def test_a_date_is_a_local_one(self) -> None:
        closed = calendar("Asia/Manila", hours={"00:00": "24:00"}, hol=["2026-12-25"])
        assert opening(closed, "2026-12-24T00:00", "2026-12-26T00:00") == [
            ("12-24 00:00", "12-24 16:00"),
            ("12-25 16:00", "12-26 00:00"),
        ]


class TestPublicHolidays:
    def test_the_holidays_of_a_country_are_closed(self) -> None:
        american = calendar("America/New_York", holidays={"country": "US"})
        assert american.next_open(at("2026-11-26T14:00")) == at("2026-11-27T14:00")

    def test_those_of_a_part_of_it_are_closed_there_only(self) -> None:
        reformation_day = at("2026-10-31T12:00")
        assert calendar("Europe/Berlin", holidays={"country": "DE", "subdiv": "BE"}).is_open(reformation_day)
        assert not calendar("Europe/Berlin", holidays={"country": "DE", "subdiv": "BB"}).is_open(reformation_day)

    def test_a_day_observed_in_the_year_before_is_closed(self) -> None:
        # New Year's Day 2028 is a Saturday, observed on Friday 31 December 2027.
        assert not calendar("America/New_York", holidays={"country": "US"}).is_open(at("2027-12-31T15:00"))

    def test_an_override_opens_a_public_holiday(self) -> None:
        open_anyway = {"2026-11-26": {"10:00": "12:00"}}
        american = calendar("America/New_York", holidays={"country": "US"}, overrides=open_anyway)
        assert american.open_seconds(at("2026-11-26T05:00"), at("2026-11-27T05:00")) == 2 * HOUR


class TestClocksThatChange:
    """Expected instants are worked out by hand from the published changes."""

    def test_an_opening_in_the_gap_shifts_forward_by_the_gap(self) -> None:
        # New York 2026-03-08: 02:00 EST is followed by 03:00 EDT, 07:00 UTC; 02:30 is read as 03:30 EDT.
        early = calendar("America/New_York", {"02:30": "05:00"})
        assert opening(early, "2026-03-08T00:00", "2026-03-08T12:00") == [("03-08 07:30", "03-08 09:00")]

    def test_a_closing_in_the_gap_shifts_forward_by_the_gap(self) -> None:
        late = calendar("America/New_York", {"00:00": "02:30"})
        assert opening(late, "2026-03-08T04:00", "2026-03-08T12:00") == [("03-08 05:00", "03-08 07:30")]

    def test_spans_pushed_over_each_other_by_the_gap_count_once(self) -> None:
        pushed = calendar("America/New_York", {"01:00": "02:30", "03:00": "04:00"})
        assert opening(pushed, "2026-03-08T04:00", "2026-03-08T12:00") == [("03-08 06:00", "03-08 08:00")]

    def test_a_span_turned_around_by_the_gap_is_empty(self) -> None:
        turned = calendar("America/New_York", {"02:30": "03:15"})
        assert opening(turned, "2026-03-08T04:00", "2026-03-08T12:00") == []

    def test_an_ambiguous_end_is_its_first_occurrence(self) -> None:
        # New York 2026-11-01: 01:00 to 02:00 occurs as EDT from 05:00 UTC, then as EST from 06:00 UTC.
        twice = calendar("America/New_York", {"01:15": "01:45"})
        assert opening(twice, "2026-11-01T04:00", "2026-11-01T12:00") == [("11-01 05:15", "11-01 05:45")]
        across = calendar("America/New_York", {"01:15": "02:00"})
        assert opening(across, "2026-11-01T04:00", "2026-11-01T12:00") == [("11-01 05:15", "11-01 07:00")]

    @pytest.mark.parametrize(
        ("tz", "start", "end", "hours"),
        [
            ("America/New_York", "2026-03-08T05:00", "2026-03-09T04:00", 23),
            ("America/New_York", "2026-11-01T04:00", "2026-11-02T05:00", 25),
            ("Europe/Dublin", "2026-03-29T00:00", "2026-03-29T23:00", 23),
            ("Europe/Dublin", "2026-10-24T23:00", "2026-10-26T00:00", 25),
            ("Australia/Lord_Howe", "2026-10-03T13:30", "2026-10-04T13:00", 23.5),
            ("Australia/Lord_Howe", "2026-04-04T13:00", "2026-04-05T13:30", 24.5),
        ],
    )
    def test_a_day_is_as_long_as_it_really_is(self, tz: str, start: str, end: str, hours: float) -> None:
        day = datetime.fromisoformat(start).replace(tzinfo=UTC) + timedelta(hours=12)
        only = day.astimezone(ZoneInfo(tz)).strftime("%a").lower()
        whole_day = calendar(tz, {only: {"00:00": "24:00"}})
        assert list(whole_day.intervals(at(start) - timedelta(days=2), at(end) + timedelta(days=2))) == [
            (at(start), at(end))
        ]
        assert whole_day.open_seconds(at(start), at(end)) == hours * HOUR

    def test_a_midnight_that_is_skipped_is_the_first_instant_after_the_gap(self) -> None:
        # Cairo springs forward at midnight: Friday 2026-04-24 begins at 01:00, 22:00 UTC the day before.
        friday = calendar("Africa/Cairo", {"fri": {"00:00": "09:00"}})
        assert opening(friday, "2026-04-23T00:00", "2026-04-25T00:00") == [("04-23 22:00", "04-24 06:00")]
        thursday = calendar("Africa/Cairo", {"thu": {"20:00": "24:00"}})
        assert opening(thursday, "2026-04-23T00:00", "2026-04-25T00:00") == [("04-23 18:00", "04-23 22:00")]

    def test_a_closed_date_with_a_skipped_midnight_leaves_the_day_before_whole(self) -> None:
        closed = calendar("Africa/Cairo", {"20:00": "24:00"}, hol=["2026-04-24"])
        assert opening(closed, "2026-04-23T00:00", "2026-04-25T12:00") == [("04-23 18:00", "04-23 22:00")]

    def test_a_midnight_set_back_ends_the_longer_day(self) -> None:
        # Santiago falls back from 24:00 to 23:00 on Saturday 2026-04-04: that evening lasts an hour longer.
        saturday = calendar("America/Santiago", {"sat": {"20:00": "24:00"}})
        assert opening(saturday, "2026-04-04T12:00", "2026-04-06T12:00") == [("04-04 23:00", "04-05 04:00")]

    def test_an_hour_in_ramadan_follows_casablanca(self) -> None:
        # Morocco leaves UTC+1 for UTC from 15 February to 22 March 2026.
        office = calendar("Africa/Casablanca")
        assert office.next_open(at("2026-02-13T00:00")) == at("2026-02-13T08:00")
        assert office.next_open(at("2026-03-02T00:00")) == at("2026-03-02T09:00")
        assert office.next_open(at("2026-03-23T00:00")) == at("2026-03-23T08:00")

    def test_a_date_the_zone_skips_has_no_hours(self) -> None:
        # Samoa went from Thursday 29 to Saturday 31 December 2011.
        friday = calendar("Pacific/Apia", {"fri": {"09:00": "17:00"}})
        assert opening(friday, "2011-12-28T00:00", "2012-01-02T00:00") == []
        every_day = calendar("Pacific/Apia")
        assert opening(every_day, "2011-12-29T12:00", "2012-01-01T00:00") == [
            ("12-29 19:00", "12-30 03:00"),
            ("12-30 19:00", "12-31 03:00"),
            ("12-31 19:00", "01-01 00:00"),
        ]
