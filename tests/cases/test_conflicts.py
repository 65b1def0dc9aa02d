"""Conflicts of interest: a case is not there for somebody who has one."""

import pytest

from cases.models import Case, Conflict
from cases.operations.access import conflicts_left, declare_conflict, withdraw_conflict
from cases.operations.editing import add_party, remove_party
from cases.operations.moves import escalate_case, hand_over_case, take_case
from foundation.accounts.permissions import Role
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


@pytest.fixture
def with_address_of(now):
    """Makes a person who has the address of somebody of the staff."""

    def make(user):
        person = Person.objects.create(name=f"Namesake of {user.name}", created_at=now, updated_at=now)
        email = user.email.lower()
        ContactPoint.objects.create(person=person, kind="email", value=email, normal=email, created_at=now)
        return person

    return make


class TestTold:
    """By somebody else's deed a case is gone for whoever held it or watches over it: a lead who sees it hears."""

    @pytest.mark.parametrize("holds", ["assignee", "escalated_to", "nothing"])
    def test_that_its_holder_is_shut_out_is_told_to_the_lead(
        self, case, agent, colleague, lead, manager, now, told, with_address_of, holds
    ):
        if holds == "assignee":
            take_case(case, by=colleague, now=now)
        if holds == "escalated_to":
            escalate_case(case, to=colleague, reason="A second look.", by=agent, now=now)
        place = add_party(
            case, person=with_address_of(colleague), role="witness", capacity="involved", by=agent, now=now
        )
        case.refresh_from_db()
        assert (case.assignee, case.escalated_to) == (None, None)
        assert Conflict.objects.get().noted_for == place.person
        assert told(lead).count("conflict_noted") == (holds != "nothing")
        assert "conflict_noted" not in told(colleague) + told(manager)

    def test_that_the_only_lead_is_shut_out_is_told_above_her(
        self, case, agent, lead, manager, legal, now, told, with_address_of
    ):
        add_party(case, person=with_address_of(lead), role="witness", capacity="involved", by=agent, now=now)
        assert "conflict_noted" in told(manager)
        assert "conflict_noted" not in told(lead)

    def test_another_lead_of_the_team_hears_it_before_those_above(
        self, case, agent, lead, make_user, team, manager, now, told, with_address_of
    ):
        second = make_user("Ida Holm", Role.LEAD, team)
        add_party(case, person=with_address_of(lead), role="witness", capacity="involved", by=agent, now=now)
        assert told(second) == ["conflict_noted"]
        assert "conflict_noted" not in told(manager)

    def test_what_one_declares_of_oneself_is_told_to_nobody(self, case, agent, lead, now, told):
        take_case(case, by=agent, now=now)
        declare_conflict(case, person=agent, reason="My neighbour.", by=agent, now=now)
        assert "conflict_noted" not in told(lead)

    def test_that_somebody_of_legal_is_shut_out_is_told(
        self, case, agent, manager, lead, legal, now, told, with_address_of
    ):
        Case.objects.filter(pk=case.pk).update(flagged_for_legal=True)
        add_party(case, person=with_address_of(legal), role="witness", capacity="involved", by=agent, now=now)
        assert told(lead) == ["conflict_noted"]


class TestWithdrawing:
    """A lead, a manager or legal takes back what somebody else noted."""

    @pytest.fixture
    def noted(self, case, agent, colleague, now, with_address_of):
        add_party(case, person=with_address_of(colleague), role="witness", capacity="involved", by=agent, now=now)
        return Conflict.objects.get()

    @pytest.mark.parametrize("who", ["lead", "manager"])
    def test_she_sees_the_case_again(self, case, noted, colleague, now, happened, request, who):
        withdraw_conflict(noted, reason="A namesake.", by=request.getfixturevalue(who), now=now)
        assert sees(colleague, case)
        assert happened(case)[-1] == "access.conflict_withdrawn"

    def test_taken_back_twice_it_is_gone_once(self, case, noted, lead, now, happened):
        for _ in range(2):
            withdraw_conflict(noted, reason="A namesake.", by=lead, now=now)
        assert happened(case).count("access.conflict_withdrawn") == 1

    def test_a_reason_is_said(self, noted, lead, now):
        with pytest.raises(MoveRefused, match="Say why it was none"):
            withdraw_conflict(noted, reason=" ", by=lead, now=now)

    @pytest.mark.parametrize("who", ["agent", "senior", "claims", "colleague"])
    def test_it_is_nobody_elses_to_take_back(self, noted, now, request, who):
        with pytest.raises(MoveRefused, match="not among what your role may do"):
            withdraw_conflict(noted, reason="A namesake.", by=request.getfixturevalue(who), now=now)

    def test_neither_who_noted_it_nor_who_is_shut_out_takes_it_back(
        self, case, lead, make_user, team, now, with_address_of
    ):
        second = make_user("Ida Holm", Role.LEAD, team)
        add_party(case, person=with_address_of(second), role="witness", capacity="involved", by=lead, now=now)
        for who in (lead, second):
            with pytest.raises(MoveRefused):
                withdraw_conflict(Conflict.objects.get(), reason="A namesake.", by=who, now=now)

    def test_what_she_declared_herself_stays(self, case, agent, lead, now):
        noted = declare_conflict(case, person=agent, reason="My neighbour.", by=agent, now=now)
        with pytest.raises(MoveRefused, match="She declared it herself"):
            withdraw_conflict(noted, reason="He moved away.", by=lead, now=now)

    def test_removing_the_wrong_party_offers_to_open_the_case_again(
        self, case, noted, lead, manager, now, client, settings
    ):
        settings.DEMO = True
        client.force_login(lead, backend="allauth.account.auth_backends.AuthenticationBackend")
        place = case.parties.get(person=noted.noted_for)
        assert not conflicts_left(case).exists()
        answer = client.post(f"/cases/{case.reference}/parties/{place.pk}/remove/", follow=True)
        said = answer.content.decode()
        assert answer.redirect_chain[-1][0].startswith(f"/cases/{case.reference}/access/")
        assert "shut to Tom Becker" in said
        assert "That place is gone" in said
        client.post(f"/cases/{case.reference}/conflicts/{noted.pk}/withdraw/", {"reason": "A namesake."})
        assert not Conflict.objects.exists()
        said = client.get(case.get_absolute_url()).content.decode()
        assert "took back that Tom Becker has an interest" in said

    def test_another_place_with_her_address_still_explains_it(
        self, case, noted, colleague, agent, now, with_address_of
    ):
        add_party(case, person=with_address_of(colleague), role="owner", capacity="involved", by=agent, now=now)
        remove_party(case.parties.get(person=noted.noted_for), by=agent, now=now)
        assert not conflicts_left(case).exists()
