"""What is not set as it should be stands on the settings' first page, for whoever may mend it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from cases.models import Case, Clock
from foundation.accounts.models import Team, User
from foundation.accounts.settings_warnings import warnings_for
from foundation.audit.actors import SYSTEM
from foundation.escalation.models import Escalation, EscalationPolicy, EscalationPolicyVersion, Schedule
from foundation.escalation.operations import start_escalation
from foundation.notifications.models import OutboxMessage
from foundation.sla.models import Calendar, CalendarVersion, Policy
from foundation.sla.operations import NewTarget, publish_policy

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh(settings: Any, db: None, team: Team, lead: User) -> None:
    """A desk without anything to warn of: its one team has a lead."""
    settings.DEMO = True
    cache.clear()
    Team.objects.exclude(pk=team.pk).update(is_active=False)


def told(reader: User, now: datetime) -> dict[str, str]:
    cache.clear()
    return {warning.name: warning.sentence for warning in warnings_for(reader, now=now)}


def set_levels(slug: str, now: datetime, *targets: dict[str, Any]) -> None:
    policy = EscalationPolicy.objects.get(slug=slug)
    level = {"targets": list(targets), "channels": ["mail"], "ack_seconds": 60, "window": None}
    EscalationPolicyVersion.objects.create(
        policy=policy, number=policy.current.number + 1, levels=[level], repeat=0, catch_all=[], created_at=now
    )


def test_a_desk_that_is_set_as_it_should_be_has_no_warnings(manager: User, now: datetime) -> None:
    assert told(manager, now) == {}


def test_a_team_without_a_lead_is_told_once(manager: User, team: Team, now: datetime) -> None:
    Team.objects.filter(pk=team.pk).update(lead=None)
    assert told(manager, now) == {"United States": "Nobody leads this team: a call for its lead reaches nobody."}


def test_a_level_that_reaches_nobody_now_is_told(manager: User, team: Team, agent: User, now: datetime) -> None:
    schedule = Schedule.objects.create(slug="days", name="Days", team=team)
    set_levels("first-response", now, {"kind": "schedule", "id": "days"})
    assert told(manager, now)["First response missed"] == "Level 1 reaches nobody now for United States."
    schedule.shifts.create(person=agent, starts_at=now)
    assert told(manager, now) == {}


def test_hours_without_anybody_on_shift_are_told(manager: User, team: Team, agent: User, now: datetime) -> None:
    schedule = Schedule.objects.create(slug="days", name="Days", team=team, time_zone="America/Denver")
    schedule.shifts.create(person=agent, starts_at=now, ends_at=now + timedelta(days=10))
    sentence = "Nobody is on shift for a stretch of the next 14 days, the first from 28 Nov, 05:00."
    assert told(manager, now) == {"Days": sentence}
    schedule.shifts.create(person=agent, starts_at=now + timedelta(days=10))
    assert told(manager, now) == {}


def test_somebody_in_a_level_who_has_left_is_told(manager: User, agent: User, lead: User, now: datetime) -> None:
    set_levels("resolution", now, {"kind": "team_lead"}, {"kind": "person", "id": agent.pk})
    User.objects.filter(pk=agent.pk).update(is_active=False, deactivated_at=now)
    assert told(manager, now) == {"Resolution missed": "It calls Maya Osei, who works here no more."}


def test_an_escalation_policy_that_nothing_comes_to_is_told(manager: User, team: Team, now: datetime) -> None:
    shipped = EscalationPolicy.objects.get(slug="by-hand")
    late = EscalationPolicy.objects.create(slug="late", name="Late", reason="by_hand", team=team, position=900)
    EscalationPolicyVersion.objects.create(policy=late, number=1, levels=shipped.current.levels, created_at=now)
    assert told(manager, now) == {"Late": "It never applies: “Called by hand” stands before it for the same calls."}


def test_a_service_level_that_no_case_can_match_is_told(manager: User, lead: User, now: datetime) -> None:
    always = Calendar.objects.get(slug="always")
    for name, markets, position in (("Iberia", ["ES", "PT"], 10), ("Spain", ["ES"], 20), ("France", ["FR"], 30)):
        policy = Policy.objects.create(slug=name.lower(), name=name, position=position)
        publish_policy(
            policy, targets=[NewTarget("first_response", 1, 900, always)], markets=markets, by=lead, now=now
        )  # fmt: skip
    found = told(manager, now)
    assert found == {"Spain": "No case can match it: “Iberia” stands before it and takes them all."}


def test_a_calendar_that_runs_out_is_told(manager: User, now: datetime) -> None:
    days = {"mon": {"09:00": "17:00"}}
    specs = {
        "Shut": {"tz": "UTC", "hours": {}, "hol": [], "overrides": {"2020-01-01": {"09:00": "17:00"}}},
        "Ends": {"tz": "UTC", "hours": days, "hol": ["2026-12-25"], "overrides": {}},
        "Goes on": {"tz": "UTC", "hours": days, "hol": ["2027-12-25"], "overrides": {}},
    }
    for name, spec in specs.items():
        calendar = Calendar.objects.create(slug=name.lower().replace(" ", "-"), name=name)
        CalendarVersion.objects.create(calendar=calendar, number=1, spec=spec, created_at=now)
    found = told(manager, now)
    assert set(found) == {"Shut", "Ends"}
    assert "no open time within 400 days" in found["Shut"]
    assert "end on 25 Dec 2026" in found["Ends"]


def test_rows_set_aside_are_counted(manager: User, case: Case, team: Team, now: datetime) -> None:
    start_escalation(
        subject=case.subject, reason="by_hand", severity=3, team=team, key="k", by=SYSTEM, now=now
    )  # fmt: skip
    Escalation.objects.update(quarantined_at=now)
    Clock.objects.filter(metric="first_response").update(quarantined_at=now)
    late = now + timedelta(days=30)
    found = told(manager, late)
    assert found["Calls set aside"].startswith("1 call is set aside")
    assert found["Clocks set aside"].startswith("1 clock is set aside")


def test_messages_given_up_are_counted_by_channel(
    manager: User, case: Case, team: Team, now: datetime, admin: User
) -> None:
    start_escalation(
        subject=case.subject, reason="by_hand", severity=3, team=team, key="k", by=SYSTEM, now=now
    )  # fmt: skip
    OutboxMessage.objects.filter(channel="mail").update(state="failed")
    assert told(admin, now) == {"Channel: Email": "1 message could not be delivered since yesterday."}
    assert told(manager, now + timedelta(days=2)) == {}


def test_each_reads_only_what_she_may_mend(admin: User, manager: User, agent: User, team: Team, now: datetime) -> None:
    set_levels("first-response", now, {"kind": "schedule", "id": "nobody"})
    Team.objects.filter(pk=team.pk).update(lead=None)
    assert set(told(manager, now)) == {"United States", "First response missed"}
    assert set(told(admin, now)) == {"United States"}
    assert told(agent, now) == {}


def test_looking_costs_a_bounded_number_of_statements_once_a_minute(
    manager: User, now: datetime, make_user: Callable[..., User], django_assert_max_num_queries: Any
) -> None:
    for n in range(30):
        Team.objects.create(slug=f"team-{n}", name=f"Team {n}")
    cache.clear()
    with django_assert_max_num_queries(60):
        first = warnings_for(manager, now=now)
    with django_assert_max_num_queries(0):
        assert warnings_for(manager, now=now) == first
    assert len(first) == 20


def test_the_first_page_lists_them_and_the_menu_counts_them(client: Client, manager: User, team: Team) -> None:
    Team.objects.filter(pk=team.pk).update(lead=None)
    cache.clear()
    client.force_login(manager)
    page = client.get(reverse("accounts:settings")).content.decode()
    assert "Nobody leads this team" in page
    assert reverse("accounts:team", args=[team.pk]) in page
    menu = client.get(reverse("cases:settings_calendars")).content.decode()
    assert '<span class="n hot">1</span>' in menu
