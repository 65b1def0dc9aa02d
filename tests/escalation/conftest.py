from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from parcels import Parcel, Shelf

from foundation.accounts.models import Team, User
from foundation.audit.actors import SYSTEM
from foundation.escalation.models import Escalation, Rotation, Schedule
from foundation.escalation.operations import start_escalation, start_rotation
from tests.escalation.rotas import spec

Call = Callable[..., Escalation]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def parcel(shelf: Shelf, agent: User, lead: User, manager: User) -> Parcel:
    return shelf.add(agent, lead, manager)


@pytest.fixture
def call(parcel: Parcel, team: Team, now: datetime) -> Call:
    """Start an escalation about the parcel, under a key of its own unless one is given."""
    keys = iter(range(1000))

    def call(reason: str = "breach:first_response", **options: Any) -> Escalation:
        given = {"subject": parcel.subject, "severity": 3, "team": team, "by": SYSTEM, "now": now}
        return start_escalation(reason=reason, **(given | {"key": f"cause-{next(keys)}"} | options))

    return call


@pytest.fixture
def schedule(team: Team) -> Schedule:
    return Schedule.objects.create(slug="us-desk", name="US desk", team=team)


@pytest.fixture
def rotation(schedule: Schedule, agent: User, colleague: User, senior: User, now: datetime) -> Rotation:
    """Maya, Tom and Priya, a day each from noon to noon; Maya first."""
    return start_rotation(schedule, spec(agent, colleague, senior), by=SYSTEM, now=now)
