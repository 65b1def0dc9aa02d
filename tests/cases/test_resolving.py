"""Resolving a case."""

from datetime import timedelta

import pytest

from cases.models import Playbook, PlaybookItem
from cases.operations.contacts import record_contact
from cases.operations.moves import escalate_case, resolve_case, take_case, wait_case
from cases.operations.work import add_task, start_playbook, tick_check
from cases.policies import can_move, case_offers
from cases.workflow import CaseState
from foundation.audit.models import Entry
from foundation.escalation.models import Escalation
from foundation.workflow.moves import MoveRefused


@pytest.fixture
def mine(case, agent, now):
    return take_case(case, by=agent, now=now)


@pytest.fixture
def answered(mine, agent, now):
    party = mine.parties.get(capacity="reporter")
    record_contact(mine, direction="out", channel="phone", party=party, occurred_at=now, by=agent, now=now)
    return mine


@pytest.fixture
def gated(answered, agent, now):
    playbook = Playbook.objects.create(slug="gated", names={"en": "Theft"})
    for position, text in enumerate(("Ask for the receipt", "Tell both sides", "File"), start=1):
        PlaybookItem.objects.create(playbook=playbook, position=position, texts={"en": text}, is_gate=position < 3)
    start_playbook(answered, playbook=playbook, by=agent, now=now)
    return answered


def test_a_resolved_case_has_its_outcome_and_its_clock_is_met(answered, agent, now, happened):
    resolved = resolve_case(answered, outcome="helped", reason="The rings were found.", by=agent, now=now)
    assert (resolved.state, resolved.outcome, resolved.resolved_at) == (CaseState.RESOLVED, "helped", now)
    assert answered.clocks.get(metric="resolution").state == "met"
    assert "case.resolved" in happened(answered)


def test_the_reason_lies_encrypted_in_the_trail(answered, agent, now):
    resolve_case(answered, outcome="helped", reason="The rings were found.", by=agent, now=now)
    entry = Entry.objects.get(event="case.resolved")
    assert "reason" in entry.texts
    assert "rings" not in str(entry.data)


def test_a_word_with_a_member_of_staff_is_no_word_to_anybody_outside(mine, agent, now):
    party = mine.parties.get(capacity="respondent")
    party.role = "staff"
    party.save()
    record_contact(mine, direction="out", channel="chat", party=party, occurred_at=now, by=agent, now=now)

    with pytest.raises(MoveRefused, match="Nobody has been called or written to yet"):
        resolve_case(mine, outcome="helped", by=agent, now=now)


def test_without_a_word_to_anybody_only_nobody_could_be_reached_is_open(mine, agent, now):
    with pytest.raises(MoveRefused, match="Nobody has been called or written to yet"):
        resolve_case(mine, outcome="helped", by=agent, now=now)
    resolved = resolve_case(mine, outcome="no_contact_possible", by=agent, now=now)
    assert resolved.state == CaseState.RESOLVED
    assert mine.clocks.get(metric="first_response").state == "cancelled"


def test_an_automatic_message_is_no_word_to_anybody(mine, agent, now):
    record_contact(
        mine, direction="out", channel="email", party=None, occurred_at=now, automatic=True, by=agent, now=now
    )
    with pytest.raises(MoveRefused, match="Nobody has been called"):
        resolve_case(mine, outcome="helped", by=agent, now=now)


@pytest.mark.parametrize("outcome", ["", "solved"])
def test_an_outcome_is_required(answered, agent, now, outcome):
    with pytest.raises(MoveRefused, match="Choose how the case ended"):
        resolve_case(answered, outcome=outcome, by=agent, now=now)


def test_a_new_case_is_resolved_straight_away(case, agent, now):
    assert resolve_case(case, outcome="no_contact_possible", by=agent, now=now).state == CaseState.RESOLVED


def test_a_waiting_case_is_resolved_and_waits_no_longer(answered, agent, now):
    wait_case(answered, on="vet", by=agent, now=now)
    resolved = resolve_case(answered, outcome="helped", by=agent, now=now + timedelta(hours=5))
    assert (resolved.state, resolved.waiting_on) == (CaseState.RESOLVED, "")
    clock = answered.clocks.get(metric="resolution")
    assert clock.state == "met"
    assert clock.pauses[0][1] == (now + timedelta(hours=5)).isoformat()


def test_gates_hold_it_up_and_are_named(gated, agent, now):
    with pytest.raises(MoveRefused, match="waits for 2 steps"):
        resolve_case(gated, outcome="helped", by=agent, now=now)
    first, second, _file = gated.checks.filter(item__playbook__slug="gated")
    tick_check(first, by=agent, now=now)
    with pytest.raises(MoveRefused, match="Resolve waits for a step: Tell both sides"):
        resolve_case(gated, outcome="helped", by=agent, now=now)
    tick_check(second, by=agent, now=now)
    assert resolve_case(gated, outcome="helped", by=agent, now=now).state == CaseState.RESOLVED


def test_the_button_says_what_it_waits_for(gated, agent):
    offers = {offer.move.name: offer.refusal for offer in case_offers(gated, by=agent)}
    assert offers["resolve"].startswith("Resolve waits for 2 steps: ")
    assert "Tell both sides" in offers["resolve"]
    assert not can_move("resolve", gated, by=agent)


def test_open_tasks_hold_nothing_up_and_stay_open(answered, agent, now):
    task = add_task(answered, title="Send the summary", by=agent, now=now)
    resolve_case(answered, outcome="helped", by=agent, now=now)
    task.refresh_from_db()
    assert task.done_at is None


def test_what_was_escalated_is_over(answered, agent, lead, now):
    escalate_case(answered, reason="Beyond me.", by=agent, now=now)
    assert resolve_case(answered, outcome="helped", by=agent, now=now).escalated_to is None
    assert Escalation.objects.get().state == "resolved"


def test_a_resolved_case_is_not_resolved_again(answered, agent, now):
    resolve_case(answered, outcome="helped", by=agent, now=now)
    with pytest.raises(MoveRefused, match="not open to a record that is resolved"):
        resolve_case(answered, outcome="educated", by=agent, now=now)
