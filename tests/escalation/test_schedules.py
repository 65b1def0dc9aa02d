"""Writing schedules and rotations: what is refused in which words, and that what counted stays."""

from datetime import date, time, timedelta
from typing import Any

import pytest

from foundation.accounts.models import Team, User
from foundation.audit.actors import SYSTEM
from foundation.audit.models import Entry
from foundation.escalation import oncall
from foundation.escalation.models import Rotation, Schedule, Shift
from foundation.escalation.operations import (
    change_rotation,
    create_schedule,
    edit_schedule,
    end_rotation,
    end_shift,
    put_on_shift,
    start_rotation,
)
from foundation.escalation.operations.schedules import tried
from foundation.escalation.shift_policies import ShiftRefused
from tests.escalation.rotas import spec, told

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def kinds(schedule: Schedule) -> list[str]:
    entries = Entry.objects.filter(subject_kind="schedule", subject_id=str(schedule.pk))
    return list(entries.order_by("pk").values_list("event", flat=True))


def test_a_schedule_is_made_and_changed_with_a_trail(team: Team, lead: User, now: Any) -> None:
    schedule = create_schedule(name="US desk", team=team, time_zone="America/Denver", by=lead, now=now)
    again = create_schedule(name="US desk", team=team, time_zone="UTC", by=lead, now=now)
    hours = {"mon": {"09:00": "17:00"}}
    edit_schedule(schedule, name="US", time_zone="UTC", hours=hours, is_active=True, by=lead, now=now)
    edit_schedule(schedule, name="US", time_zone="UTC", hours=hours, is_active=True, by=lead, now=now)
    schedule.refresh_from_db()
    assert (schedule.slug, again.slug, schedule.name, schedule.hours) == ("us-desk", "us-desk-2", "US", hours)
    assert kinds(schedule) == ["schedule.created", "schedule.edited"]


@pytest.mark.parametrize(
    ("wrong", "sentence", "field"),
    [
        ({"people": ()}, "at least one person", "people"),
        ({"time_zone": "Mars/Olympus"}, "not a known time zone", "time_zone"),
        ({"hours": {"mon": {"09:00": "17:00", "16:00": "18:00"}}}, "overlap", "hours"),
        ({"hours": {"mon": {"20:00": "08:00"}, "tue": {"07:00": "09:00"}}}, "overlap", "hours"),
        ({"starts_on": date(2026, 11, 17)}, "in the past", "starts_on"),
        ({"starts_on": date(2028, 1, 1)}, "more than a year ahead", "starts_on"),
        ({"length": 31}, "30 days", "length"),
        ({"unit": "week", "length": 13, "weekday": 0}, "12 weeks", "length"),
        ({"unit": "week"}, "which day of the week", "weekday"),
    ],
)  # fmt: skip
def test_a_rotation_that_cannot_be_is_refused_in_a_sentence(
    schedule: Schedule, agent: User, now: Any, wrong: dict[str, Any], sentence: str, field: str
) -> None:
    with pytest.raises(ShiftRefused, match=sentence) as refused:
        start_rotation(schedule, spec(agent, **wrong), by=SYSTEM, now=now)
    assert refused.value.field == field
    assert not Rotation.objects.exists()


def test_somebody_who_has_left_is_in_no_rotation(schedule: Schedule, agent: User, now: Any) -> None:
    agent.is_active, agent.deactivated_at = False, now
    agent.save()
    with pytest.raises(ShiftRefused, match="Maya Osei has left"):
        start_rotation(schedule, spec(agent), by=SYSTEM, now=now)


def test_nobody_is_in_the_order_twice_and_finance_never(
    schedule: Schedule, agent: User, finance: User, now: Any
) -> None:
    with pytest.raises(ShiftRefused, match="Maya Osei is in the order twice"):
        start_rotation(schedule, spec(agent, agent), by=SYSTEM, now=now)
    with pytest.raises(ShiftRefused, match="answers no calls"):
        start_rotation(schedule, spec(finance), by=SYSTEM, now=now)


def test_an_agent_changes_no_schedule(schedule: Schedule, agent: User, now: Any) -> None:
    with pytest.raises(ShiftRefused, match="for leads"):
        start_rotation(schedule, spec(agent), by=agent, now=now)


