"""The category tree is edited in the browser: wordings previewed on the newest cases, new categories, their order."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.intake_forms import category_choices
from cases.models import Case, Category
from cases.operations.categories import publish_category
from foundation.accounts.models import User
from foundation.audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _second_factor_is_optional(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def as_lead(client: Client, lead: User) -> Client:
    client.force_login(lead)
    return client


def of(slug: str) -> Category:
    return Category.objects.get(slug=slug)


def url(slug: str) -> str:
    return reverse("cases:settings_category", args=[of(slug).pk])


def typed(answer: HttpResponse, **changed: Any) -> dict[str, Any]:
    form = answer.context["form"]  # type: ignore[attr-defined]
    sent: dict[str, Any] = {"rules": len(getattr(form, "rules", []))}
    for part in (form, *getattr(form, "rules", [])):
        for bound in part:
            value = bound.value()
            if value is not None and value is not False and value != "":
                sent[bound.html_name] = value
    return sent | changed


def in_two_steps(client: Client, path: str, **changed: Any) -> HttpResponse:
    shown = client.post(path, typed(client.get(path), step="preview", **changed))
    assert shown.status_code == 200, shown.content.decode()
    return client.post(path, typed(shown, step="publish"))


def test_an_agent_opens_none_of_it_and_an_admin_all(client: Client, agent: User, admin: User) -> None:
    new = reverse("cases:settings_category_new", args=[of("home").pk])
    pages = [reverse("cases:settings_categories"), new, url("theft"), url("home")]
    client.force_login(agent)
    assert {client.get(page).status_code for page in pages} == {403}
    assert client.post(reverse("cases:settings_category_move", args=[of("theft").pk])).status_code == 403
    client.force_login(admin)
    assert {client.get(page).status_code for page in pages} == {200}


def test_the_tree_stands_in_groups_in_the_readers_language(as_lead: Client, lead: User) -> None:
    page = as_lead.get(reverse("cases:settings_categories")).content.decode()
    assert page.index("Harm to animals") < page.index(">Bite<") < page.index("Harm to people") < page.index(">Assault<")
    spanish = as_lead.get(reverse("cases:settings_categories"), headers={"accept-language": "es"})
    assert spanish.status_code == 200


def test_a_preview_says_how_many_cases_would_be_rated_otherwise(
    as_lead: Client, make_case: Callable[..., Case]
) -> None:
    for harm in ("serious", "serious", ""):
        make_case(people_hurt=harm)
    rule = {
        "rule0-answers": ["people_hurt:serious", "people_hurt:death"],
        "rule0-severity": "1",
        "rule0-en": "Badly hurt.",
    }
    shown = as_lead.post(url("theft"), typed(as_lead.get(url("theft")), step="preview", **rule))
    assert shown.context["outcome"] == (3, 2)
    assert of("theft").versions.count() == 1
    assert Category.objects.get(slug="theft").current.severity_rules == []


def test_a_rule_is_published_and_suggests_from_then_on(as_lead: Client, make_case: Callable[..., Case]) -> None:
    rule = {
        "rule0-answers": ["immediate_danger:True"],
        "rule0-severity": "1",
        "rule0-en": "They are still there.",
        "rule0-es": "Siguen ahí.",
    }
    assert in_two_steps(as_lead, url("theft"), level="2", **rule).status_code == 302
    version = of("theft").current
    assert (version.number, version.level) == (2, 2)
    assert version.severity_rules == [
        {
            "fact": "immediate_danger",
            "equals": [True],
            "severity": 1,
            "says": {"en": "They are still there.", "es": "Siguen ahí."},
        }
    ]
    assert make_case(immediate_danger=True).severity == 1
    assert make_case().severity == 3


def test_shipped_rules_read_back_the_same_and_one_is_removed(as_lead: Client) -> None:
    page = as_lead.get(url("injury-to-person"))
    assert "Emergency care: for a person or for both → SEV-1" in page.content.decode()
    shown = as_lead.post(url("injury-to-person"), typed(page, step="preview"))
    assert "Nothing differs" in shown.content.decode()
    in_two_steps(as_lead, url("injury-to-person"), **{"rule0-remove": "on"})
    assert [rule["fact"] for rule in of("injury-to-person").current.severity_rules] == ["people_hurt"]


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"es": ""}, "This field is required"),
        (
            {"rule0-answers": ["people_hurt:minor", "emergency_care:both"], "rule0-severity": "1", "rule0-en": "x"},
            "one fact",
        ),
        ({"rule0-answers": ["people_hurt:minor"]}, "Choose the severity"),
        ({"rule0-severity": "2"}, "Tick what has to be so"),
        ({"rule0-answers": ["people_hurt:minor"], "rule0-severity": "2"}, "Say why"),
        ({"rule0-answers": ["weather:rain"], "rule0-severity": "2", "rule0-en": "x"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_published_is_said_and_kept(as_lead: Client, changed: dict[str, Any], sentence: str) -> None:
    answer = as_lead.post(url("theft"), typed(as_lead.get(url("theft")), step="preview", en="Typed before", **changed))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert 'value="Typed before"' in page
    assert of("theft").versions.count() == 1


@pytest.mark.parametrize("step", ["preview", "publish"])
def test_a_newer_wording_is_told_and_nothing_typed_is_lost(as_lead: Client, manager: User, step: str) -> None:
    shown = as_lead.post(url("theft"), typed(as_lead.get(url("theft")), step="preview", en="Stolen things"))
    names = {"en": "Theft", "es": "Hurto", "pt": "Furto"}
    publish_category(
        of("theft"), names=names, level=1, severity=2, rules=[], is_active=True, by=manager, now=timezone.now()
    )
    answer = as_lead.post(url("theft"), typed(shown, step=step))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Ruth Adler published wording 2" in page
    assert 'value="Stolen things"' in page
    again = as_lead.post(url("theft"), typed(answer, step="preview"))
    assert as_lead.post(url("theft"), typed(again, step="publish")).status_code == 302
    assert of("theft").current.names["en"] == "Stolen things"


def test_a_category_is_added_to_a_group_and_offered_at_intake(as_lead: Client) -> None:
    path = reverse("cases:settings_category_new", args=[of("home").pk])
    said = {
        "en": "Lost keys",
        "es": "Llaves perdidas",
        "pt": "Chaves perdidas",
        "level": "1",
        "severity": "3",
        "is_active": "on",
    }
    assert in_two_steps(as_lead, path, **said).status_code == 302
    assert of("lost-keys").parent == of("home")
    assert ("lost-keys", "Lost keys") in dict(category_choices("en"))["Home and belongings"]
    twice = as_lead.post(
        path, typed(as_lead.post(path, typed(as_lead.get(path), step="preview", **said)), step="publish")
    )
    assert twice.status_code == 422
    assert "already" in twice.content.decode()


def test_a_category_under_a_category_is_not_found(as_lead: Client) -> None:
    assert as_lead.get(reverse("cases:settings_category_new", args=[of("theft").pk])).status_code == 404


def test_a_category_that_is_off_is_not_offered_any_more(as_lead: Client, case: Case) -> None:
    assert in_two_steps(as_lead, url("theft"), is_active="").status_code == 302
    assert "theft" not in dict(dict(category_choices("en"))["Home and belongings"])
    assert of("theft").versions.count() == 1
    assert case.incident.category.name() == "Theft"


def test_a_group_has_names_alone(as_lead: Client) -> None:
    assert "rule0" not in as_lead.get(url("home")).content.decode()
    assert in_two_steps(as_lead, url("home"), en="House").status_code == 302
    assert "House" in dict(category_choices("en"))


def test_order_is_changed_a_place_at_a_time_and_intake_follows(as_lead: Client) -> None:
    def group() -> list[str]:
        return [slug for slug, _name in dict(category_choices("en"))["Home and belongings"]]

    assert group() == ["unsafe-home", "property-damage", "theft"]
    move = reverse("cases:settings_category_move", args=[of("theft").pk])
    assert as_lead.post(move, {"to": "up"}).status_code == 302
    assert group() == ["unsafe-home", "theft", "property-damage"]
    for _time in range(3):
        as_lead.post(move, {"to": "up"})
    assert group() == ["theft", "unsafe-home", "property-damage"]
    assert [name for name, _children in category_choices("en")][2] == "Home and belongings"
    assert Entry.objects.filter(event="category.changed").count() == 2
    as_lead.post(reverse("cases:settings_category_move", args=[of("home").pk]), {"to": "up"})
    assert [name for name, _children in category_choices("en")][1] == "Home and belongings"
