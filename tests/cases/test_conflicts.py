"""Conflicts of interest: a case is not there for somebody who has one."""

import pytest

from cases.models import Case, Conflict
from cases.operations.access import declare_conflict
from cases.operations.editing import add_party
from cases.operations.moves import hand_over_case, take_case
from foundation.workflow.moves import MoveRefused
from people.models import ContactPoint, Person


def sees(user, case):
    return Case.objects.visible_to(user).filter(pk=case.pk).exists()


def test_her_own_is_declared_by_herself_and_the_case_is_gone_for_her(case, agent, now, happened):
    take_case(case, by=agent, now=now)
    declare_conflict(case, person=agent, reason="My neighbour.", by=agent, now=now)
    case.refresh_from_db()
    assert case.assignee is None
    assert not sees(agent, case)
    assert happened(case)[-1] == "access.conflict_declared"


@pytest.mark.parametrize("who", ["lead", "manager"])
def test_it_holds_for_leads_and_managers_too(case, now, request, who):
    person = request.getfixturevalue(who)
    assert sees(person, case)
    declare_conflict(case, person=person, reason="A relative.", by=person, now=now)
    assert not sees(person, case)


def test_declared_twice_it_is_one(case, agent, now):
    for _ in range(2):
        declare_conflict(case, person=agent, reason="My neighbour.", by=agent, now=now)
    assert Conflict.objects.count() == 1


def test_anothers_is_noted_by_a_senior_and_not_by_an_agent(case, agent, colleague, senior, now):
    with pytest.raises(MoveRefused, match="a senior's or a lead's"):
        declare_conflict(case, person=colleague, reason="His brother.", by=agent, now=now)
    declare_conflict(case, person=colleague, reason="His brother.", by=senior, now=now)
    assert not sees(colleague, case)


def test_an_offer_to_her_falls_away(case, agent, colleague, now):
    hand_over_case(case, to=colleague, by=agent, now=now)
    declare_conflict(case, person=colleague, reason="His brother.", by=colleague, now=now)
    assert case.hand_overs.get().accepted is False


def test_staff_who_become_a_party_are_shut_out_by_their_address(case, agent, colleague, now):
    person = Person.objects.create(name="Thomas Becker", created_at=now, updated_at=now)
    ContactPoint.objects.create(
        person=person, kind="email", value="Tom.Becker@example.com", normal="tom.becker@example.com", created_at=now
    )
    add_party(case, person=person, role="witness", capacity="involved", by=agent, now=now)
    assert not sees(colleague, case)
    assert sees(agent, case)


def test_what_the_interest_is_is_said(case, agent, now):
    with pytest.raises(MoveRefused, match="Say what the interest is"):
        declare_conflict(case, person=agent, reason=" ", by=agent, now=now)
