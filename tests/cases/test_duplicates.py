"""Closing a case as a duplicate of another."""

import pytest

from cases.models import CaseLink
from cases.operations.moves import mark_duplicate, take_case
from cases.workflow import CaseState
from foundation.audit.models import Entry
from foundation.workflow.moves import MoveRefused


@pytest.fixture
def pair(make_case):
    return make_case(title="Rings gone"), make_case(title="Four rings missing")


def test_a_duplicate_is_closed_linked_and_owes_nobody_an_answer(pair, agent, now):
    case, of = pair
    closed = mark_duplicate(case, of=of, by=agent, now=now)
    assert (closed.state, closed.closed_at, closed.duplicate_of) == (CaseState.CLOSED, now, of)
    assert set(case.clocks.values_list("state", flat=True)) == {"cancelled"}
    assert set(of.clocks.values_list("state", flat=True)) == {"running"}
    assert CaseLink.objects.filter(case=case, other=of).exists()


def test_both_timelines_tell_of_it(pair, agent, now, happened):
    case, of = pair
    mark_duplicate(case, of=of, by=agent, now=now)
    assert happened(case)[-1] == "case.marked_duplicate"
    assert happened(of)[-1] == "case.duplicate_found"
    assert Entry.objects.get(event="case.marked_duplicate").data["of"] == of.pk


def test_a_case_is_no_duplicate_of_itself(case, agent, now):
    with pytest.raises(MoveRefused, match="itself"):
        mark_duplicate(case, of=case, by=agent, now=now)


def test_duplicates_make_no_chains_and_no_rings(pair, make_case, agent, now):
    case, of = pair
    mark_duplicate(case, of=of, by=agent, now=now)
    third = make_case(title="A third")
    with pytest.raises(MoveRefused, match="Choose the one that stands"):
        mark_duplicate(third, of=case, by=agent, now=now)
    with pytest.raises(MoveRefused, match="Choose the one that stands"):
        mark_duplicate(of, of=case, by=agent, now=now)


def test_neither_level_changes(make_case, agent, lead, now):
    case, of = make_case(category="bite"), make_case()
    mark_duplicate(case, of=of, by=lead, now=now)
    case.refresh_from_db()
    of.refresh_from_db()
    assert (case.confidentiality, of.confidentiality) == (2, 1)


def test_a_closed_case_is_marked_no_more(pair, make_case, agent, now):
    case, of = pair
    take_case(case, by=agent, now=now)
    mark_duplicate(case, of=of, by=agent, now=now)
    with pytest.raises(MoveRefused, match="not open to a record that is closed"):
        mark_duplicate(case, of=make_case(), by=agent, now=now)


@pytest.mark.usefixtures("at_the_instant")
def test_the_page_of_a_duplicate_leads_to_the_case_that_stands(agents_client, pair, agent, now):
    case, of = pair
    mark_duplicate(case, of=of, by=agent, now=now)
    shown = agents_client.get(case.get_absolute_url()).content.decode()
    assert f'Duplicate of <a href="{of.get_absolute_url()}">{of.reference}</a>' in shown
