"""The fixed cast of every test: one desk with two teams, one person of each role, and an instant to live at."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone, translation

from cases.models import Case
from cases.operations.opening import open_incident
from cases.reports import IncidentReport
from foundation.accounts.models import Integration, Membership, Route, Team, User
from foundation.accounts.permissions import Role
from people.reported import ReportedPerson

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def in_english_and_utc() -> Iterator[None]:
    """A request leaves its reader's language and zone behind in the thread, and tests share one."""
    with translation.override("en"), timezone.override(UTC):
        yield


@pytest.fixture
def now() -> datetime:
    """The instant tests live at: a Wednesday at noon in UTC."""
    return datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


@pytest.fixture
def team(db: None) -> Team:
    """The team of the market US, in every language."""
    team = Team.objects.create(slug="us", name="United States", country="US", time_zone="America/Denver")
    Route.objects.create(team=team, market="US")
    return team


@pytest.fixture
def other_team(db: None) -> Team:
    """The team of the market ES."""
    team = Team.objects.create(slug="es", name="España", country="ES", time_zone="Europe/Madrid")
    Route.objects.create(team=team, market="ES")
    return team


@pytest.fixture
def make_user(db: None, now: datetime) -> Callable[..., User]:
    """Somebody of a role, in teams, able to sign in with PASSWORD."""

    def make(name: str, role: str, *teams: Team, **fields: Any) -> User:
        email = fields.pop("email", f"{name.lower().replace(' ', '.')}@example.com")
        user = User(email=email, name=name, role=role, created_at=now, **fields)
        user.set_password(PASSWORD)
        user.save()
        Membership.objects.bulk_create(Membership(user=user, team=team) for team in teams)
        return user

    return make


@pytest.fixture
def agent(make_user: Callable[..., User], team: Team) -> User:
    return make_user("Maya Osei", Role.AGENT, team)


@pytest.fixture
def colleague(make_user: Callable[..., User], team: Team) -> User:
    """A second agent of the same team."""
    return make_user("Tom Becker", Role.AGENT, team)


@pytest.fixture
def stranger(make_user: Callable[..., User], other_team: Team) -> User:
    """An agent of the other team."""
    return make_user("Lucía Ferrer", Role.AGENT, other_team)


@pytest.fixture
def senior(make_user: Callable[..., User], team: Team) -> User:
    return make_user("Priya Nair", Role.SENIOR, team)


@pytest.fixture
def lead(make_user: Callable[..., User], team: Team) -> User:
    """The lead of the team."""
    user = make_user("Ana Duarte", Role.LEAD, team)
    Team.objects.filter(pk=team.pk).update(lead=user)
    team.lead = user
    return user


@pytest.fixture
def manager(make_user: Callable[..., User]) -> User:
    return make_user("Ruth Adler", Role.MANAGER)


@pytest.fixture
def claims(make_user: Callable[..., User], team: Team) -> User:
    return make_user("Dana Whitlock", Role.CLAIMS, team)


@pytest.fixture
def finance(make_user: Callable[..., User]) -> User:
    return make_user("Noor Haddad", Role.FINANCE)


@pytest.fixture
def quality(make_user: Callable[..., User]) -> User:
    return make_user("Sam Iversen", Role.QUALITY)


@pytest.fixture
def legal(make_user: Callable[..., User]) -> User:
    return make_user("Elena Petrov", Role.LEGAL)


@pytest.fixture
def admin(make_user: Callable[..., User]) -> User:
    return make_user("Kit Morgan", Role.ADMIN)


@pytest.fixture
def integration(db: None, now: datetime) -> Integration:
    return Integration.objects.create(name="marketplace", created_at=now)


@pytest.fixture
def make_case(team: Team, agent: User, now: datetime) -> Callable[..., Case]:
    """A case of the market US as an agent opens it: a theft, received an hour ago, nobody's yet."""

    def make(*, by: Any = None, at: datetime | None = None, **fields: Any) -> Case:
        told: dict[str, Any] = {
            "title": "Four rings missing after a clean",
            "description": "She found the box open when she came home.",
            "category": "theft",
            "channel": "email",
            "market": "US",
            "received_at": now - timedelta(hours=1),
            "reporter": ReportedPerson(name="Hannah Whitcombe", email="hannah@example.com", role="owner"),
            "respondent": ReportedPerson(name="Curtis Hale", email="curtis@example.com", role="pro"),
        }
        with transaction.atomic():
            return open_incident(IncidentReport(**(told | fields)), by=by or agent, now=at or now)

    return make


@pytest.fixture
def case(make_case: Callable[..., Case]) -> Case:
    return make_case()
