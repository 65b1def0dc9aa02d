"""Policies are edited in the browser: previewed on the clocks that run, then published; nobody overwrites anybody."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from cases.operations.rollouts import sweep_rollouts
from foundation.accounts.models import User
from foundation.audit.models import Entry
from foundation.sla.matching import terms_for
from foundation.sla.models import Calendar, Policy, PolicyVersion
from foundation.sla.operations import NewTarget, publish_calendar, publish_policy

pytestmark = pytest.mark.django_db
OFFICE = {"tz": "Europe/Madrid", "hours": {day: {"09:00": "17:00"} for day in ("mon", "tue", "wed", "thu", "fri")}}


@pytest.fixture(autouse=True)
def _second_factor_is_optional(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def as_lead(client: Client, lead: User) -> Client:
    client.force_login(lead)
    return client


@pytest.fixture
def default(db: None) -> Policy:
    return Policy.objects.get(slug="default")


@pytest.fixture
def office(lead: User) -> Calendar:
    calendar = Calendar.objects.create(slug="office", name="Office")
    publish_calendar(calendar, spec=OFFICE, by=lead, now=timezone.now())
    return calendar


@pytest.fixture
def spain(office: Calendar, lead: User) -> Policy:
    policy = Policy.objects.create(slug="spain", name="Spain", position=10)
    targets = [NewTarget("first_response", severity, 1_800, office) for severity in (2, 3)]
    publish_policy(policy, targets=targets, markets=["ES"], by=lead, now=timezone.now())
    return policy


def url(policy: Policy) -> str:
    return reverse("cases:settings_policy", args=[policy.pk])


def typed(answer: HttpResponse, **changed: Any) -> dict[str, Any]:
    """What the form of a page would send, with some of it changed."""
    form = answer.context["form"]  # type: ignore[attr-defined]
    sent: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value is not None and value is not False and value != "":
            sent[bound.html_name] = str(value) if not isinstance(value, list) else value
    return sent | changed


def in_two_steps(client: Client, path: str, **changed: Any) -> HttpResponse:
    shown = client.post(path, typed(client.get(path), step="preview", **changed))
    assert shown.status_code == 200, shown.context["form"].errors
    return client.post(path, typed(shown, step="publish"))


def test_an_agent_opens_none_of_it_and_an_admin_all(client: Client, agent: User, admin: User, default: Policy) -> None:
    pages = [reverse("cases:settings_sla"), reverse("cases:settings_policy_new"), url(default)]
    client.force_login(agent)
    assert {client.get(page).status_code for page in pages} == {403}
    assert client.post(url(default), {"step": "publish"}).status_code == 403
    client.force_login(admin)
    assert {client.get(page).status_code for page in pages} == {200}


def test_the_page_shows_what_is_in_force(as_lead: Client, default: Policy) -> None:
    page = as_lead.get(url(default)).content.decode()
    assert 'value="15 min"' in page
    assert 'value="14 d"' in page
    assert "The first response never pauses" in page
    assert "shipped with the desk" in page


def test_a_preview_counts_on_live_data_and_saves_nothing(
    as_lead: Client, default: Policy, make_case: Callable[..., Case]
) -> None:
    now = timezone.now()
    for minutes in (20, 90, 100):
        make_case(received_at=now - timedelta(minutes=minutes), at=now)
    answer = as_lead.post(url(default), typed(as_lead.get(url(default)), step="preview", **{"first_response-3": "1 h"}))
    assert answer.context["outcome"] == (3, 2, False)
    assert [change.becomes for change in answer.context["changes"]] == ["1 h; warns at 75%"]
    assert default.versions.count() == 1


def test_what_was_previewed_is_published_and_reaches_the_running_clocks(
    as_lead: Client, default: Policy, make_case: Callable[..., Case], lead: User
) -> None:
    case = make_case(received_at=timezone.now(), at=timezone.now())
    answer = in_two_steps(
        as_lead, url(default), **{"first_response-3": "1 h 30 min", "first_response-3-warnings": "50%, 10 min"}
    )
    assert answer.status_code == 302
    version = default.current
    assert (version.number, version.created_by) == (2, lead)
    target = version.targets.get(metric="first_response", severity=3)
    assert (target.seconds, target.warn_percents, target.warn_seconds) == (5_400, [50], [600])
    assert version.targets.count() == 8
    sweep_rollouts(timezone.now())
    assert case.clocks.get(metric="first_response").target_seconds == 5_400


def test_nothing_is_published_that_was_not_previewed(as_lead: Client, default: Policy) -> None:
    straight = typed(as_lead.get(url(default)), step="publish", **{"first_response-3": "1 h"})
    assert as_lead.post(url(default), straight).context["outcome"] is not None
    shown = as_lead.post(url(default), straight | {"step": "preview"})
    other = typed(shown, step="publish", **{"first_response-3": "2 h"})
    assert as_lead.post(url(default), other).context["outcome"] is not None
    assert default.versions.count() == 1


def test_the_same_again_publishes_nothing(as_lead: Client, default: Policy) -> None:
    answer = as_lead.post(url(default), typed(as_lead.get(url(default)), step="preview"))
    assert "Nothing differs" in answer.content.decode()
    assert in_two_steps(as_lead, url(default)).status_code == 302
    assert default.versions.count() == 1


@pytest.mark.parametrize("step", ["preview", "publish"])
def test_a_newer_wording_is_told_and_nothing_typed_is_lost(
    as_lead: Client, default: Policy, manager: User, step: str
) -> None:
    sent = typed(as_lead.get(url(default)), **{"first_response-3": "45 min"})
    sent = typed(as_lead.post(url(default), sent | {"step": "preview"}))
    always = Calendar.objects.get(slug="always")
    publish_policy(default, targets=[NewTarget("resolution", 3, 60, always)], by=manager, now=timezone.now())

    answer = as_lead.post(url(default), sent | {"step": step})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Ruth Adler published wording 2" in page
    assert 'value="45 min"' in page
    assert default.versions.count() == 2

    again = as_lead.post(url(default), typed(answer, step="preview"))
    assert again.status_code == 200
    assert as_lead.post(url(default), typed(again, step="publish")).status_code == 302
    assert default.current.targets.get(metric="first_response", severity=3).seconds == 2_700


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"first_response-3": "soon"}, "is not a time such as 15 min"),
        ({"first_response-3-warnings": "120%"}, "between 1 and 99 percent"),
        ({"first_response-3-warnings": "often"}, "Write warnings such as 75%"),
        ({"markets": "Spain"}, "is not a country in two letters"),
        ({"markets": "ES"}, "One policy has to fit every case"),
        ({"is_active": ""}, "One policy has to fit every case"),
    ],
)
def test_what_cannot_be_published_is_said_and_kept(
    as_lead: Client, default: Policy, changed: dict[str, str], sentence: str
) -> None:
    sent = typed(as_lead.get(url(default)), step="preview", name="Typed before", **changed)
    answer = as_lead.post(url(default), sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "Everything you typed is still here" in page
    assert 'value="Typed before"' in page
    assert default.versions.count() == 1


def test_a_new_policy_stands_before_the_one_that_fits_every_case(as_lead: Client, default: Policy, team: Any) -> None:
    path = reverse("cases:settings_policy_new")
    said = {"name": "US theft", "is_active": "on", "kinds": ["incident"], "teams": ["us"], "markets": "us, ca"}
    answer = in_two_steps(
        as_lead,
        path,
        **said,
        **{"first_response-3": "10 min", "next_response-3": "20 min", "next_response-pauses": ["vet"]},
    )
    assert answer.status_code == 302
    assert [policy.name for policy in Policy.objects.all()] == ["US theft", "Default"]
    found = terms_for(kind="incident", team="us", market="CA", severity=3)
    assert {metric: each.seconds for metric, each in found.items()} == {"first_response": 600, "next_response": 1_200}
    assert found["next_response"].pause_on == ("vet",)


def test_the_same_new_policy_twice_is_one(as_lead: Client) -> None:
    path = reverse("cases:settings_policy_new")
    said = {"name": "Spain", "is_active": "on", "markets": "ES", "first_response-2": "10 min"}
    shown = as_lead.post(path, typed(as_lead.get(path), step="preview", **said))
    sent = typed(shown, step="publish")
    assert as_lead.post(path, sent).status_code == 302
    twice = as_lead.post(path, sent)
    assert twice.status_code == 422
    assert "There is a policy of this name already" in twice.content.decode()
    assert Policy.objects.filter(name="Spain").count() == 1


def test_a_policy_is_switched_off_and_renamed(as_lead: Client, spain: Policy) -> None:
    sent = in_two_steps(as_lead, url(spain), is_active="", name="Iberia")
    assert sent.status_code == 302
    spain.refresh_from_db()
    assert (spain.name, spain.is_active) == ("Iberia", False)
    assert terms_for(kind="incident", team="es", market="ES", severity=3)["first_response"].seconds == 14_400
    assert "off" in as_lead.get(reverse("cases:settings_sla")).content.decode()


def test_a_target_keeps_its_own_calendar(as_lead: Client, spain: Policy, office: Calendar) -> None:
    in_two_steps(as_lead, url(spain), **{"first_response-3": "20 min"})
    targets = spain.current.targets.select_related("calendar").order_by("severity")
    assert [(target.calendar, target.seconds) for target in targets] == [(office, 1_800), (office, 1_200)]


def test_moving_a_policy_is_previewed_then_saved(
    as_lead: Client, spain: Policy, default: Policy, make_case: Callable[..., Case], other_team: Any
) -> None:
    path = reverse("cases:settings_sla")
    case = make_case(market="ES", received_at=timezone.now(), at=timezone.now())
    assert case.clocks.get(metric="first_response").target_seconds == 1_800
    in_force = [spain.pk, default.pk]
    shown = as_lead.post(path, {"based_on": in_force, "order": in_force, "down": spain.pk})
    page = shown.content.decode()
    assert "In this order 1 running clock changes, 0 would be breached now." in page
    assert "never reached" in page
    assert list(Policy.objects.values_list("pk", flat=True)) == in_force

    saved = as_lead.post(path, {"based_on": in_force, "order": [default.pk, spain.pk], "step": "publish"})
    assert saved.status_code == 302
    assert list(Policy.objects.values_list("pk", flat=True)) == [default.pk, spain.pk]
    sweep_rollouts(timezone.now())
    assert case.clocks.get(metric="first_response").target_seconds == 14_400
    assert Entry.objects.filter(event="sla_policy.moved").count() == 2


def test_an_order_of_yesterday_is_refused(as_lead: Client, spain: Policy, default: Policy) -> None:
    stale = [default.pk, spain.pk]
    answer = as_lead.post(
        reverse("cases:settings_sla"), {"based_on": stale, "order": [spain.pk, default.pk], "step": "publish"}
    )
    assert answer.status_code == 409
    assert "Nothing was saved" in answer.content.decode()


def test_the_history_says_who_changed_what(as_lead: Client, default: Policy) -> None:
    in_two_steps(as_lead, url(default), **{"first_response-1": "5 min"})
    page = as_lead.get(url(default)).content.decode()
    assert "Ana Duarte" in page
    assert "<del>15 min; warns at 75%</del>" in page
    assert "<ins>5 min; warns at 75%</ins>" in page


def test_a_page_of_many_wordings_reads_little(
    as_lead: Client, default: Policy, lead: User, django_assert_max_num_queries: Any
) -> None:
    always = Calendar.objects.get(slug="always")
    for seconds in range(60, 600, 20):
        publish_policy(default, targets=[NewTarget("resolution", 3, seconds, always)], by=lead, now=timezone.now())
    assert PolicyVersion.objects.count() == 28
    with django_assert_max_num_queries(14):
        answer = as_lead.get(url(default))
    assert len(answer.context["history"]) == 20
