"""What a clock has used and when it is due, with and without pauses."""

from __future__ import annotations

import pytest

from foundation.sla.arithmetic import Span, due_at, elapsed_seconds
from foundation.sla.calendar import ALWAYS, BusinessCalendar
from tests.sla.strategies import at

HOUR = 3600
OFFICE = BusinessCalendar.from_spec(
    {"tz": "UTC", "hours": {day: {"09:00": "17:00"} for day in ("mon", "tue", "wed", "thu", "fri")}}
)
FRIDAY_AT_NINE = at("2026-11-20T09:00")


def friday(start: str, end: str | None) -> Span:
    """A pause on Friday 20 November 2026."""
    return Span(at(f"2026-11-20T{start}"), at(f"2026-11-20T{end}") if end else None)


class TestElapsed:
    def elapsed(self, *pauses: Span, until: str = "2026-11-20T17:00", carried: int = 0) -> float:
        return elapsed_seconds(OFFICE, FRIDAY_AT_NINE, at(until), pauses, carried) / HOUR

    def test_business_time_is_counted(self) -> None:
        assert self.elapsed() == 8
        assert self.elapsed(until="2026-11-23T10:00") == 9

    def test_a_pause_is_left_out(self) -> None:
        assert self.elapsed(friday("10:00", "12:00")) == 6

    def test_only_the_business_time_of_a_pause_is_left_out(self) -> None:
        assert self.elapsed(Span(at("2026-11-20T16:00"), at("2026-11-23T10:00")), until="2026-11-23T17:00") == 14

    def test_pauses_that_overlap_count_once(self) -> None:
        assert self.elapsed(friday("10:00", "12:00"), friday("11:00", "13:00")) == 5

    def test_a_pause_inside_another_adds_nothing(self) -> None:
        assert self.elapsed(friday("10:00", "14:00"), friday("11:00", "12:00")) == 4
        assert self.elapsed(friday("10:00", "14:00"), friday("10:00", "11:00"), friday("13:00", "14:00")) == 4

    def test_the_same_pause_twice_counts_once(self) -> None:
        assert self.elapsed(friday("10:00", "12:00"), friday("10:00", "12:00")) == 6

    def test_pauses_that_touch_are_both_left_out(self) -> None:
        assert self.elapsed(friday("12:00", "13:00"), friday("10:00", "12:00")) == 5

    def test_a_pause_of_no_length_adds_nothing(self) -> None:
        assert self.elapsed(friday("10:00", "10:00")) == 8

    def test_an_open_pause_lasts_until_the_reading(self) -> None:
        assert self.elapsed(friday("12:00", None)) == 3
        assert self.elapsed(friday("12:00", None), friday("10:00", "11:00"), friday("14:00", "15:00")) == 2

    def test_a_pause_from_before_the_start_counts_from_the_start(self) -> None:
        assert self.elapsed(Span(at("2026-11-19T12:00"), at("2026-11-20T11:00"))) == 6

    def test_a_pause_before_the_start_or_after_the_reading_adds_nothing(self) -> None:
        assert self.elapsed(Span(at("2026-11-18T12:00"), at("2026-11-19T11:00"))) == 8
        assert self.elapsed(friday("16:00", None), until="2026-11-20T12:00") == 3

    def test_paused_and_stopped_at_one_instant_is_exact(self) -> None:
        assert self.elapsed(friday("12:00", "12:00"), until="2026-11-20T12:00") == 3
        assert self.elapsed(friday("12:00", None), until="2026-11-20T12:00") == 3

    def test_time_carried_over_is_added(self) -> None:
        assert self.elapsed(carried=2 * HOUR) == 10

    def test_a_reading_before_the_start_has_used_nothing(self) -> None:
        assert self.elapsed(until="2026-11-20T08:00") == 0
        assert self.elapsed(friday("07:00", None), until="2026-11-20T08:00", carried=HOUR) == 1

    def test_fractions_are_rounded_down_once_at_the_end(self) -> None:
        pauses = [Span(at(f"2026-11-20T09:00:0{n}.3"), at(f"2026-11-20T09:00:0{n}.6")) for n in range(3)]
        assert elapsed_seconds(ALWAYS, FRIDAY_AT_NINE, at("2026-11-20T09:00:09.8"), pauses) == 8


