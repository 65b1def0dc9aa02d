"""Pages of sharing the work: a team's rule, how the work stands, and what a member of staff may be given."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import AssignmentRuleVersion, Case
from cases.operations.assignment_rules import Terms, publish_rule
from cases.operations.routing import sweep_queues
from foundation.accounts.models import Skills
from foundation.accounts.operations import set_skills
from foundation.accounts.policies import StaffChangeRefused
from foundation.audit.models import Entry

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _second_factor_is_optional(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def as_lead(client, lead):
    client.force_login(lead)
    return client


@pytest.fixture
def rule_url(team):
    return reverse("cases:settings_rule", args=[team.pk])


def typed(answer, **changed):
    fields = {bound.html_name: bound.value() for bound in answer.context["form"]}
    return {name: value for name, value in fields.items() if value not in (None, "") and value is not False} | changed


def test_a_lead_previews_what_would_be_given_and_switches_the_rule_on(as_lead, case, agent, on_shift, rule_url):
    on_shift(agent)
    sent = typed(as_lead.get(rule_url), is_on="on", step="preview")
    shown = as_lead.post(rule_url, sent)
    assert shown.context["outcome"] == {"given": 1, "left": 0, "is_on": True}
    assert case.reference in shown.content.decode()
    assert not AssignmentRuleVersion.objects.exists()
    saved = as_lead.post(rule_url, typed(shown, is_on="on", step="publish"))
    assert saved.status_code == 302
    assert AssignmentRuleVersion.objects.get().is_on
    assert Case.objects.get(pk=case.pk).assignee is None  # the sweep gives it, not the page
    history = as_lead.get(rule_url).content.decode()
    assert "Ana Duarte" in history


def test_what_was_not_previewed_is_not_published(as_lead, agent, rule_url):
    sent = typed(as_lead.get(rule_url), is_on="on", step="publish")
    assert as_lead.post(rule_url, sent).status_code == 200
    assert not AssignmentRuleVersion.objects.exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"capacity": "-1"}, "Everybody else: a capacity is 0 points or more."),
        ({"weight_1": "0"}, "A case of each severity counts from 1 to 1000 points."),
        ({"capacity": "a lot"}, "Enter a whole number."),
    ],
)
def test_bad_numbers_come_back_with_a_sentence(as_lead, agent, rule_url, changed, sentence):
    answer = as_lead.post(rule_url, typed(as_lead.get(rule_url), is_on="on", step="preview", **changed))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_negative_capacity_of_a_person_names_her(as_lead, agent, rule_url):
    answer = as_lead.post(rule_url, typed(as_lead.get(rule_url), step="preview", **{f"capacity_{agent.pk}": "-2"}))
    assert "Maya Osei: a capacity is 0 points or more." in answer.content.decode()


def test_a_team_without_people_gets_no_rule(client, admin, other_team):
    client.force_login(admin)
    url = reverse("cases:settings_rule", args=[other_team.pk])
    answer = client.post(url, typed(client.get(url), is_on="on", step="preview"))
    assert answer.status_code == 422
    assert "España has nobody to give cases to. Add members first." in answer.content.decode()


def test_a_severity_that_fits_nobody_is_pointed_out(as_lead, agent, rule_url):
    answer = as_lead.post(rule_url, typed(as_lead.get(rule_url), is_on="on", capacity="3", step="preview"))
    assert "Nobody has room for SEV-1, SEV-2" in answer.content.decode()


def test_somebody_else_was_faster(as_lead, agent, team, manager, rule_url, now):
    sent = typed(as_lead.get(rule_url), is_on="on", step="preview")
    publish_rule(team, terms=Terms(capacity=7), by=manager, now=now)
    answer = as_lead.post(rule_url, sent)
    assert answer.status_code == 409
    assert "Ruth Adler" in answer.content.decode()


def test_an_admin_sees_how_many_but_no_case(client, admin, case, agent, on_shift, rule_url):
    on_shift(agent)
    client.force_login(admin)
    answer = client.post(rule_url, typed(client.get(rule_url), is_on="on", step="preview"))
    assert answer.context["outcome"]["given"] == 1
    assert case.reference not in answer.content.decode()


def test_the_list_of_rules_says_which_are_on(as_lead, agent, team, lead, now):
    publish_rule(team, terms=Terms(is_on=True), by=lead, now=now)
    page = as_lead.get(reverse("cases:settings_workload")).content.decode()
    assert "United States" in page
    assert "8, 4, 2, 1" in page


def test_a_lead_sees_who_has_how_much_and_why_a_case_is_left(as_lead, make_case, agent, lead, team, on_shift, now):
    make_case()
    on_shift(agent)
    publish_rule(team, terms=Terms(is_on=True), by=lead, now=now)
    set_skills(agent, languages=["en"], markets=[], kinds=[], by=lead, now=now)
    sweep_queues(now)
    left = make_case(title="Picada de abelha", language="pt")
    page = as_lead.get(reverse("cases:workload")).content.decode()
    assert "2 of 24" in page
    assert left.reference in page
    assert "Nobody on shift speaks its language." in page


def test_an_agent_has_no_page_of_workload(client, agent):
    client.force_login(agent)
    assert client.get(reverse("cases:workload")).status_code == 403


def test_a_manager_sees_every_team(client, manager, team, other_team):
    client.force_login(manager)
    page = client.get(reverse("cases:workload")).content.decode()
    assert "United States" in page
    assert "España" in page


def test_the_page_of_a_case_says_why_a_rule_gave_it_to_its_owner(client, case, agent, lead, team, on_shift, now):
    on_shift(agent)
    publish_rule(team, terms=Terms(is_on=True), by=lead, now=now)
    sweep_queues(now)
    client.force_login(agent)
    assert (
        'title="Given by rule: the only one on shift who fits and has room."'
        in client.get(case.get_absolute_url()).content.decode()
    )


def test_her_lead_says_what_she_is_given(as_lead, agent):
    url = reverse("accounts:skills", args=[agent.pk])
    assert as_lead.post(url, {"languages": "es-MX, en", "markets": "us", "kinds": ["incident"]}).status_code == 302
    skills = Skills.objects.get(user=agent)
    assert (skills.languages, skills.markets, skills.kinds) == (["en", "es"], ["US"], ["incident"])
    assert Entry.objects.filter(event="staff.skills_changed", subject_id=str(agent.pk)).count() == 1


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"languages": "klingon"}, "There is no language “klingon”. Write codes such as es or pt."),
        ({"markets": "USA"}, "“USA” is no market. Write two letters, such as US."),
    ],
)
def test_an_unknown_language_or_market_is_refused(as_lead, agent, sent, sentence):
    answer = as_lead.post(reverse("accounts:skills", args=[agent.pk]), sent)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Skills.objects.exists()


def test_a_lead_of_another_team_only_reads_it(client, make_user, other_team, agent):
    other = make_user("Inés Prat", "lead", other_team)
    other_team.lead = other
    other_team.save()
    client.force_login(other)
    url = reverse("accounts:skills", args=[agent.pk])
    assert "The lead of her team says which cases Maya Osei is given." in client.get(url).content.decode()
    assert client.post(url, {"languages": "es"}).status_code == 409
    with pytest.raises(StaffChangeRefused):
        set_skills(agent, languages=["es"], markets=[], kinds=[], by=other, now=timezone.now())
