"""Closing by itself, 7 days after the last contact."""

from datetime import timedelta

import pytest

from cases.operations.contacts import record_contact
from cases.operations.moves import close_case, resolve_case, take_case
from cases.operations.timers import sweep_closings
from cases.workflow import CaseState
from foundation.audit.models import Entry
from foundation.workflow.moves import MoveRefused

WEEK = timedelta(days=7)


@pytest.fixture
def resolved(case, agent, now):
    """Resolved two days after the last word with anybody."""
    take_case(case, by=agent, now=now)
    party = case.parties.get(capacity="reporter")
    record_contact(case, direction="out", channel="phone", party=party, occurred_at=now, by=agent, now=now)
    return resolve_case(case, outcome="helped", by=agent, now=now + timedelta(days=2))


def test_it_closes_a_week_after_the_last_contact(resolved, now):
    assert sweep_closings(now + WEEK - timedelta(seconds=1)) == 0
    assert sweep_closings(now + WEEK) == 1
    resolved.refresh_from_db()
    assert (resolved.state, resolved.closed_at) == (CaseState.CLOSED, now + WEEK)
    assert Entry.objects.get(event="case.closed").actor_kind == "system"


def test_sweeping_twice_closes_once(resolved, now):
    sweep_closings(now + WEEK)
    assert sweep_closings(now + WEEK) == 0
    assert Entry.objects.filter(event="case.closed").count() == 1


def test_without_a_contact_the_week_counts_from_the_resolution(case, agent, now):
    resolve_case(case, outcome="no_contact_possible", by=agent, now=now)
    assert sweep_closings(now + WEEK - timedelta(seconds=1)) == 0
    assert sweep_closings(now + WEEK) == 1


def test_a_later_word_of_ours_puts_it_off(resolved, agent, now):
    party = resolved.parties.get(capacity="reporter")
    later = now + timedelta(days=5)
    record_contact(resolved, direction="out", channel="email", party=party, occurred_at=later, by=agent, now=later)
    assert sweep_closings(now + WEEK) == 0
    assert sweep_closings(later + WEEK) == 1


def test_a_person_does_not_close_a_case(resolved, agent, now):
    with pytest.raises(MoveRefused, match="Close happens by itself"):
        close_case(resolved, by=agent, now=now + WEEK)


def test_it_does_not_close_early(resolved, now):
    with pytest.raises(MoveRefused, match="7 days after the last contact"):
        close_case(resolved, now=now + timedelta(days=6))
