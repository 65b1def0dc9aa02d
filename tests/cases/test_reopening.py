"""Opening a resolved or closed case again."""

from datetime import timedelta

import pytest

from cases.operations.contacts import record_contact
from cases.operations.links import merge_cases
from cases.operations.moves import close_case, mark_duplicate, reopen_case, resolve_case, take_case
from cases.workflow import CaseState
from foundation.workflow.moves import MoveRefused


@pytest.fixture
def resolved(case, agent, now):
    take_case(case, by=agent, now=now)
    party = case.parties.get(capacity="reporter")
    record_contact(case, direction="out", channel="phone", party=party, occurred_at=now, by=agent, now=now)
    return resolve_case(case, outcome="helped", by=agent, now=now)


def test_it_is_open_under_the_owner_it_had(resolved, agent, colleague, now, told):
    opened = reopen_case(resolved, reason="She called back.", by=colleague, now=now + timedelta(days=1))
    assert (opened.state, opened.outcome, opened.resolved_at, opened.assignee) == (CaseState.OPEN, "", None, agent)
    assert told(agent)[-1] == "case_reopened"


def test_a_second_cycle_carries_the_time_used(resolved, agent, now):
    reopen_case(resolved, reason="She called back.", by=agent, now=now + timedelta(days=1))
    first, second = resolved.clocks.filter(metric="resolution").order_by("cycle")
    assert (first.state, second.state, second.cycle) == ("met", "running", 2)
    assert second.carried_seconds == 3600


def test_a_person_says_why(resolved, agent, now):
    with pytest.raises(MoveRefused, match="Say why"):
        reopen_case(resolved, reason=" ", by=agent, now=now)


def test_word_from_outside_opens_it_without_a_reason(resolved, agent, now):
    party = resolved.parties.get(capacity="reporter")
    later = now + timedelta(days=2)
    record_contact(resolved, direction="in", channel="email", party=party, occurred_at=later, by=agent, now=later)
    resolved.refresh_from_db()
    assert resolved.state == CaseState.OPEN


def test_a_closed_case_opens_too(resolved, agent, now):
    close_case(resolved, now=now + timedelta(days=8))
    opened = reopen_case(resolved, reason="New facts.", by=agent, now=now + timedelta(days=9))
    assert (opened.state, opened.closed_at) == (CaseState.OPEN, None)


def test_an_owner_who_left_is_owner_no_longer(resolved, agent, colleague, now):
    agent.is_active = False
    agent.deactivated_at = now
    agent.save()
    assert reopen_case(resolved, reason="New facts.", by=colleague, now=now).assignee is None


def test_a_duplicate_that_opens_again_is_none(make_case, agent, now):
    case, of = make_case(), make_case(title="The same")
    mark_duplicate(case, of=of, by=agent, now=now)
    assert reopen_case(case, reason="It was another house.", by=agent, now=now).duplicate_of is None


def test_a_merged_case_opens_only_by_taking_the_merge_apart(make_case, agent, now):
    kept, merged = make_case(), make_case(title="The same")
    merge_cases(kept, merged=merged, by=agent, now=now)
    with pytest.raises(MoveRefused, match="Take the merge apart"):
        reopen_case(merged, reason="No.", by=agent, now=now)


def test_an_open_case_is_not_reopened(case, agent, now):
    with pytest.raises(MoveRefused, match="not open to a record that is new"):
        reopen_case(case, reason="Hm.", by=agent, now=now)
