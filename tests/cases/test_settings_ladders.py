"""Escalation policies are edited in the browser: drawn as steps, previewed on the people who are there, then published."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from foundation.accounts.models import Team, User
from foundation.audit.actors import SYSTEM
from foundation.escalation.models import Escalation, EscalationPolicy, Schedule
from foundation.escalation.operations import start_escalation
from foundation.escalation.operations.publishing import create_policy, publish_policy

pytestmark = pytest.mark.django_db
LIST, NEW = "cases:settings_ladders", "cases:settings_ladder_new"


@pytest.fixture(autouse=True)
def _second_factor_is_optional(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def as_manager(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


@pytest.fixture
def shipped(db: None, lead: User) -> EscalationPolicy:
    return EscalationPolicy.objects.get(slug="first-response")


@pytest.fixture
def ours(team: Team, lead: User) -> EscalationPolicy:
    """A policy of the lead's own team."""
    level = {"targets": [{"kind": "team_lead"}], "channels": ["in_app"], "ack_seconds": 300, "window": None}
    return create_policy(
        name="Ours", reason="breach:first_response", team=team, levels=[level], by=lead, now=timezone.now()
    )


def url(policy: EscalationPolicy) -> str:
    return reverse("cases:settings_ladder", args=[policy.pk])


def typed(answer: HttpResponse, **changed: Any) -> dict[str, Any]:
    """What the form of a page would send, with some of it changed; a name is written with _ for -."""
    form = answer.context["form"]  # type: ignore[attr-defined]
    sent: dict[str, Any] = {"levels": len(form.levels), "catch-slots": len(form.catch_all.slots)}
    for n, level in enumerate(form.levels):
        sent[f"level{n}-slots"] = len(level.slots)
    for part in form.parts:
        for bound in part:
            value = bound.value()
            if value is not None and value is not False and value != "":
                sent[bound.html_name] = str(value) if not isinstance(value, list) else value
    return sent | {name.replace("__", "-"): value for name, value in changed.items()}


def preview(client: Client, path: str, **changed: Any) -> HttpResponse:
    return client.post(path, typed(client.get(path), step="preview", **changed))


def in_two_steps(client: Client, path: str, **changed: Any) -> HttpResponse:
    shown = preview(client, path, **changed)
    assert shown.status_code == 200, [part.errors for part in shown.context["form"].parts]
    return client.post(path, typed(shown, step="publish"))


def sentences(answer: HttpResponse) -> str:
    form = answer.context["form"]  # type: ignore[attr-defined]
    return " ".join(error for part in form.parts for errors in part.errors.values() for error in errors)


def test_an_agent_opens_none_of_it(client: Client, agent: User, shipped: EscalationPolicy) -> None:
    client.force_login(agent)
    assert {client.get(page).status_code for page in (reverse(LIST), reverse(NEW), url(shipped))} == {403}


def test_the_list_shows_each_reason_with_its_policies(as_manager: Client, shipped: EscalationPolicy) -> None:
    page = as_manager.get(reverse(LIST)).content.decode()
    assert "First response missed" in page
    assert "the team&#x27;s lead" in page
    assert "Update missed" in page
    assert "No policy" in page


def test_a_policy_shows_who_would_be_called_now(as_manager: Client, shipped: EscalationPolicy, lead: User) -> None:
    page = as_manager.get(url(shipped)).content.decode()
    assert "Who would be called now" in page
    assert lead.name in page
    assert 'value="15 min"' in page


def test_a_lead_may_not_change_a_policy_of_every_team(client: Client, shipped: EscalationPolicy, lead: User) -> None:
    client.force_login(lead)
    page = client.get(url(shipped))
    assert "a manager changes it" in page.content.decode()
    assert client.post(url(shipped), typed(page, step="preview")).status_code == 403
    assert client.post(reverse("cases:settings_ladder_move", args=[shipped.pk]), {"to": "up"}).status_code == 403


def test_a_lead_changes_the_policy_of_her_own_team(client: Client, ours: EscalationPolicy, lead: User) -> None:
    client.force_login(lead)
    assert in_two_steps(client, url(ours), level0__ack="20 min").status_code == 302
    assert ours.current.levels[0]["ack_seconds"] == 1_200
    assert (ours.current.number, ours.current.created_by) == (2, lead)


