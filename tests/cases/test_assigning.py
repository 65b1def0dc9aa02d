"""Assigning a case, and putting it back into the queue."""

import pytest

from cases.models import Conflict
from cases.operations.moves import assign_case, hand_over_case, take_case
from cases.workflow import CaseState
from foundation.workflow.moves import MoveRefused


def test_an_assigned_case_is_hers_and_stays_new_until_she_takes_it(case, agent, colleague, now, happened, told):
    assigned = assign_case(case, to=colleague, reason="She knows the pro.", by=agent, now=now)
    assert (assigned.assignee, assigned.state) == (colleague, CaseState.NEW)
    assert happened(case)[-1] == "case.assigned"
    assert told(colleague) == ["case_assigned"]


def test_assigning_to_her_who_has_it_changes_nothing(case, agent, colleague, now, happened, told):
    assign_case(case, to=colleague, by=agent, now=now)
    before = happened(case)
    assign_case(case, to=colleague, by=agent, now=now)
    assert happened(case) == before
    assert told(colleague) == ["case_assigned"]


def test_nobody_hears_of_her_own_deed(case, agent, now, told):
    assign_case(case, to=agent, by=agent, now=now)
    assert told(agent) == []


def test_a_case_goes_back_into_the_queue(case, agent, colleague, now, happened):
    assign_case(case, to=colleague, by=agent, now=now)
    assert assign_case(case, to=None, by=agent, now=now).assignee is None
    assert happened(case)[-1] == "case.released"


@pytest.mark.parametrize("who", ["admin", "quality", "finance", "legal"])
def test_a_role_that_works_no_cases_is_not_given_one(case, agent, now, request, who):
    with pytest.raises(MoveRefused, match="cannot be given this case"):
        assign_case(case, to=request.getfixturevalue(who), by=agent, now=now)


def test_a_case_above_her_ceiling_is_not_given_to_her(make_case, agent, lead, senior, now):
    case = make_case(category="assault", by=lead)
    with pytest.raises(MoveRefused, match="Maya Osei cannot be given this case"):
        assign_case(case, to=agent, by=lead, now=now)
    assert assign_case(case, to=senior, by=lead, now=now).assignee == senior


def test_whoever_has_an_interest_in_it_is_refused_in_the_same_words(case, agent, colleague, now):
    Conflict.objects.create(case=case, user=colleague, reason="His neighbour.", declared_at=now)
    with pytest.raises(MoveRefused) as refused:
        assign_case(case, to=colleague, by=agent, now=now)
    assert str(refused.value) == "Tom Becker cannot be given this case."


def test_somebody_who_left_is_not_given_a_case(case, agent, colleague, now):
    colleague.is_active = False
    colleague.deactivated_at = now
    colleague.save()
    with pytest.raises(MoveRefused, match="cannot be given"):
        assign_case(case, to=colleague, by=agent, now=now)


def test_assigning_withdraws_an_open_offer(case, agent, colleague, senior, now, happened):
    take_case(case, by=agent, now=now)
    hand_over_case(case, to=colleague, by=agent, now=now)
    assign_case(case, to=senior, by=agent, now=now)
    assert not case.hand_overs.filter(answered_at__isnull=True).exists()
    assert happened(case)[-2:] == ["case.hand_over_declined", "case.assigned"]


def test_a_claims_specialist_is_given_a_case_of_another_team(case, agent, claims, now):
    assert assign_case(case, to=claims, by=agent, now=now).assignee == claims
