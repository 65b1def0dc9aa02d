"""The pages where staff, teams and keys are set, and each person's own."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import ApiKey, Team, User
from foundation.accounts.permissions import Role
from foundation.accounts.settings_pages import pages_for
from foundation.audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _second_factor_is_optional(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def as_admin(client: Client, admin: User) -> Client:
    client.force_login(admin)
    return client


def test_the_index_lists_what_the_reader_may_set(as_admin: Client, admin: User, lead: User) -> None:
    page = as_admin.get(reverse("accounts:settings")).content.decode()
    for name in ("staff", "teams", "keys"):
        assert reverse(f"accounts:{name}") in page
    assert "accounts:staff" not in {entry.url for entry in pages_for(lead)}
    as_admin.force_login(lead)
    assert reverse("accounts:keys") not in as_admin.get(reverse("accounts:settings")).content.decode()


@pytest.mark.parametrize("name", ["settings", "staff", "staff_new", "teams", "team_new", "keys"])
def test_an_agent_opens_none_of_them(client: Client, agent: User, name: str) -> None:
    client.force_login(agent)
    assert client.get(reverse(f"accounts:{name}")).status_code == 403
    refused = Entry.objects.get(event="access.denied")
    assert (refused.actor_id, refused.data) == (str(agent.pk), {"endpoint": f"accounts:{name}"})


def test_adding_somebody_shows_the_link_once(as_admin: Client) -> None:
    said = {"name": "Nia Obi", "email": "nia@example.com", "role": Role.SENIOR}
    answer = as_admin.post(reverse("accounts:staff_new"), said)
    assert answer.status_code == 201
    user = User.objects.get(email="nia@example.com")
    assert "/accounts/password/reset/key/" in answer.content.decode()
    assert (
        "/accounts/password/reset/key/" not in as_admin.get(reverse("accounts:member", args=[user.pk])).content.decode()
    )
    again = as_admin.post(reverse("accounts:staff_new"), said)
    assert again.status_code == 422
    assert "on the staff already" in again.content.decode()


def test_staff_are_found_by_name_email_and_role(as_admin: Client, agent: User, lead: User) -> None:
    for wanted in ("osei", "maya.osei@", "agent"):
        page = as_admin.get(reverse("accounts:staff"), {"q": wanted}).content.decode()
        assert agent.name in page
        assert lead.name not in page
    assert "Nobody matches" in as_admin.get(reverse("accounts:staff"), {"q": "\x00zzz"}).content.decode()


def test_role_and_access_are_changed_on_her_page(as_admin: Client, agent: User) -> None:
    as_admin.post(reverse("accounts:member_role", args=[agent.pk]), {"role": Role.LEAD})
    as_admin.post(reverse("accounts:member_named", args=[agent.pk]), {"named": "yes"})
    as_admin.post(reverse("accounts:member_end", args=[agent.pk]), {"reason": "Left."})
    agent.refresh_from_db()
    assert (agent.role, agent.named_for_staff_subject, agent.is_active) == (Role.LEAD, True, False)
    as_admin.post(reverse("accounts:member_give_back", args=[agent.pk]))
    agent.refresh_from_db()
    assert agent.is_active


def test_a_refusal_is_said_in_its_own_words(as_admin: Client, admin: User, lead: User) -> None:
    answer = as_admin.post(reverse("accounts:member_end", args=[lead.pk]), follow=True)
    assert "leads United States" in answer.content.decode()
    own = as_admin.get(reverse("accounts:member", args=[admin.pk])).content.decode()
    assert reverse("accounts:member_end", args=[admin.pk]) not in own


def test_a_team_is_made_and_changed(as_admin: Client, agent: User, lead: User) -> None:
    said = {
        "name": "Canada",
        "country": "ca",
        "time_zone": "America/Toronto",
        "lead": lead.pk,
        "members": [agent.pk],
        "routes": "CA\nus fr\n",
    }
    assert as_admin.post(reverse("accounts:team_new"), said).status_code == 302
    team = Team.objects.get(slug="canada")
    assert team.country == "CA"
    assert set(team.routes.values_list("market", "language")) == {("CA", ""), ("US", "fr")}
    page = as_admin.get(reverse("accounts:team", args=[team.pk])).content.decode()
    assert "US fr" in page
    wrong = as_admin.post(reverse("accounts:team", args=[team.pk]), said | {"routes": "Canada"})
    assert wrong.status_code == 422
    assert as_admin.post(reverse("accounts:team", args=[team.pk]), said | {"lead": ""}).status_code == 302
    team.refresh_from_db()
    assert team.lead is None
    assert not team.is_active


def test_a_route_that_is_taken_keeps_everything_typed(as_admin: Client, team: Team) -> None:
    answer = as_admin.post(reverse("accounts:team_new"), {"name": "Second", "time_zone": "UTC", "routes": "US"})
    assert answer.status_code == 422
    assert "goes to United States already" in answer.content.decode()
    assert 'value="Second"' in answer.content.decode()


def test_a_key_is_shown_once_and_revoked(as_admin: Client) -> None:
    said = {"integration": "telephony", "scopes": ["contacts:write"], "lives": "90", "networks": "192.0.2.7/24"}
    answer = as_admin.post(reverse("accounts:keys"), said)
    secret = re.search(r"tsd_[0-9a-f]{8}_[\w-]{43}", answer.content.decode())
    assert secret is not None
    assert "no-store" in answer["Cache-Control"]
    key = ApiKey.objects.get()
    assert key.allowed_networks == ["192.0.2.0/24"]
    assert key.expires_at is not None
    assert secret[0] not in as_admin.get(reverse("accounts:keys")).content.decode()
    as_admin.post(reverse("accounts:key_revoke", args=[key.pk]))
    assert "revoked" in as_admin.get(reverse("accounts:keys")).content.decode()
    assert as_admin.post(reverse("accounts:keys"), said | {"networks": "here"}).status_code == 422


def test_each_changes_how_the_desk_looks_to_her(client: Client, agent: User) -> None:
    client.force_login(agent)
    said = {"language": "es", "time_zone": "Europe/Madrid", "theme": "dark"}
    assert client.post(reverse("accounts:me"), said).status_code == 302
    agent.refresh_from_db()
    assert (agent.language, agent.time_zone, agent.theme, agent.shortcuts) == ("es", "Europe/Madrid", "dark", False)
    assert client.post(reverse("accounts:me"), said | {"time_zone": "Mars"}).status_code == 422
    client.post(reverse("accounts:sessions_end"))
    assert client.get(reverse("accounts:me")).status_code == 302


@pytest.mark.parametrize("number", [1, 30])
def test_the_staff_page_asks_the_database_no_more_for_more_people(
    as_admin: Client, make_user: Any, team: Team, number: int, django_assert_max_num_queries: Any
) -> None:
    for each in range(number):
        make_user(f"Person {each}", Role.AGENT, team)
    with django_assert_max_num_queries(6):
        as_admin.get(reverse("accounts:staff"))
