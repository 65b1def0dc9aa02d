"""The staff of the demo: two teams, everybody's password the same, and a shift without an end."""

from collections.abc import Mapping
from datetime import datetime

from django.contrib.auth.hashers import make_password

from foundation.accounts.models import Team, User
from foundation.accounts.operations import RouteSpec, change_preferences, create_staff, create_team
from foundation.audit.actors import SYSTEM
from foundation.escalation.models import Schedule, Shift
from tsdesk.demo.cast import CREWS, PASSWORD, STAFF


def hire(*, now: datetime) -> Mapping[str, User]:
    """Everybody of the demo by key, with their teams, on shift from ``now`` on at all hours."""
    password = make_password(PASSWORD)
    staff: dict[str, User] = {}
    for colleague in STAFF:
        user = create_staff(email=colleague.email, name=colleague.name, role=colleague.role, by=SYSTEM, now=now)
        user.password = password
        user.save(update_fields=["password"])
        wanted = {"language": colleague.language, "time_zone": colleague.time_zone}
        staff[colleague.key] = change_preferences(user, by=user, now=now, **wanted)
    for crew in CREWS.values():
        members = {colleague.key: staff[colleague.key] for colleague in STAFF if colleague.team == crew.slug}
        team = create_team(
            name=crew.name, slug=crew.slug, country=crew.country, time_zone=crew.time_zone, lead=staff[crew.lead],
            members=members.values(), routes=[RouteSpec(crew.country)], by=staff["admin"], now=now,
        )  # fmt: skip
        _put_on_shift(team, members, now=now)
    return staff


def _put_on_shift(team: Team, members: Mapping[str, User], *, now: datetime) -> None:
    schedule = Schedule.objects.create(
        slug=f"{team.slug}-desk", name=f"{team.name}, around the clock", team=team, time_zone=team.time_zone
    )
    Shift.objects.bulk_create(Shift(schedule=schedule, person=person, starts_at=now) for person in members.values())
