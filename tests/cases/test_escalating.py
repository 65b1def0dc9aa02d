"""Escalating a case by hand, and taking it back."""

import pytest

from cases.models import Conflict
from cases.operations.moves import de_escalate_case, escalate_case, resolve_case, take_case
from foundation.escalation.models import Escalation, Page
from foundation.workflow.moves import MoveRefused


def test_without_a_name_it_goes_to_the_lead_and_she_is_called(case, agent, lead, now, happened):
    escalated = escalate_case(case, reason="She threatens to sue.", by=agent, now=now)
    assert (escalated.escalated_to, escalated.state) == (lead, "new")
    assert "case.escalated" in happened(case)
    assert set(Page.objects.values_list("person__name", flat=True)) == {lead.name}


def test_by_name_it_goes_to_her(case, agent, senior, lead, now):
    assert escalate_case(case, to=senior, reason="Second opinion.", by=agent, now=now).escalated_to == senior
    assert Page.objects.filter(person=senior).exists()


def test_escalating_again_to_the_same_person_calls_once(case, agent, lead, now, happened):
    escalate_case(case, reason="Help.", by=agent, now=now)
    before = happened(case)
    escalate_case(case, reason="Help.", by=agent, now=now)
    assert happened(case) == before
    assert Escalation.objects.count() == 1


def test_to_another_the_earlier_call_ends(case, agent, senior, lead, now):
    escalate_case(case, reason="Help.", by=agent, now=now)
    escalate_case(case, to=senior, reason="She is away.", by=agent, now=now)
    assert sorted(Escalation.objects.values_list("state", flat=True)) == ["resolved", "triggered"]


def test_it_needs_a_reason(case, agent, lead, now):
    with pytest.raises(MoveRefused, match="Say why"):
        escalate_case(case, reason="  ", by=agent, now=now)


def test_it_does_not_go_to_one_who_does_not_see_the_case(case, agent, stranger, now):
    with pytest.raises(MoveRefused, match="Lucía Ferrer cannot be given this case"):
        escalate_case(case, to=stranger, reason="Help.", by=agent, now=now)


def test_a_lead_with_an_interest_is_not_whom_it_goes_to(case, agent, lead, now):
    Conflict.objects.create(case=case, user=lead, reason="Her sister.", declared_at=now)
    assert escalate_case(case, reason="Help.", by=agent, now=now).escalated_to is None
    assert not Page.objects.filter(person=lead).exists()


def test_the_owner_hears_that_somebody_else_escalated_it(case, agent, colleague, lead, now, told):
    take_case(case, by=agent, now=now)
    escalate_case(case, reason="Help.", by=colleague, now=now)
    assert told(agent) == ["case_escalated"]


def test_taken_back_nobody_is_called_any_more(case, agent, lead, now, happened):
    escalate_case(case, reason="Help.", by=agent, now=now)
    assert de_escalate_case(case, reason="Solved.", by=agent, now=now).escalated_to is None
    assert Escalation.objects.get().state == "resolved"
    assert happened(case)[-1] == "case.de_escalated"


def test_escalated_again_after_it_was_taken_back_a_new_call_starts(case, agent, lead, now):
    escalate_case(case, reason="Help.", by=agent, now=now)
    de_escalate_case(case, by=agent, now=now)
    escalate_case(case, reason="Again.", by=agent, now=now)
    assert Escalation.objects.count() == 2


def test_what_is_not_escalated_is_not_taken_back(case, agent, now):
    with pytest.raises(MoveRefused, match="It is not escalated"):
        de_escalate_case(case, by=agent, now=now)


def test_a_resolved_case_can_still_be_escalated(case, agent, lead, now):
    resolve_case(case, outcome="no_contact_possible", by=agent, now=now)
    assert escalate_case(case, reason="She disagrees.", by=agent, now=now).state == "resolved"
