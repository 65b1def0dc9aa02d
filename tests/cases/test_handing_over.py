"""Handing a case over: offered, then accepted or declined."""

import pytest
from django.utils import timezone

from cases.models import Case, CaseGrant, GrantKind
from cases.operations.moves import (
    accept_hand_over,
    assign_case,
    decline_hand_over,
    hand_over_case,
    resolve_case,
    take_case,
    wait_case,
)
from cases.workflow import CaseState
from foundation.workflow.moves import MoveRefused


@pytest.fixture
def mine(case, agent, now):
    return take_case(case, by=agent, now=now)


def test_the_old_owner_stays_responsible_until_it_is_accepted(mine, agent, colleague, now, happened, told):
    offered = hand_over_case(mine, to=colleague, note="Call her at five.", by=agent, now=now)
    assert (offered.assignee, offered.state) == (agent, CaseState.OPEN)
    assert happened(mine)[-1] == "case.handed_over"
    assert told(colleague) == ["hand_over_offered"]


def test_once_accepted_the_case_is_open_under_its_new_owner(mine, agent, colleague, now, happened, told):
    wait_case(mine, on="vet", by=agent, now=now)
    hand_over_case(mine, to=colleague, by=agent, now=now)
    accepted = accept_hand_over(mine, by=colleague, now=now)
    assert (accepted.assignee, accepted.state, accepted.waiting_on) == (colleague, CaseState.OPEN, "")
    assert "case.hand_over_accepted" in happened(mine)
    assert told(agent) == ["hand_over_accepted"]


def test_accepting_twice_changes_nothing(mine, agent, colleague, now, happened):
    hand_over_case(mine, to=colleague, by=agent, now=now)
    accept_hand_over(mine, by=colleague, now=now)
    before = happened(mine)
    accept_hand_over(mine, by=colleague, now=now)
    assert happened(mine) == before


def test_declined_it_stays_with_its_owner(mine, agent, colleague, now, told):
    hand_over_case(mine, to=colleague, by=agent, now=now)
    assert decline_hand_over(mine, reason="Full until Monday.", by=colleague, now=now).assignee == agent
    assert told(agent) == ["hand_over_declined"]


def test_the_owner_withdraws_her_offer(mine, agent, colleague, now):
    hand_over_case(mine, to=colleague, by=agent, now=now)
    decline_hand_over(mine, by=agent, now=now)
    with pytest.raises(MoveRefused, match="not offered to you"):
        accept_hand_over(mine, by=colleague, now=now)


def test_only_whom_it_is_offered_to_answers(mine, agent, colleague, senior, now):
    hand_over_case(mine, to=colleague, by=agent, now=now)
    with pytest.raises(MoveRefused, match="not offered to you"):
        accept_hand_over(mine, by=senior, now=now)
    with pytest.raises(MoveRefused, match="not offered to you"):
        decline_hand_over(mine, by=senior, now=now)


def test_a_case_is_offered_to_one_at_a_time(mine, agent, colleague, senior, now):
    hand_over_case(mine, to=colleague, by=agent, now=now)
    with pytest.raises(MoveRefused, match="already offered to Tom Becker"):
        hand_over_case(mine, to=senior, by=agent, now=now)


def test_somebody_elses_case_is_assigned_not_handed_over(mine, colleague, senior, now):
    with pytest.raises(MoveRefused, match="Its owner hands it over"):
        hand_over_case(mine, to=senior, by=colleague, now=now)


def test_it_is_not_offered_to_her_who_has_it(mine, agent, now):
    with pytest.raises(MoveRefused, match="hers already"):
        hand_over_case(mine, to=agent, by=agent, now=now)


def test_resolving_lets_the_offer_fall_away(mine, agent, colleague, now):
    hand_over_case(mine, to=colleague, by=agent, now=now)
    resolve_case(mine, outcome="no_contact_possible", by=agent, now=now)
    assert mine.hand_overs.get().accepted is False


def test_with_the_offer_comes_sight_until_the_answer(make_case, agent, senior, now):
    now = timezone.now()
    case = make_case(category="assault", at=now, received_at=now)
    assert not Case.objects.visible_to(senior).filter(pk=case.pk).exists()
    hand_over_case(case, to=senior, note="She was hit.", by=agent, now=now)
    assert Case.objects.visible_to(senior).filter(pk=case.pk).exists()
    decline_hand_over(case, by=senior, now=now)
    assert not Case.objects.visible_to(senior).filter(pk=case.pk).exists()


def test_whoever_opened_it_reads_no_longer_once_it_is_handed_over(make_case, agent, senior, now):
    now = timezone.now()
    case = make_case(category="assault", at=now, received_at=now)
    hand_over_case(case, to=senior, by=agent, now=now)
    assert Case.objects.visible_to(agent).filter(pk=case.pk).exists()
    accept_hand_over(case, by=senior, now=now)
    assert not Case.objects.visible_to(agent).filter(pk=case.pk).exists()
    assert Case.objects.visible_to(senior).filter(pk=case.pk).exists()
    assert not CaseGrant.objects.filter(case=case, kind=GrantKind.SHARED, ended_at__isnull=True).exists()


def test_a_new_case_that_nobody_owns_can_be_offered(case, agent, colleague, now):
    hand_over_case(case, to=colleague, by=agent, now=now)
    assert accept_hand_over(case, by=colleague, now=now).assignee == colleague


def test_an_offer_above_her_ceiling_by_now_is_not_accepted(mine, agent, colleague, lead, now):
    hand_over_case(mine, to=colleague, by=agent, now=now)
    Case.objects.filter(pk=mine.pk).update(confidentiality=3)
    with pytest.raises(MoveRefused, match="cannot be given"):
        accept_hand_over(mine, by=colleague, now=now)
    assert assign_case(mine, to=lead, by=lead, now=now).assignee == lead