def test_a_rotation_of_today_counts_from_now_where_the_hand_over_lies_behind(
    schedule: Schedule, agent: User, colleague: User, now: Any
) -> None:
    started = start_rotation(schedule, spec(agent, colleague, hand_over_at=time(9)), by=SYSTEM, now=now)
    assert started.starts_at == now
    assert told(oncall.spans(schedule, now - DAY, now + DAY))[0] == (now, now + 21 * HOUR, "Maya")


def test_a_rotation_replaced_before_it_began_never_counts(
    schedule: Schedule, agent: User, colleague: User, now: Any
) -> None:
    later = start_rotation(schedule, spec(agent, starts_on=date(2026, 12, 1)), by=SYSTEM, now=now)
    change_rotation(later, spec(colleague, starts_on=date(2026, 11, 25)), by=SYSTEM, now=now)
    assert {name for _start, _end, name in told(oncall.spans(schedule, now, now + 60 * DAY))} == {"Tom"}
    assert [rotation.name for rotation in Rotation.objects.standing(now)] == ["Days"]


def test_the_second_of_two_who_change_a_rotation_is_told(
    rotation: Rotation, agent: User, lead: User, manager: User, now: Any
) -> None:
    change_rotation(rotation, spec(agent), by=lead, now=now)
    with pytest.raises(ShiftRefused, match="Ana Duarte has changed this rotation since"):
        change_rotation(rotation, spec(agent), by=manager, now=now)
    assert Rotation.objects.count() == 2


def test_an_ended_rotation_still_says_who_was_on(rotation: Rotation, schedule: Schedule, now: Any) -> None:
    end_rotation(rotation, by=SYSTEM, now=now + HOUR)
    assert told(oncall.spans(schedule, now, now + DAY)) == [(now, now + HOUR, "Maya")]
    with pytest.raises(ShiftRefused, match="is over"):
        end_rotation(rotation, by=SYSTEM, now=now + 2 * HOUR)
    assert kinds(schedule)[-2:] == ["rotation.started", "rotation.ended"]


def test_what_was_only_tried_leaves_nothing(schedule: Schedule, agent: User, now: Any) -> None:
    seen = tried(
        lambda: start_rotation(schedule, spec(agent), by=SYSTEM, now=now),
        lambda: told(oncall.spans(schedule, now, now + DAY)),
    )
    assert seen == [(now, now + DAY, "Maya")]
    assert not Rotation.objects.exists()
    assert kinds(schedule) == []


def test_somebody_is_put_on_shift_at_all_hours_and_off_again(schedule: Schedule, agent: User, now: Any) -> None:
    shift = put_on_shift(schedule, person=agent, starts_at=now, ends_at=None, by=SYSTEM, now=now)
    with pytest.raises(ShiftRefused, match="at all hours already"):
        put_on_shift(schedule, person=agent, starts_at=now, ends_at=None, by=SYSTEM, now=now)
    end_shift(shift, by=SYSTEM, now=now + HOUR)
    end_shift(shift, by=SYSTEM, now=now + 2 * HOUR)
    assert told(oncall.spans(schedule, now, now + DAY)) == [(now, now + HOUR, "Maya")]
    assert kinds(schedule) == ["shift.put_down", "shift.ended"]


def test_a_shift_that_has_not_begun_is_taken_back(schedule: Schedule, agent: User, now: Any) -> None:
    shift = put_on_shift(schedule, person=agent, starts_at=now + DAY, ends_at=None, by=SYSTEM, now=now)
    end_shift(shift, by=SYSTEM, now=now)
    assert Shift.objects.standing(now).count() == 0
    assert oncall.spans(schedule, now, now + 9 * DAY) == []


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [(-HOUR, HOUR, "in the past"), (HOUR, HOUR, "ends before"), (HOUR, 0 * HOUR, "ends before")],
)
def test_a_shift_that_cannot_be_is_refused(
    schedule: Schedule, agent: User, now: Any, start: timedelta, end: timedelta, sentence: str
) -> None:
    with pytest.raises(ShiftRefused, match=sentence):
        put_on_shift(schedule, person=agent, starts_at=now + start, ends_at=now + end, by=SYSTEM, now=now)
