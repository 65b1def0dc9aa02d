"""From the targets of a level to people, as things stand now.

A target is one of
    {"kind": "team_lead"}                       the lead of the record's team
    {"kind": "person", "id": 12}                somebody by name
    {"kind": "named"}                           the person whom an escalation by hand names; resolved when it starts
    {"kind": "role", "id": "senior"}            whoever of this role is on shift for the team
    {"kind": "role", "id": "manager", "on_shift": false}   everybody of the role, on shift or not
    {"kind": "schedule", "id": "us-nights"}     whoever is on shift in this schedule
    {"kind": "admins"}                          nobody: admins see no records. They are told that a gap exists
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Role
from foundation.escalation.models import Schedule
from foundation.escalation.oncall import on_shift

Target = Mapping[str, Any]


def who_is_on_shift(team: Team, now: datetime) -> list[User]:
    """Whoever is on shift for ``team``, in the order of their shifts (oncall.py)."""
    return on_shift(team, now)


def people_of(targets: Iterable[Target], *, team: Team | None, now: datetime) -> list[User]:
    """Whom these targets mean now, each person once. Who has left is nobody."""
    people: dict[int, User] = {}
    for target in targets:
        for person in _RESOLVE[target["kind"]](target, team, now):
            if person.is_active:
                people.setdefault(person.pk, person)
    return list(people.values())


def within(window: tuple[time, time] | None, *, team: Team | None, now: datetime) -> bool:
    """Whether a level's window is open, in the team's zone. It may cross midnight; without one it is always open."""
    if window is None:
        return True
    opens, closes = window
    wall = now.astimezone(ZoneInfo(team.time_zone if team else "UTC")).time()
    return opens <= wall < closes if opens <= closes else wall >= opens or wall < closes


def admins() -> list[User]:
    return list(User.objects.active().filter(role=Role.ADMIN).order_by("pk"))


def _team_lead(target: Target, team: Team | None, now: datetime) -> list[User]:
    return [team.lead] if team is not None and team.lead is not None else []


def _person(target: Target, team: Team | None, now: datetime) -> list[User]:
    return list(User.objects.filter(pk=target["id"]))


def _role(target: Target, team: Team | None, now: datetime) -> list[User]:
    if not target.get("on_shift", True):
        return list(User.objects.active().filter(role=target["id"]).order_by("pk"))
    on_shift = who_is_on_shift(team, now) if team is not None else []
    return [person for person in on_shift if person.role == target["id"]]


def _schedule(target: Target, team: Team | None, now: datetime) -> list[User]:
    schedule = Schedule.objects.filter(slug=target["id"]).first()
    return on_shift(schedule, now) if schedule is not None else []


def _nobody(target: Target, team: Team | None, now: datetime) -> list[User]:
    return []


_RESOLVE: Mapping[str, Callable[[Target, Team | None, datetime], list[User]]] = {
    "team_lead": _team_lead,
    "person": _person,
    "named": _nobody,
    "role": _role,
    "schedule": _schedule,
    "admins": _nobody,
}
