"""Teams, their members, and which of them takes a case."""

from datetime import datetime

import pytest
from django.core.exceptions import ValidationError

from foundation.accounts.models import Team, User
from foundation.accounts.operations import RouteSpec, create_team, edit_team
from foundation.accounts.policies import StaffChangeRefused
from foundation.accounts.routing import team_for
from foundation.audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def intake(db: None) -> Team:
    return Team.objects.get_or_create(slug="intake", defaults={"name": "Intake"})[0]


@pytest.fixture
def lusophone(lead: User, admin: User, now: datetime) -> Team:
    routes = [RouteSpec("US", "pt"), RouteSpec("US", "pt-PT")]
    return create_team(name="Lusophone", country="", time_zone="UTC", lead=lead, routes=routes, by=admin, now=now)


@pytest.mark.parametrize(
    ("market", "language", "slug"),
    [
        ("US", "en", "us"),
        ("us", "pt-BR", "lusophone"),
        ("US", "PT-pt", "lusophone"),
        ("ES", "pt", "es"),
        ("BR", "pt", "intake"),
    ],
)
def test_the_more_exact_route_wins(
    intake: Team, team: Team, other_team: Team, lusophone: Team, market: str, language: str, slug: str
) -> None:
    assert team_for(market, language).slug == slug


def test_a_closed_team_takes_nothing(intake: Team, team: Team) -> None:
    Team.objects.filter(pk=team.pk).update(is_active=False)
    assert team_for("US", "en") == intake


def test_a_team_is_changed_as_a_whole_and_the_trail_says_what(
    team: Team, agent: User, colleague: User, lead: User, admin: User, now: datetime
) -> None:
    edit_team(
        team, name="States", country="US", time_zone="America/New_York", lead=lead, members=[lead, agent],
        routes=[RouteSpec("US"), RouteSpec("CA", "en")], by=admin, now=now,
    )  # fmt: skip
    assert set(team.members.all()) == {lead, agent}
    entry = Entry.objects.get(event="team.edited")
    assert entry.data["fields"] == ["name", "time_zone", "members", "routes"]
    assert entry.data["left"] == [colleague.pk]
    assert team_for("CA", "en") == Team.objects.get(pk=team.pk)


def test_nothing_changed_is_nothing_recorded(team: Team, admin: User, agent: User, now: datetime) -> None:
    edit_team(
        team, name=team.name, country="US", time_zone=team.time_zone, lead=None, members=[agent],
        routes=[RouteSpec("US")], by=admin, now=now,
    )  # fmt: skip
    assert not Entry.objects.filter(event="team.edited").exists()


def test_a_route_leads_to_one_team(team: Team, other_team: Team, admin: User, now: datetime) -> None:
    with pytest.raises(ValidationError, match="goes to United States already"):
        edit_team(
            other_team, name="x", country="", time_zone="UTC", lead=None, members=[], routes=[RouteSpec("US")],
            by=admin, now=now,
        )  # fmt: skip


def test_an_agent_does_not_lead(team: Team, agent: User, admin: User, now: datetime) -> None:
    with pytest.raises(StaffChangeRefused, match="not an active lead"):
        create_team(name="New", country="", time_zone="UTC", lead=agent, by=admin, now=now)


def test_the_team_of_last_resort_stays_open(intake: Team, admin: User, now: datetime) -> None:
    with pytest.raises(StaffChangeRefused, match="stays open"):
        edit_team(
            intake, name="Intake", country="", time_zone="UTC", lead=None, members=[], routes=[], is_active=False,
            by=admin, now=now,
        )  # fmt: skip
