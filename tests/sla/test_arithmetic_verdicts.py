"""What a clock warns of, when it breaches, how another target changes it, and how it reads at any instant."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from foundation.sla.arithmetic import (
    ClockFacts,
    Fire,
    Reading,
    Retarget,
    Span,
    Status,
    Threshold,
    breached_at,
    is_breached,
    next_fire,
    read_status,
    retarget,
    warnings,
)
from foundation.sla.calendar import ALWAYS, BusinessCalendar
from tests.sla.strategies import at

HOUR = 3600
OFFICE = BusinessCalendar.from_spec({"tz": "UTC", "hours": {"fri": {"09:00": "17:00"}, "mon": {"09:00": "17:00"}}})
HALF, MOST = Threshold(percent=50), Threshold(percent=80)
HALF_HOUR_BEFORE = Threshold(seconds_before=1800)


def friday(time: str) -> datetime:
    return at(f"2026-11-20T{time}")


def clock(hours: float = 4, **changes: Any) -> ClockFacts:
    """A clock of four hours that started on Friday at nine: due at one."""
    return ClockFacts(OFFICE, friday("09:00"), int(hours * HOUR), **changes)


def paused(start: str, end: str | None = None) -> tuple[Span, ...]:
    return (Span(friday(start), friday(end) if end else None),)


class TestBreach:
    def test_unanswered_at_its_due_instant_a_clock_is_breached(self) -> None:
        assert not is_breached(clock(), friday("12:59:59"))
        assert is_breached(clock(), friday("13:00"))

    def test_the_breach_is_at_the_due_instant_whenever_it_is_noticed(self) -> None:
        assert breached_at(clock(), at("2027-03-01T00:00")) == friday("13:00")

    def test_an_answer_at_the_due_instant_is_in_time(self) -> None:
        assert not is_breached(clock(met_at=friday("13:00")), friday("16:00"))
        assert is_breached(clock(met_at=friday("13:00:01")), friday("16:00"))

    def test_an_answer_at_zero_seconds_is_in_time(self) -> None:
        assert not is_breached(clock(met_at=friday("09:00")), friday("16:00"))

    def test_a_clock_cancelled_in_time_is_never_breached(self) -> None:
        assert not is_breached(clock(cancelled_at=friday("12:00")), friday("16:00"))
        assert is_breached(clock(cancelled_at=friday("14:00")), friday("16:00"))

    def test_a_breach_on_record_stays_at_its_instant(self) -> None:
        stamped = clock(breached_at=friday("10:00"))
        assert breached_at(stamped, friday("11:00")) == friday("10:00")
        assert breached_at(stamped, friday("09:59")) is None


class TestWarnings:
    def test_they_come_in_order_of_their_instants(self) -> None:
        assert warnings(clock(), [HALF_HOUR_BEFORE, MOST, HALF]) == [
            (HALF, friday("11:00")),
            (MOST, friday("12:12")),
            (HALF_HOUR_BEFORE, friday("12:30")),
        ]

    def test_they_count_business_time(self) -> None:
        long = clock(hours=16)
        assert warnings(long, [HALF, HALF_HOUR_BEFORE]) == [
            (HALF, friday("17:00")),
            (HALF_HOUR_BEFORE, at("2026-11-23T16:30")),
        ]

    def test_pauses_push_them_back(self) -> None:
        assert warnings(clock(pauses=paused("10:00", "12:00")), [HALF]) == [(HALF, friday("13:00"))]

    def test_those_that_an_open_pause_keeps_away_are_left_out(self) -> None:
        assert warnings(clock(pauses=paused("11:30")), [HALF, MOST]) == [(HALF, friday("11:00"))]

    def test_those_already_past_at_the_start_are_skipped(self) -> None:
        assert warnings(clock(hours=0.5), [HALF_HOUR_BEFORE]) == []
        assert warnings(clock(hours=0.25), [HALF_HOUR_BEFORE]) == []
        assert warnings(clock(carried_seconds=3 * HOUR), [HALF, MOST]) == [(MOST, friday("09:12"))]

    def test_those_past_when_a_report_received_earlier_was_entered_are_skipped(self) -> None:
        assert warnings(clock(set_at=friday("11:00")), [HALF, MOST]) == [(MOST, friday("12:12"))]

    @pytest.mark.parametrize("wrong", [{}, {"percent": 50, "seconds_before": 60}])
    def test_a_threshold_is_one_thing(self, wrong: dict[str, int]) -> None:
        with pytest.raises(ValueError, match="one of the two"):
            Threshold(**wrong)

    @pytest.mark.parametrize("wrong", [{"percent": 0}, {"percent": 100}, {"seconds_before": 0}, {"seconds_before": -1}])
    def test_a_threshold_lies_between_start_and_due(self, wrong: dict[str, int]) -> None:
        with pytest.raises(ValueError, match="is not b"):
            Threshold(**wrong)

    def test_a_threshold_is_known_by_one_number(self) -> None:
        assert [threshold.key for threshold in (HALF, HALF_HOUR_BEFORE)] == [50, -1800]


class TestNextFire:
    def test_warnings_come_first_and_then_the_breach(self) -> None:
        now = friday("09:00")
        assert next_fire(clock(), [HALF, MOST], (), now) == Fire("warn", 50, friday("11:00"))
        assert next_fire(clock(), [HALF, MOST], {50}, now) == Fire("warn", 80, friday("12:12"))
        assert next_fire(clock(), [HALF, MOST], {50, 80}, now) == Fire("breach", 0, friday("13:00"))

    def test_a_warning_that_is_late_is_still_given(self) -> None:
        assert next_fire(clock(), [HALF, MOST], (), friday("12:59")) == Fire("warn", 50, friday("11:00"))

    def test_warnings_overtaken_by_their_breach_are_dropped(self) -> None:
        assert next_fire(clock(), [HALF, MOST], (), friday("13:00")) == Fire("breach", 0, friday("13:00"))

    @pytest.mark.parametrize("stop", ["met_at", "cancelled_at", "breached_at"])
    def test_a_clock_with_its_verdict_does_nothing_more(self, stop: str) -> None:
        assert next_fire(clock(4, **{stop: friday("10:00")}), [HALF], (), friday("10:30")) is None

    def test_a_paused_clock_waits(self) -> None:
        assert next_fire(clock(pauses=paused("10:00")), [HALF], (), friday("16:00")) is None

    def test_a_paused_clock_gives_the_breach_it_had_before(self) -> None:
        assert next_fire(clock(pauses=paused("14:00")), [HALF], (), friday("15:00")) == Fire(
            "breach", 0, friday("13:00")
        )


class TestRetarget:
    def test_what_is_left_of_the_new_target_runs_from_now(self) -> None:
        # Two of four hours are used; of eight, six are left: one until closing and five on Monday after ten.
        assert retarget(clock(), 8 * HOUR, friday("11:00")).due_at == friday("17:00")
        assert retarget(clock(), 10 * HOUR, friday("11:00")).due_at == at("2026-11-23T11:00")

    def test_start_and_pauses_stay(self) -> None:
        changed = retarget(clock(pauses=paused("09:30", "10:30")), 6 * HOUR, friday("11:00"))
        assert changed.due_at == friday("16:00")
        assert changed.facts == clock(hours=6, pauses=paused("09:30", "10:30"), set_at=friday("11:00"))

    def test_a_new_target_already_exceeded_is_a_breach_now(self) -> None:
        changed = retarget(clock(), HOUR, friday("11:00"))
        assert (changed.breached_at, changed.reason) == (friday("11:00"), "retarget")
        assert changed.due_at == friday("10:00")

    def test_a_new_target_just_reached_is_a_breach_now(self) -> None:
        assert retarget(clock(), 2 * HOUR, friday("11:00")).reason == "retarget"
        assert retarget(clock(), 2 * HOUR + 1, friday("11:00")).reason == ""

    def test_a_paused_clock_can_exceed_its_new_target_too(self) -> None:
        on_hold = clock(pauses=paused("10:30"))
        assert retarget(on_hold, HOUR, friday("15:00")).breached_at == friday("15:00")
        assert retarget(on_hold, 2 * HOUR, friday("15:00")) == Retarget(
            replace(on_hold, target_seconds=2 * HOUR, set_at=friday("15:00")), due_at=None
        )

    @pytest.mark.parametrize("verdict", ["met_at", "cancelled_at", "breached_at"])
    def test_a_clock_already_judged_keeps_its_target(self, verdict: str) -> None:
        judged = clock(4, **{verdict: friday("10:00")})
        assert retarget(judged, HOUR, friday("10:30")) == Retarget(judged, due_at=friday("13:00"))

    def test_a_breach_nobody_has_noticed_yet_is_not_undone(self) -> None:
        changed = retarget(clock(), 40 * HOUR, friday("13:00:05"))
        assert changed == Retarget(clock(), due_at=friday("13:00"), breached_at=friday("13:00"), reason="due")

    def test_another_calendar_counts_what_is_left(self) -> None:
        late = clock(hours=9)
        assert late.due_at == at("2026-11-23T10:00")
        assert retarget(late, 9 * HOUR, friday("11:00"), calendar=ALWAYS).due_at == friday("18:00")

    def test_closed_hours_already_waited_are_not_counted_by_a_calendar_that_is_always_open(self) -> None:
        over_the_weekend = at("2026-11-23T09:30")
        changed = retarget(clock(hours=9), 9 * HOUR, over_the_weekend, calendar=ALWAYS)
        assert (changed.breached_at, changed.due_at) == (None, at("2026-11-23T10:00"))
        assert changed.facts.elapsed_seconds(over_the_weekend) == 8 * HOUR + HOUR // 2
        assert changed.facts.started_at == friday("09:00")

    def test_a_pause_that_runs_while_the_calendar_changes_goes_on(self) -> None:
        on_hold = clock(pauses=paused("10:00"))
        changed = retarget(on_hold, 4 * HOUR, friday("12:00"), calendar=ALWAYS)
        assert changed.due_at is None
        resumed = replace(changed.facts, pauses=paused("10:00", "20:00"))
        assert resumed.due_at == friday("23:00")

    def test_back_to_the_first_calendar_only_the_time_in_between_was_counted_by_the_other(self) -> None:
        evening = friday("20:00")
        raised = retarget(clock(hours=12), 12 * HOUR, evening, calendar=ALWAYS)
        lowered = retarget(raised.facts, 12 * HOUR, friday("21:00"), calendar=OFFICE)
        assert lowered.facts.elapsed_seconds(friday("21:00")) == 8 * HOUR + HOUR
        assert lowered.due_at == at("2026-11-23T12:00")

    def test_warnings_that_the_new_target_has_put_in_the_past_are_skipped(self) -> None:
        changed = retarget(clock(), int(2.4 * HOUR), friday("11:00"))
        assert next_fire(changed.facts, [HALF, MOST], (), friday("11:00")) == Fire("breach", 0, friday("11:24"))

    def test_raising_and_lowering_again_leaves_the_due_where_it_was(self) -> None:
        raised = retarget(clock(), 3 * HOUR, friday("10:00"))
        lowered = retarget(raised.facts, 4 * HOUR, friday("10:00:20"))
        assert lowered.due_at == clock().due_at
        assert lowered.breached_at is None


def read(facts: ClockFacts, at: datetime) -> Reading:
    return read_status(facts, at, is_paused=any(pause.covers(at) for pause in facts.pauses))


class TestReading:
    def test_running(self) -> None:
        reading = read(clock(), friday("10:00"))
        assert (reading.status, reading.is_paused) == (Status.RUNNING, False)

    def test_paused(self) -> None:
        reading = read(clock(pauses=paused("10:00")), friday("15:00"))
        assert (reading.status, reading.is_paused) == (Status.PAUSED, True)

    def test_running_again_after_a_pause(self) -> None:
        reading = read(clock(pauses=paused("10:00", "12:00")), friday("12:00"))
        assert (reading.status, reading.is_paused) == (Status.RUNNING, False)

    def test_breached_with_nobody_there_to_notice(self) -> None:
        reading = read(clock(), friday("14:00"))
        assert (reading.status, reading.breached_at) == (Status.BREACHED, friday("13:00"))

    def test_breached_stays_breached_while_paused(self) -> None:
        reading = read(clock(pauses=paused("14:00")), friday("15:00"))
        assert (reading.status, reading.is_paused, reading.breached_at) == (Status.BREACHED, True, friday("13:00"))

    def test_met_in_time(self) -> None:
        reading = read(clock(met_at=friday("11:00")), friday("15:00"))
        assert (reading.status, reading.met_at, reading.breached_at) == (Status.MET, friday("11:00"), None)

    def test_met_late_keeps_the_breach_beside_it(self) -> None:
        reading = read(clock(met_at=friday("14:00")), friday("15:00"))
        assert (reading.status, reading.met_at, reading.breached_at) == (Status.MET, friday("14:00"), friday("13:00"))

    def test_paused_and_met_in_one_save(self) -> None:
        reading = read(clock(pauses=paused("11:00"), met_at=friday("11:00")), friday("15:00"))
        assert (reading.status, reading.is_paused) == (Status.MET, False)

    def test_cancelled(self) -> None:
        reading = read(clock(cancelled_at=friday("11:00")), friday("15:00"))
        assert (reading.status, reading.breached_at) == (Status.CANCELLED, None)

    def test_what_happened_later_is_not_seen(self) -> None:
        later = clock(met_at=friday("14:00"), breached_at=friday("13:00"))
        assert read(later, friday("12:00")).status is Status.RUNNING
        assert read(later, friday("13:30")).status is Status.BREACHED
        assert read(later, friday("13:30")).met_at is None