def test_a_lead_offers_only_her_own_teams_a_policy(client: Client, lead: User, other_team: Team, team: Team) -> None:
    client.force_login(lead)
    shown = client.get(reverse(NEW))
    assert list(shown.context["form"].fields["team"].queryset) == [team]
    answer = preview(client, reverse(NEW), name="Theirs", reason="by_hand", team=other_team.pk)
    assert answer.status_code == 422


def test_a_preview_says_who_is_called_at_which_minute_and_saves_nothing(
    as_manager: Client, shipped: EscalationPolicy, team: Team, lead: User, manager: User
) -> None:
    path = url(shipped)
    added = as_manager.post(path, typed(as_manager.get(path), do="add"))
    answer = as_manager.post(path, typed(added, step="preview", **{"level1-target0": f"person:{manager.pk}"}))
    (of_team,) = [each for each in answer.context["outlook"].teams if each.team == team]
    assert [(rung.number, rung.minute, [person.name for person in rung.people]) for rung in of_team.rungs] == [
        (1, 0, [lead.name]),
        (2, 15, [manager.name]),
        (None, 90, [manager.name]),
    ]
    assert shipped.versions.count() == 1
    assert "nothing is saved yet" in answer.content.decode()


def test_a_preview_tells_at_what_hours_a_level_would_have_nobody(
    as_manager: Client, shipped: EscalationPolicy, agent: User, team: Team
) -> None:
    now = timezone.now()
    schedule = Schedule.objects.create(slug="days", name="Days", team=team)
    schedule.shifts.create(person=agent, starts_at=now - timedelta(hours=1), ends_at=now + timedelta(hours=20))
    answer = preview(as_manager, url(shipped), level0__target0="schedule:days")
    (of_team,) = [each for each in answer.context["outlook"].teams if each.team == team]
    gap = of_team.rungs[0].gap
    step = answer.context["outlook"].step
    assert of_team.rungs[0].people == [agent]
    assert timedelta(hours=20) <= gap.first - now <= timedelta(hours=20 + step)
    assert 140 <= gap.hours <= 148 + step
    assert "of the next 7 days" in answer.content.decode()


def test_calls_that_are_out_keep_their_levels_and_are_counted(
    as_manager: Client, shipped: EscalationPolicy, case: Case, team: Team
) -> None:
    start_escalation(
        subject=case.subject, reason="breach:first_response", severity=3, team=team, key="k", by=SYSTEM, now=timezone.now()
    )  # fmt: skip
    shown = preview(as_manager, url(shipped), level0__ack="30 min")
    assert shown.context["outlook"].calls == 1
    assert as_manager.post(url(shipped), typed(shown, step="publish")).status_code == 302
    assert Escalation.objects.get().levels[0]["ack_seconds"] == 900
    assert shipped.current.levels[0]["ack_seconds"] == 1_800


def test_steps_are_added_moved_and_removed_without_saving(as_manager: Client, shipped: EscalationPolicy) -> None:
    path = url(shipped)
    two = as_manager.post(path, typed(as_manager.get(path), do="add", name="Half typed"))
    assert len(two.context["form"].levels) == 2
    assert two.context["form"]["name"].value() == "Half typed"
    sent = typed(two, do="up:1", **{"level1-target0": "role:senior", "level1-ack": "soon"})
    swapped = as_manager.post(path, sent).context["form"]
    assert swapped.levels[0]["target0"].value() == "role:senior"
    assert swapped.levels[0]["ack"].value() == "soon"
    removed = as_manager.post(path, typed(as_manager.post(path, sent), do="remove:1")).context["form"]
    assert len(removed.levels) == 1
    wider = as_manager.post(path, typed(two, do="target:0")).context["form"]
    assert len(wider.levels[0].slots) == 3
    assert shipped.versions.count() == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"level0__target0": ""}, "Level 1 calls nobody"),
        ({"level0__channels": []}, "Level 1 has no channel"),
        ({"level0__ack": "30 s"}, "between 1 minute and 24 hours"),
        ({"level0__ack": "25 h"}, "between 1 minute and 24 hours"),
        ({"level0__target0": "person:999999"}, "who does not work here"),
        ({"level0__target0": "schedule:nights"}, "There is no schedule “nights”"),
        ({"level0__target0": "role:finance"}, "no role that answers calls"),
        ({"level0__target0": "admins:"}, "could never reach anybody"),
        ({"level0__target0": "named:"}, "Only a call by hand"),
        ({"level0__target0": "dog:7"}, "is nobody who can be called"),
        ({"level0__opens": "09:00", "level0__closes": "09:00"}, "begin and end at the same time"),
        ({"level0__opens": "09:00"}, "both ends"),
        ({"repeat": "10"}, "9"),
        ({"levels": 0}, "1 to 10 levels"),
        ({"levels": 11}, "1 to 10 levels"),
        ({"name": " "}, "required"),
    ],
)
def test_what_nobody_could_climb_is_refused_with_a_sentence(
    as_manager: Client, shipped: EscalationPolicy, changed: dict[str, Any], sentence: str
) -> None:
    answer = preview(as_manager, url(shipped), **changed)
    assert answer.status_code == 422
    assert sentence in sentences(answer)
    assert shipped.versions.count() == 1


