"""In a storm leads see one banner with the number, and may fold it for an hour."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from foundation.accounts.models import Team, User
from foundation.escalation.models import Cause, Escalation
from foundation.escalation.storms import MANY, Storm, fold_storm, storm_for

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(settings: Any) -> None:
    settings.DEMO = True
    cache.clear()


def storm_of(call: Any, count: int, *, at: datetime, **options: Any) -> Escalation:
    """One call with so many causes, as a batch of missed targets leaves behind."""
    escalation = call(now=at, **options)
    Cause.objects.bulk_create(
        Cause(key=f"{escalation.pk}:{n}", escalation=escalation, reason="breach:resolution", severity=3, occurred_at=at)
        for n in range(count - 1)
    )
    return escalation


def test_more_calls_than_one_looks_at_are_a_storm(call: Any, lead: User, now: datetime) -> None:
    storm_of(call, MANY, at=now - timedelta(minutes=1))
    assert storm_for(lead, now=now) is None
    cache.clear()
    storm_of(call, 1, at=now)
    assert storm_for(lead, now=now) == Storm(MANY + 1)


def test_what_is_longer_ago_is_no_storm(call: Any, lead: User, now: datetime) -> None:
    storm_of(call, MANY + 5, at=now - timedelta(minutes=11))
    assert storm_for(lead, now=now) is None


def test_a_lead_sees_the_storm_of_her_teams_and_a_manager_every_one(
    call: Any, lead: User, manager: User, agent: User, other_team: Team, now: datetime
) -> None:
    storm_of(call, MANY + 1, at=now, team=other_team)
    assert storm_for(lead, now=now) is None
    assert storm_for(manager, now=now) == Storm(MANY + 1)
    assert storm_for(agent, now=now) is None


def test_the_count_is_one_query_and_then_cached(
    call: Any, manager: User, now: datetime, django_assert_num_queries: Any
) -> None:
    storm_of(call, MANY + 1, at=now)
    with django_assert_num_queries(1):
        assert storm_for(manager, now=now) == storm_for(manager, now=now)


def test_a_folded_storm_stays_folded_for_her_alone(call: Any, lead: User, manager: User, now: datetime) -> None:
    storm_of(call, MANY + 1, at=now)
    fold_storm(lead)
    assert storm_for(lead, now=now) is None
    assert storm_for(manager, now=now) is not None


def test_the_banner_stands_on_queue_and_escalations_until_it_is_folded(client: Client, call: Any, lead: User) -> None:
    storm_of(call, MANY + 1, at=timezone.now())
    client.force_login(lead)
    said = f"{MANY + 1} calls for your teams"
    pages = [reverse("cases:queue"), reverse("escalation:list"), reverse("escalation:storm")]
    assert [said in client.get(page).content.decode() for page in pages] == [True, True, True]
    answer = client.post(reverse("escalation:storm_fold"), headers={"Referer": "http://testserver/escalations/"})
    assert answer["Location"] == "/escalations/"
    assert [said in client.get(page).content.decode() for page in pages] == [False, False, False]


def test_an_agent_has_no_banner(client: Client, call: Any, agent: User) -> None:
    storm_of(call, MANY + 1, at=timezone.now())
    client.force_login(agent)
    assert 'id="storm"' not in client.get(reverse("cases:queue")).content.decode()
    assert client.get(reverse("escalation:storm")).status_code == 403
