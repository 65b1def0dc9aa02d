"""At the end of a shift: what is hers, one note, one click, a result for each case, and the way back."""

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse

from cases.models import Case, HandOver
from cases.operations.contacts import record_contact
from cases.operations.moves import hand_over_case, take_case
from cases.operations.work import add_task

pytestmark = pytest.mark.django_db
URL = "/hand-over/"


@pytest.fixture(autouse=True)
def _second_factor_is_optional(settings: Any) -> None:
    settings.DEMO = True


@pytest.fixture
def mine(make_case, agent, now):
    return [take_case(make_case(title=f"Theft {number}"), by=agent, now=now) for number in range(3)]


@pytest.fixture
def as_agent(client, agent):
    client.force_login(agent)
    return client


def fresh(case):
    return Case.objects.get(pk=case.pk)


def sent(cases, to, note=""):
    return {"case": [case.pk for case in cases], "to": str(to), "note": note}


def test_she_sees_what_is_hers_what_is_due_and_what_is_unanswered(as_agent, mine, agent, now):
    record_contact(
        mine[0], direction="in", channel="email", party=None, occurred_at=now, body="Where are they?", by=agent, now=now
    )
    add_task(mine[1], title="Call the jeweller", assignee=agent, due_at=now + timedelta(hours=2), by=agent, now=now)
    page = as_agent.get(URL)
    assert {entry["case"].pk for entry in page.context["rows"]} == {case.pk for case in mine}
    assert page.context["unanswered"] == 1
    assert "Call the jeweller" in page.content.decode()


def test_one_click_offers_all_that_is_ticked_to_one_colleague(as_agent, mine, agent, colleague):
    assert as_agent.post(URL, sent(mine[:2], colleague.pk, "The police call at six")).status_code == 302
    offers = HandOver.objects.filter(answered_at=None)
    assert {offer.case_id for offer in offers} == {case.pk for case in mine[:2]}
    assert {offer.note for offer in offers} == {"The police call at six"}
    assert {fresh(case).assignee for case in mine} == {agent}
    page = as_agent.get(URL).content.decode()
    assert "Done on 2 of 2." in page
    assert "offered to Tom Becker" in page


def test_each_case_has_its_own_result(as_agent, mine, agent, colleague, senior, now):
    hand_over_case(mine[0], to=senior, by=agent, now=now)
    as_agent.post(URL, sent(mine, colleague.pk))
    page = as_agent.get(URL).content.decode()
    assert "Done on 2 of 3." in page
    assert "It is already offered to Priya Nair." in page


def test_back_to_the_queue_leaves_them_without_an_owner(as_agent, mine):
    as_agent.post(URL, sent(mine, "queue", "My shift is over"))
    assert {fresh(case).assignee for case in mine} == {None}


@pytest.mark.parametrize("to", ["queue", "colleague"])
def test_it_can_be_undone(as_agent, mine, agent, colleague, to):
    as_agent.post(URL, sent(mine, colleague.pk if to == "colleague" else "queue"))
    as_agent.get(URL)
    answer = as_agent.post(reverse("cases:handing_over_undo"), follow=True)
    assert "3 cases are yours as before." in answer.content.decode()
    assert {fresh(case).assignee for case in mine} == {agent}
    assert not HandOver.objects.filter(answered_at=None).exists()


def test_what_has_changed_since_is_not_undone(as_agent, mine, colleague, now):
    as_agent.post(URL, sent(mine[:1], "queue"))
    take_case(mine[0], by=colleague, now=now)
    answer = as_agent.post(reverse("cases:handing_over_undo"), follow=True)
    assert f"{mine[0].reference} has changed since." in answer.content.decode()
    assert fresh(mine[0]).assignee == colleague


def test_the_colleague_accepts_all_at_once(client, as_agent, mine, agent, colleague):
    as_agent.post(URL, sent(mine, colleague.pk))
    client.force_login(colleague)
    assert len(client.get(URL).context["offers"]) == 3
    client.post(reverse("cases:handing_over_accept"), {"case": [case.pk for case in mine]})
    assert {fresh(case).assignee for case in mine} == {colleague}


def test_nobody_hands_over_what_is_not_hers(client, mine, colleague, agent):
    client.force_login(colleague)
    answer = client.post(URL, sent(mine, agent.pk))
    assert answer.status_code == 422
    assert {fresh(case).assignee for case in mine} == {agent}


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"to": ""}, "Choose a colleague, or the queue."),
        ({"to": "999999"}, "Select a valid choice."),
        ({"case": []}, "No case is ticked. Nothing was handed over."),
        ({"note": "x" * 5_001}, "5001 characters, and 5000 fit."),
    ],
)
def test_bad_input_changes_nothing_and_keeps_what_was_typed(as_agent, mine, colleague, changed, sentence):
    answer = as_agent.post(URL, sent(mine, colleague.pk, "A note") | changed)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not HandOver.objects.exists()


def test_with_nothing_of_hers_the_page_says_so(as_agent):
    assert "Nothing is yours" in as_agent.get(URL).content.decode()
