"""Who is on shift, read from rotations and single shifts together, with no worker having done anything."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from foundation.accounts.models import Team, User
from foundation.audit.actors import SYSTEM
from foundation.escalation import oncall
from foundation.escalation.models import Rotation, Schedule, Shift
from foundation.escalation.operations import change_rotation
from foundation.escalation.targets import people_of, who_is_on_shift
from tests.escalation.rotas import spec, told

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def override(schedule: Schedule, person: User, start: datetime, end: datetime, **fields: Any) -> Shift:
    return Shift.objects.create(
        schedule=schedule, person=person, starts_at=start, ends_at=end, is_override=True, **fields
    )


@pytest.mark.usefixtures("rotation")
def test_a_rotation_says_who_is_on_shift(
    team: Team, schedule: Schedule, agent: User, colleague: User, now: datetime
) -> None:
    assert who_is_on_shift(team, now - timedelta(microseconds=1)) == []
    assert who_is_on_shift(team, now) == [agent]
    assert who_is_on_shift(team, now + DAY - timedelta(microseconds=1)) == [agent]
    assert who_is_on_shift(team, now + DAY) == [colleague]
    assert who_is_on_shift(team, now + 300 * DAY) == [agent]
    assert people_of([{"kind": "schedule", "id": schedule.slug}], team=None, now=now) == [agent]


@pytest.mark.usefixtures("rotation")
def test_spans_are_cut_to_what_was_asked(schedule: Schedule, now: datetime) -> None:
    assert told(oncall.spans(schedule, now + HOUR, now + DAY + HOUR)) == [
        (now + HOUR, now + DAY, "Maya"),
        (now + DAY, now + DAY + HOUR, "Tom"),
    ]


def test_a_changed_rotation_leaves_what_was_as_it_was(
    rotation: Rotation, schedule: Schedule, senior: User, colleague: User, now: datetime
) -> None:
    later = now + 2 * DAY
    change_rotation(rotation, spec(senior, colleague, starts_on=later.date()), by=SYSTEM, now=now + HOUR)
    assert told(oncall.spans(schedule, now, now + 4 * DAY)) == [
        (now, now + DAY, "Maya"),
        (now + DAY, later, "Tom"),
        (later, later + DAY, "Priya"),
        (later + DAY, later + 2 * DAY, "Tom"),
    ]


@pytest.mark.usefixtures("rotation")
def test_an_override_in_somebodys_stead_takes_her_place_alone(
    schedule: Schedule, lead: User, colleague: User, senior: User, agent: User, now: datetime
) -> None:
    Shift.objects.create(schedule=schedule, person=senior, starts_at=now)
    override(schedule, lead, now + HOUR, now + 2 * HOUR, instead_of=agent)
    assert oncall.on_shift(schedule, now + HOUR) == [senior, lead]
    assert oncall.on_shift(schedule, now + 2 * HOUR) == [agent, senior]


@pytest.mark.usefixtures("rotation")
def test_an_override_in_nobodys_stead_takes_the_place_of_all(
    schedule: Schedule, lead: User, senior: User, now: datetime
) -> None:
    Shift.objects.create(schedule=schedule, person=senior, starts_at=now)
    override(schedule, lead, now + HOUR, now + 2 * HOUR)
    assert oncall.on_shift(schedule, now + HOUR) == [lead]


@pytest.mark.usefixtures("rotation")
def test_who_stands_in_can_be_stood_in_for(
    schedule: Schedule, agent: User, lead: User, senior: User, now: datetime
) -> None:
    override(schedule, lead, now, now + 4 * HOUR, instead_of=agent)
    override(schedule, senior, now + HOUR, now + 2 * HOUR, instead_of=lead)
    assert told(oncall.spans(schedule, now, now + 5 * HOUR)) == [
        (now, now + HOUR, "Ana"),
        (now + HOUR, now + 2 * HOUR, "Priya"),
        (now + 2 * HOUR, now + 4 * HOUR, "Ana"),
        (now + 4 * HOUR, now + 5 * HOUR, "Maya"),
    ]


@pytest.mark.usefixtures("rotation")
def test_an_override_that_was_taken_back_counts_for_nothing(
    schedule: Schedule, agent: User, lead: User, now: datetime
) -> None:
    override(schedule, lead, now, now + HOUR, instead_of=agent, taken_back_at=now - HOUR)
    assert oncall.on_shift(schedule, now) == [agent]


@pytest.mark.usefixtures("rotation")
def test_whoever_leaves_leaves_a_gap_and_was_on_shift_until_then(
    schedule: Schedule, team: Team, colleague: User, now: datetime
) -> None:
    left = now + DAY + 6 * HOUR
    colleague.is_active, colleague.deactivated_at = False, left
    colleague.save()
    assert told(oncall.spans(schedule, now + DAY, now + 2 * DAY)) == [(now + DAY, left, "Tom")]
    assert oncall.gaps(schedule, now, now + 3 * DAY) == [(left, now + 2 * DAY)]
    assert oncall.gaps(team, now, now + 3 * DAY) == [(left, now + 2 * DAY)]


@pytest.mark.usefixtures("rotation")
def test_a_gap_is_only_where_somebody_ought_to_be(schedule: Schedule, now: datetime) -> None:
    schedule.hours = {"tue": {"09:00": "17:00"}}
    schedule.save()
    before = datetime(2026, 11, 16, tzinfo=UTC)
    tuesday = datetime(2026, 11, 17, 9, tzinfo=UTC)
    assert oncall.gaps(schedule, before, now) == [(tuesday, tuesday + 8 * HOUR)]


@pytest.mark.usefixtures("rotation")
def test_a_team_has_no_gap_where_another_of_its_schedules_has_somebody(
    team: Team, schedule: Schedule, lead: User, now: datetime
) -> None:
    other = Schedule.objects.create(slug="us-early", name="US early", team=team)
    Shift.objects.create(schedule=other, person=lead, starts_at=now - 2 * HOUR, ends_at=now)
    assert oncall.gaps(schedule, now - 3 * HOUR, now) == [(now - 3 * HOUR, now)]
    assert oncall.gaps(team, now - 3 * HOUR, now) == [(now - 3 * HOUR, now - 2 * HOUR)]


def test_a_schedule_out_of_use_puts_nobody_on_and_lacks_nobody(schedule: Schedule, agent: User, now: datetime) -> None:
    Shift.objects.create(schedule=schedule, person=agent, starts_at=now)
    schedule.is_active = False
    schedule.save()
    assert oncall.on_shift(schedule, now) == []
    assert oncall.gaps(schedule, now, now + DAY) == []


def test_a_team_without_a_schedule_has_no_gaps(team: Team, now: datetime) -> None:
    assert oncall.gaps(team, now, now + DAY) == []


@pytest.mark.usefixtures("rotation")
def test_the_end_of_a_shift_is_when_she_goes_off(
    schedule: Schedule, agent: User, colleague: User, lead: User, now: datetime
) -> None:
    Shift.objects.create(schedule=schedule, person=agent, starts_at=now + DAY, ends_at=now + DAY + HOUR)
    assert oncall.shift_end(agent, now + HOUR) == now + DAY + HOUR
    assert oncall.shift_end(colleague, now + HOUR) is None
    assert not oncall.is_on_shift(colleague, now + HOUR)
    assert oncall.shift_start(colleague, now) == now + DAY
    assert oncall.shift_start(agent, now) == now + 3 * DAY
    assert oncall.shift_start(lead, now) is None


def test_somebody_on_at_all_hours_has_no_end_in_sight(schedule: Schedule, agent: User, now: datetime) -> None:
    Shift.objects.create(schedule=schedule, person=agent, starts_at=now)
    assert oncall.is_on_shift(agent, now)
    assert oncall.shift_end(agent, now) is None


@pytest.mark.usefixtures("rotation")
def test_the_next_hand_over_is_when_other_people_are_on(
    schedule: Schedule, agent: User, colleague: User, now: datetime
) -> None:
    override(schedule, agent, now + DAY, now + DAY + HOUR, instead_of=colleague)
    found = oncall.spans(schedule, now, now + 7 * DAY)
    assert oncall.next_hand_over(found, now) == (now + DAY + HOUR, [colleague])


@pytest.mark.usefixtures("rotation")
def test_who_is_on_shift_takes_two_statements(
    team: Team, agent: User, now: datetime, django_assert_num_queries: Any
) -> None:
    Shift.objects.create(schedule=Schedule.objects.create(slug="x", name="X", team=team), person=agent, starts_at=now)
    with django_assert_num_queries(2):
        assert who_is_on_shift(team, now) == [agent]
