"""Assigning a case, and putting it back into the queue."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.forms import AssignForm
from cases.models import Case, Conflict
from cases.operations.access import share_case
from cases.operations.bulk import bulk_assign, undo_bulk
from cases.operations.moves import assign_case, hand_over_case, take_case, undo_assign
from cases.policies import AlreadyTaken, case_offers
from cases.workflow import CaseState
from foundation.accounts.models import User
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


def test_ones_own_case_goes_back_into_the_queue(case, agent, now, happened):
    take_case(case, by=agent, now=now)
    assert assign_case(case, to=None, by=agent, now=now).assignee is None
    assert happened(case)[-1] == "case.released"


@pytest.mark.parametrize("who", ["agent", "senior", "claims"])
@pytest.mark.parametrize("to", ["senior", None])
def test_a_colleagues_case_is_a_leads_to_assign(case, agent, colleague, lead, now, request, who, to):
    assign_case(case, to=colleague, by=lead, now=now)
    by, other = request.getfixturevalue(who), request.getfixturevalue(to) if to else None
    if who == "claims":
        share_case(case, to=by, reason="A second pair of eyes.", by=lead, now=now)
    with pytest.raises(AlreadyTaken, match="Tom Becker has this case"):
        assign_case(case, to=other, by=by, now=now)
    assert assign_case(case, to=other, by=lead, now=now).assignee == other


def test_a_colleagues_case_shows_why_it_is_not_to_be_assigned(case, agent, colleague, lead, now):
    assign_case(case, to=colleague, by=agent, now=now)
    case.refresh_from_db()
    refusals = {offer.move.name: offer.refusal for offer in case_offers(case, by=agent)}
    assert refusals["assign"] == "Tom Becker has this case. A lead can assign it to somebody else."
    assert refusals["hand_over"] == "Its owner hands it over, or a lead assigns it."
    refusals = {offer.move.name: offer.refusal for offer in case_offers(case, by=lead)}
    assert refusals["assign"] is None
    assert refusals["take"] == "Tom Becker has this case. You can assign it."


def test_ones_own_case_goes_to_a_colleague_by_handing_it_over(case, agent, colleague, now):
    take_case(case, by=agent, now=now)
    with pytest.raises(MoveRefused, match="Hand it over"):
        assign_case(case, to=colleague, by=agent, now=now)


def test_the_form_of_ones_own_case_offers_the_queue_alone(case, agent, colleague, lead, now):
    take_case(case, by=agent, now=now)
    case.refresh_from_db()
    staff = [(colleague.pk, colleague.name)]
    assert [value for value, _name in AssignForm(case=case, reader=agent, staff=staff).fields["to"].choices] == [""]
    assert staff[0] in AssignForm(case=case, reader=lead, staff=staff).fields["to"].choices


def test_the_case_of_somebody_who_left_is_anybodys_to_assign(case, agent, colleague, senior, now):
    assign_case(case, to=colleague, by=agent, now=now)
    User.objects.filter(pk=colleague.pk).update(is_active=False, deactivated_at=now)
    assert assign_case(case, to=senior, by=agent, now=now).assignee == senior


class TestUndo:
    """Whoever assigned takes it back for a while, with the right to reassign or without."""

    def test_the_case_is_nobodys_again(self, case, agent, colleague, now, happened):
        assign_case(case, to=colleague, by=agent, now=now)
        assert undo_assign(case, by=agent, now=now).assignee is None
        assert happened(case)[-1] == "case.released"

    def test_it_is_hers_again_from_whom_a_lead_took_it(self, case, agent, colleague, lead, now):
        take_case(case, by=agent, now=now)
        assign_case(case, to=colleague, by=lead, now=now)
        assert undo_assign(case, by=lead, now=now).assignee == agent

    def test_it_is_nobody_elses_to_take_back(self, case, agent, colleague, senior, now):
        assign_case(case, to=colleague, by=agent, now=now)
        with pytest.raises(MoveRefused, match="changed hands"):
            undo_assign(case, by=senior, now=now)

    def test_what_changed_hands_since_stays(self, case, agent, colleague, now):
        assign_case(case, to=colleague, by=agent, now=now)
        take_case(case, by=colleague, now=now)
        with pytest.raises(MoveRefused, match="changed hands"):
            undo_assign(case, by=agent, now=now)

    def test_after_a_quarter_of_an_hour_it_stays(self, case, agent, colleague):
        assign_case(case, to=colleague, by=agent, now=timezone.now())
        with pytest.raises(MoveRefused, match="Too long"):
            undo_assign(case, by=agent, now=timezone.now() + timedelta(minutes=16))


class TestBulk:
    """Many at once: a result for each, and the way back."""

    def test_each_case_has_its_own_result(self, make_case, agent, colleague, senior, now):
        mine, hers, free = make_case(), make_case(), make_case()
        take_case(mine, by=agent, now=now)
        take_case(hers, by=colleague, now=now)
        cases = [Case.objects.get(pk=case.pk) for case in (mine, hers, free)]
        results = bulk_assign(cases, to=senior, by=agent, now=now)
        assert [result.done for result in results] == [False, False, True]
        assert "Hand it over" in results[0].sentence
        assert "Tom Becker has this case" in results[1].sentence

    def test_an_agent_undoes_her_own(self, make_case, agent, colleague, senior, now):
        free, hers = make_case(), make_case()
        take_case(hers, by=colleague, now=now)
        cases = [Case.objects.get(pk=case.pk) for case in (free, hers)]
        back = {result.reference: result.back for result in bulk_assign(cases, to=colleague, by=agent, now=now)}
        undone = undo_bulk(Case.objects.filter(pk__in=[free.pk, hers.pk]), back=back, by=agent, now=now)
        assert all(result.done for result in undone)
        assert Case.objects.get(pk=free.pk).assignee is None
        assert Case.objects.get(pk=hers.pk).assignee == colleague


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


def test_assigning_withdraws_an_open_offer(case, agent, colleague, senior, lead, now, happened):
    take_case(case, by=agent, now=now)
    hand_over_case(case, to=colleague, by=agent, now=now)
    assign_case(case, to=senior, by=lead, now=now)
    assert not case.hand_overs.filter(answered_at__isnull=True).exists()
    assert happened(case)[-2:] == ["case.hand_over_declined", "case.assigned"]


def test_a_claims_specialist_is_given_a_case_of_another_team(case, agent, claims, now):
    assert assign_case(case, to=claims, by=agent, now=now).assignee == claims