def test_somebody_who_has_left_is_refused_by_name(as_manager: Client, shipped: EscalationPolicy, agent: User) -> None:
    User.objects.filter(pk=agent.pk).update(is_active=False, deactivated_at=timezone.now())
    answer = preview(as_manager, url(shipped), level0__target0=f"person:{agent.pk}")
    assert f"{agent.name} has left" in sentences(answer)


def test_of_two_leads_the_second_is_told_what_the_first_published(
    as_manager: Client, shipped: EscalationPolicy, manager: User
) -> None:
    shown = preview(as_manager, url(shipped), level0__ack="30 min")
    other = [{**shipped.current.levels[0], "ack_seconds": 600}]
    publish_policy(shipped, levels=other, repeat=2, catch_all=[], by=manager, now=timezone.now())
    answer = as_manager.post(url(shipped), typed(shown, step="publish"))
    assert answer.status_code == 409
    assert "published wording 2" in answer.content.decode()
    assert answer.context["form"].levels[0]["ack"].value() == "30 min"
    assert shipped.current.number == 2


def test_a_new_policy_stands_before_the_one_of_every_team(
    as_manager: Client, shipped: EscalationPolicy, team: Team
) -> None:
    answer = in_two_steps(
        as_manager, reverse(NEW), name="US first", reason="breach:first_response", team=team.pk, level0__ack="5 min"
    )
    made = EscalationPolicy.objects.get(slug="us-first")
    assert answer["Location"] == url(made)
    assert made.position < EscalationPolicy.objects.get(pk=shipped.pk).position


def test_a_second_policy_for_the_same_calls_is_refused(
    client: Client, ours: EscalationPolicy, lead: User, team: Team
) -> None:
    client.force_login(lead)
    answer = preview(client, reverse(NEW), name="Again", reason="breach:first_response", team=team.pk)
    assert answer.status_code == 422
    assert "“Ours” stands before it" in sentences(answer)


def test_policies_change_places_and_the_one_left_without_calls_is_marked(
    as_manager: Client, ours: EscalationPolicy, shipped: EscalationPolicy, manager: User, make_user: Callable[..., User]
) -> None:
    move = reverse("cases:settings_ladder_move", args=[shipped.pk])
    assert as_manager.post(move, {"to": "up"}).status_code == 302
    assert list(EscalationPolicy.objects.filter(reason=shipped.reason)) == [shipped, ours]
    assert "never reached" in as_manager.get(reverse(LIST)).content.decode()
    as_manager.post(move, {"to": "up"})
    as_manager.post(move, {"to": "down"})
    assert list(EscalationPolicy.objects.filter(reason=shipped.reason)) == [ours, shipped]


def test_a_policy_is_switched_off_without_another_wording(as_manager: Client, ours: EscalationPolicy) -> None:
    page = as_manager.get(url(ours))
    sent = {name: value for name, value in typed(page, step="preview").items() if name != "is_active"}
    shown = as_manager.post(url(ours), sent)
    assert "It serves no team" in shown.content.decode()
    again = {name: value for name, value in typed(shown, step="publish").items() if name != "is_active"}
    assert as_manager.post(url(ours), again).status_code == 302
    ours.refresh_from_db()
    assert (ours.is_active, ours.versions.count()) == (False, 1)