class TestDue:
    def due(self, hours: float, *pauses: Span, carried: int = 0, now: str | None = None) -> str | None:
        due = due_at(OFFICE, FRIDAY_AT_NINE, int(hours * HOUR), pauses, carried, now=at(now) if now else None)
        return due.strftime("%a %H:%M:%S") if due else None

    def test_without_pauses_it_is_the_calendars_due(self) -> None:
        assert self.due(8) == "Fri 17:00:00"
        assert self.due(9) == "Mon 10:00:00"

    def test_a_pause_pushes_it_back(self) -> None:
        assert self.due(4, friday("10:00", "12:00")) == "Fri 15:00:00"
        assert self.due(8, friday("10:00", "12:00")) == "Mon 11:00:00"

    def test_pauses_that_overlap_or_nest_push_it_back_once(self) -> None:
        assert (
            self.due(4, friday("10:00", "12:00"), friday("11:00", "13:00"), friday("10:30", "10:40")) == "Fri 16:00:00"
        )

    def test_a_pause_outside_hours_changes_nothing(self) -> None:
        assert self.due(9, Span(at("2026-11-20T17:00"), at("2026-11-23T09:00"))) == "Mon 10:00:00"

    def test_an_open_pause_keeps_it_away(self) -> None:
        assert self.due(4, friday("12:00", None)) is None
        assert self.due(4, friday("08:00", None)) is None

    def test_a_target_used_up_before_an_open_pause_is_due_all_the_same(self) -> None:
        assert self.due(2, friday("12:00", None)) == "Fri 11:00:00"

    def test_a_target_used_up_as_the_pause_begins_is_due_then(self) -> None:
        assert self.due(3, friday("12:00", None)) == "Fri 12:00:00"
        assert self.due(3, friday("12:00", "14:00")) == "Fri 12:00:00"

    def test_a_pause_after_the_due_instant_changes_nothing(self) -> None:
        assert self.due(2, friday("12:00", "14:00")) == "Fri 11:00:00"

    def test_time_carried_over_brings_it_forward(self) -> None:
        assert self.due(4, carried=HOUR) == "Fri 12:00:00"

    def test_more_carried_over_than_the_target_is_due_at_the_start(self) -> None:
        assert self.due(4, carried=4 * HOUR) == "Fri 09:00:00"
        assert self.due(4, friday("08:00", None), carried=5 * HOUR) == "Fri 09:00:00"

    def test_with_now_only_what_had_happened_by_then_counts(self) -> None:
        lunch, tea = friday("12:00", "13:00"), friday("15:00", "15:30")
        assert self.due(6, lunch, tea) == "Fri 16:30:00"
        assert self.due(6, lunch, tea, now="2026-11-20T11:00") == "Fri 15:00:00"
        assert self.due(6, lunch, tea, now="2026-11-20T12:30") is None
        assert self.due(6, lunch, tea, now="2026-11-20T13:00") == "Fri 16:00:00"


class TestSpan:
    def test_it_covers_its_start_and_not_its_end(self) -> None:
        pause = friday("10:00", "12:00")
        assert not pause.covers(at("2026-11-20T09:59"))
        assert pause.covers(at("2026-11-20T10:00"))
        assert not pause.covers(at("2026-11-20T12:00"))
        assert friday("10:00", None).covers(at("2030-01-01T00:00"))

    def test_it_does_not_end_before_it_starts(self) -> None:
        with pytest.raises(ValueError, match="cannot end"):
            friday("12:00", "10:00")

    def test_it_runs_between_aware_instants(self) -> None:
        with pytest.raises(ValueError, match="aware"):
            Span(FRIDAY_AT_NINE.replace(tzinfo=None))
        with pytest.raises(ValueError, match="aware"):
            Span(FRIDAY_AT_NINE, FRIDAY_AT_NINE.replace(tzinfo=None))
