"""What holds of every clock, whatever its calendar and its pauses."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import assume, given
from hypothesis import strategies as st

from foundation.sla.arithmetic import (
    ClockFacts,
    Span,
    Threshold,
    due_at,
    elapsed_seconds,
    elapsed_time,
    is_breached,
    next_fire,
    read_status,
    retarget,
    warnings,
)
from foundation.sla.calendar import BusinessCalendar
from tests.sla.strategies import calendars, instants, pauses_around, repeatably, stretches, targets

MICROSECOND = timedelta(microseconds=1)
thresholds = st.lists(
    st.one_of(
        st.integers(1, 99).map(lambda percent: Threshold(percent=percent)),
        st.integers(1, 5 * 86_400).map(lambda seconds: Threshold(seconds_before=seconds)),
    ),
    max_size=4,
    unique_by=lambda threshold: threshold.key,
)


@st.composite
def clocks(draw: st.DrawFn) -> ClockFacts:
    started_at = draw(instants)
    return ClockFacts(
        calendar=draw(calendars),
        started_at=started_at,
        target_seconds=draw(st.integers(60, 20 * 86_400)),
        pauses=draw(pauses_around(started_at)),
        carried_seconds=draw(st.sampled_from([0, 0, 3600])),
    )


@st.composite
def paused_starts(draw: st.DrawFn) -> tuple[datetime, tuple[Span, ...]]:
    started_at = draw(instants)
    return started_at, draw(pauses_around(started_at))


@repeatably
@given(calendars, paused_starts(), targets)
def test_at_the_due_instant_the_target_is_used_up_and_not_before(
    calendar: BusinessCalendar, clock: tuple[datetime, tuple[Span, ...]], target: int
) -> None:
    started_at, pauses = clock
    due = due_at(calendar, started_at, target, pauses)
    if due is None:
        far_ahead = started_at + timedelta(days=3650)
        assert any(pause.end is None for pause in pauses)
        assert elapsed_seconds(calendar, started_at, far_ahead, pauses) < target
        return
    assert elapsed_seconds(calendar, started_at, due, pauses) == target
    if target:
        assert elapsed_time(calendar, started_at, due - MICROSECOND, pauses) < timedelta(seconds=target)


@repeatably
@given(calendars, paused_starts(), stretches)
def test_elapsed_is_open_time_that_no_pause_covers(
    calendar: BusinessCalendar, clock: tuple[datetime, tuple[Span, ...]], length: timedelta
) -> None:
    started_at, pauses = clock
    until = started_at + length
    edges = {started_at, until}
    edges |= {edge for pause in pauses for edge in (pause.start, pause.end) if edge and started_at < edge < until}
    counted = timedelta()
    for begins, ends in pairwise(sorted(edges)):
        if not any(pause.covers(begins) for pause in pauses):
            counted += calendar.open_time(begins, ends)
    assert elapsed_time(calendar, started_at, until, pauses) == counted


@repeatably
@given(calendars, paused_starts(), targets, stretches, st.randoms(use_true_random=False))
def test_splitting_doubling_and_shuffling_pauses_changes_nothing(
    calendar: BusinessCalendar,
    clock: tuple[datetime, tuple[Span, ...]],
    target: int,
    length: timedelta,
    random: Random,
) -> None:
    started_at, pauses = clock
    pieces = list(pauses)
    for pause in pauses:
        cut = pause.start + ((pause.end or started_at + timedelta(days=90)) - pause.start) / 3
        if cut >= pause.start:
            pieces += [Span(pause.start, cut), Span(cut, pause.end), Span(cut, cut)]
    random.shuffle(pieces)
    until = started_at + length
    assert elapsed_time(calendar, started_at, until, pieces) == elapsed_time(calendar, started_at, until, pauses)
    assert due_at(calendar, started_at, target, pieces) == due_at(calendar, started_at, target, pauses)


@repeatably
@given(calendars, paused_starts(), stretches, stretches)
def test_elapsed_never_runs_backwards(
    calendar: BusinessCalendar, clock: tuple[datetime, tuple[Span, ...]], first: timedelta, second: timedelta
) -> None:
    started_at, pauses = clock
    earlier = elapsed_time(calendar, started_at, started_at + first, pauses)
    later = elapsed_time(calendar, started_at, started_at + first + second, pauses)
    assert earlier <= later <= earlier + second


@repeatably
@given(clocks(), stretches)
def test_stopping_and_carrying_over_is_the_same_as_going_on_to_the_second(clock: ClockFacts, length: timedelta) -> None:
    reopened_at = clock.started_at + length
    carried = clock.elapsed_seconds(reopened_at)
    assume(carried < clock.target_seconds)
    again = due_at(clock.calendar, reopened_at, clock.target_seconds, clock.pauses, carried)
    if clock.due_at is None:
        assert again is None
        return
    assume(again is not None)  # an open pause may begin within the second that rounding down gives back
    used = elapsed_time(clock.calendar, clock.started_at, again, clock.pauses, clock.carried_seconds)
    assert timedelta() <= used - timedelta(seconds=clock.target_seconds) < timedelta(seconds=1)


@repeatably
@given(clocks(), stretches, st.integers(60, 20 * 86_400))
def test_another_target_is_walked_from_now_with_what_is_left(clock: ClockFacts, length: timedelta, target: int) -> None:
    now = clock.started_at + length
    # What lies ahead is not known yet: the pauses are those of the past, and the clock is running.
    past = tuple(pause for pause in clock.pauses if pause.end is not None and pause.end <= now)
    clock = ClockFacts(clock.calendar, clock.started_at, clock.target_seconds, past, clock.carried_seconds)
    changed = retarget(clock, target, now)
    if is_breached(clock, now):
        assert (changed.facts, changed.reason) == (clock, "due")
        return
    elapsed = elapsed_time(clock.calendar, clock.started_at, now, past, clock.carried_seconds)
    left = timedelta(seconds=target) - elapsed
    if left <= timedelta():
        assert (changed.breached_at, changed.reason) == (now, "retarget")
    else:
        assert changed.breached_at is None
        assert changed.due_at == clock.calendar.walk(now, left)


@repeatably
@given(clocks(), calendars, stretches, st.integers(60, 20 * 86_400))
def test_in_another_calendar_what_is_left_is_walked_from_now(
    clock: ClockFacts, other: BusinessCalendar, length: timedelta, target: int
) -> None:
    now = clock.started_at + length
    past = tuple(pause for pause in clock.pauses if pause.end is not None and pause.end <= now)
    clock = ClockFacts(clock.calendar, clock.started_at, clock.target_seconds, past, clock.carried_seconds)
    assume(other != clock.calendar and not is_breached(clock, now))
    used = clock.elapsed_seconds(now)
    changed = retarget(clock, target, now, calendar=other)
    assert changed.facts.elapsed_seconds(now) == used
    if used >= target:
        assert (changed.breached_at, changed.reason) == (now, "retarget")
    else:
        assert changed.due_at == other.walk(now, timedelta(seconds=target - used))


@repeatably
@given(clocks(), thresholds)
def test_warnings_lie_between_start_and_due_in_order(clock: ClockFacts, thresholds: list[Threshold]) -> None:
    planned = [fire_at for _, fire_at in warnings(clock, thresholds)]
    assert planned == sorted(planned)
    assert all(fire_at > clock.started_at for fire_at in planned)
    if clock.due_at is not None:
        assert all(fire_at < clock.due_at for fire_at in planned)


@repeatably
@given(clocks(), thresholds, st.lists(st.integers(0, 30 * 86_400), min_size=1, max_size=12))
def test_polls_however_rare_fire_each_thing_once_and_end_with_the_breach(
    clock: ClockFacts, thresholds: list[Threshold], polls: list[int]
) -> None:
    given_warnings: list[int] = []
    breached = False
    for seconds in sorted(polls):
        now = clock.started_at + timedelta(seconds=seconds)
        while not breached and (fire := next_fire(clock, thresholds, given_warnings, now)) and fire.at <= now:
            if fire.kind == "breach":
                assert fire.at == clock.due_at
                breached = True
            else:
                assert fire.threshold not in given_warnings
                assert not is_breached(clock, now), "a warning overtaken by its breach is dropped"
                given_warnings.append(fire.threshold)
        assert breached == is_breached(clock, now)


@repeatably
@given(clocks(), stretches)
def test_a_reading_agrees_with_the_verdict(clock: ClockFacts, length: timedelta) -> None:
    at = clock.started_at + length
    paused = any(pause.covers(at) for pause in clock.pauses)
    reading = read_status(clock, at, is_paused=paused)
    assert (reading.breached_at is not None) == is_breached(clock, at)
    assert (reading.breached_at is not None) == (clock.elapsed_seconds(at) >= clock.target_seconds)
    assert reading.is_paused == paused
