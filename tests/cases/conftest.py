"""What tests of cases ask of the trail and of the outbox, and where those of pages begin."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from cases.models import Case
from foundation.accounts.models import Team, User
from foundation.audit.models import Entry
from foundation.escalation.models import Schedule, Shift
from foundation.notifications.models import OutboxMessage


@pytest.fixture
def happened() -> Callable[[Case], list[str]]:
    """The codes of what happened to a case, oldest first."""

    def read(case: Case) -> list[str]:
        entries = Entry.objects.filter(subject_kind="case", subject_id=str(case.pk))
        return list(entries.order_by("id").values_list("event", flat=True))

    return read


@pytest.fixture
def told() -> Callable[[User], list[str]]:
    """The notices in the outbox for somebody's inbox, oldest first."""

    def read(user: User) -> list[str]:
        messages = OutboxMessage.objects.filter(recipient=user, channel="in_app")
        return list(messages.order_by("id").values_list("notice", flat=True))

    return read


@pytest.fixture
def at_the_instant(now: datetime, db: None) -> Iterator[None]:
    """The clock stands at ``now`` and nothing is kept from before: a page shows what both of them say."""
    cache.clear()
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def agents_client(agent: User) -> Client:
    """The browser of the agent, signed in."""
    client = Client()
    client.force_login(agent)
    return client


@pytest.fixture
def on_shift(team: Team, now: datetime) -> Callable[..., None]:
    """Put people on shift for the team, at all hours or between two instants."""
    schedule = Schedule.objects.create(slug="us-desk", name="Desk", team=team)

    def put(*people: User, starts_at: datetime | None = None, ends_at: datetime | None = None) -> None:
        since = starts_at or now - timedelta(days=9)
        for person in people:
            Shift.objects.create(schedule=schedule, person=person, starts_at=since, ends_at=ends_at)

    return put
