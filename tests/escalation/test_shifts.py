from datetime import datetime, timedelta

import pytest

from foundation.accounts.models import Team, User
from foundation.escalation.models import Schedule, Shift
from foundation.escalation.targets import people_of, who_is_on_shift

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def schedule(team: Team) -> Schedule:
    return Schedule.objects.create(slug="us-days", name="Days", team=team)


def test_nobody_is_on_shift_where_there_is_no_schedule(team: Team, agent: User, now: datetime) -> None:
    assert who_is_on_shift(team, now) == []


def test_a_shift_begins_at_its_start_and_is_over_at_its_end(
    schedule: Schedule, team: Team, agent: User, now: datetime
) -> None:
    Shift.objects.create(schedule=schedule, person=agent, starts_at=now, ends_at=now + HOUR)

    assert who_is_on_shift(team, now - timedelta(seconds=1)) == []
    assert who_is_on_shift(team, now) == [agent]
    assert who_is_on_shift(team, now + HOUR) == []


def test_a_shift_without_an_end_covers_all_hours(schedule: Schedule, team: Team, agent: User, now: datetime) -> None:
    Shift.objects.create(schedule=schedule, person=agent, starts_at=now - 1000 * HOUR)

    assert who_is_on_shift(team, now + 1000 * HOUR) == [agent]


def test_an_override_takes_the_place_of_the_rotation(
    schedule: Schedule, team: Team, agent: User, colleague: User, senior: User, now: datetime
) -> None:
    other = Schedule.objects.create(slug="us-phones", name="Phones", team=team)
    Shift.objects.create(schedule=schedule, person=agent, starts_at=now - HOUR)
    Shift.objects.create(
        schedule=schedule, person=colleague, starts_at=now - HOUR, ends_at=now + HOUR, is_override=True
    )
    Shift.objects.create(schedule=other, person=senior, starts_at=now - HOUR)

    assert who_is_on_shift(team, now) == [colleague, senior]
    assert who_is_on_shift(team, now + HOUR) == [agent, senior]


def test_who_has_left_is_on_no_shift(schedule: Schedule, team: Team, agent: User, now: datetime) -> None:
    Shift.objects.create(schedule=schedule, person=agent, starts_at=now - HOUR)
    User.objects.filter(pk=agent.pk).update(is_active=False, deactivated_at=now)

    assert who_is_on_shift(team, now) == []


def test_targets_become_people_as_things_stand_now(
    schedule: Schedule, team: Team, agent: User, senior: User, lead: User, manager: User, admin: User, now: datetime
) -> None:
    for person in (agent, senior):
        Shift.objects.create(schedule=schedule, person=person, starts_at=now - HOUR)

    def people(**target: object) -> list[User]:
        return people_of([target], team=team, now=now)

    assert people(kind="team_lead") == [lead]
    assert people(kind="person", id=agent.pk) == [agent]
    assert people(kind="role", id="senior") == [senior]
    assert people(kind="role", id="manager") == []
    assert people(kind="role", id="manager", on_shift=False) == [manager]
    assert people(kind="schedule", id="us-days") == [agent, senior]
    assert people(kind="admins") == []
    assert people_of([{"kind": "team_lead"}, {"kind": "person", "id": lead.pk}], team=team, now=now) == [lead]
