"""Taking a case."""

from datetime import timedelta

import pytest

from cases.models import CaseGrant, GrantKind
from cases.operations.moves import assign_case, take_case, wait_case
from cases.policies import AlreadyTaken, case_offers
from cases.workflow import CaseState
from foundation.accounts.models import ApiKey
from foundation.workflow.moves import MoveRefused


def test_a_taken_case_is_hers_and_open(case, agent, now, happened):
    taken = take_case(case, by=agent, now=now)
    assert (taken.assignee, taken.state) == (agent, CaseState.OPEN)
    assert happened(case)[-1] == "case.taken"


def test_taking_her_own_case_again_changes_nothing(case, agent, now, happened):
    take_case(case, by=agent, now=now)
    before = happened(case)
    take_case(case, by=agent, now=now + timedelta(minutes=1))
    assert happened(case) == before


def test_a_case_assigned_to_her_opens_when_she_takes_it(case, agent, colleague, now):
    assign_case(case, to=colleague, by=agent, now=now)
    assert take_case(case, by=colleague, now=now).state == CaseState.OPEN


def test_the_second_is_told_who_has_it_and_since_when(case, agent, colleague, now):
    take_case(case, by=agent, now=now)
    with pytest.raises(AlreadyTaken) as refused:
        take_case(case, by=colleague, now=now)
    assert refused.value.by == agent
    assert refused.value.at is not None
    assert "Maya Osei" in str(refused.value)


def test_a_waiting_case_that_nobody_owns_is_open_once_taken(case, agent, colleague, now):
    take_case(case, by=agent, now=now)
    wait_case(case, on="vet", by=agent, now=now)
    assign_case(case, to=None, by=agent, now=now)
    taken = take_case(case, by=colleague, now=now)
    assert (taken.state, taken.waiting_on) == (CaseState.OPEN, "")
    assert not taken.clocks.filter(state="paused").exists()


def test_a_resolved_case_is_not_taken(case, agent, now):
    case.state, case.outcome, case.resolved_at = CaseState.RESOLVED, "helped", now
    case.save()
    with pytest.raises(MoveRefused, match="not open to a record that is resolved"):
        take_case(case, by=agent, now=now)


def test_an_integration_takes_no_case(case, integration, now):
    key = ApiKey.objects.create(
        integration=integration, prefix="p", sha256="0" * 64, scopes=["moves:write"], created_at=now
    )
    with pytest.raises(MoveRefused, match="not among what your role may do"):
        take_case(case, by=key, now=now)


def test_who_reads_a_case_for_a_while_does_not_take_it(make_case, agent, now):
    case = make_case(category="assault")
    assert CaseGrant.objects.get(case=case).kind == GrantKind.OPENED_HERE
    with pytest.raises(MoveRefused, match="You read this case for a while"):
        take_case(case, by=agent, now=now)


def test_the_offer_of_taking_says_who_has_the_case(case, agent, colleague, now):
    case = take_case(case, by=agent, now=now)
    offers = {offer.move.name: offer.refusal for offer in case_offers(case, by=colleague)}
    assert offers["take"] == offers["assign"] == "Maya Osei has this case. A lead can assign it to somebody else."
    assert "close" not in offers
