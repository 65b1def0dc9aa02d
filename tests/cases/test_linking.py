"""Linking cases."""

import pytest

from cases.models import CaseLink
from cases.operations.bulk import bulk_link, undo_bulk
from cases.operations.links import link_cases, unlink_cases
from foundation.workflow.moves import MoveRefused


@pytest.fixture
def pair(make_case):
    return make_case(title="The rings"), make_case(title="The gate")


def test_both_timelines_tell_of_a_link(pair, agent, now, happened):
    case, other = pair
    link_cases(case, other=other, kind="related", by=agent, now=now)
    assert happened(case)[-1] == happened(other)[-1] == "case.linked"


def test_a_link_from_the_other_side_is_the_same(pair, agent, now):
    case, other = pair
    first = link_cases(case, other=other, kind="same_people", by=agent, now=now)
    assert link_cases(other, other=case, kind="same_people", by=agent, now=now) == first


def test_a_cause_has_a_direction(pair, agent, now):
    case, other = pair
    link_cases(case, other=other, kind="caused_by", by=agent, now=now)
    link_cases(other, other=case, kind="caused_by", by=agent, now=now)
    assert CaseLink.objects.count() == 2


def test_a_link_is_removed_once(pair, agent, now, happened):
    case, other = pair
    link = link_cases(case, other=other, kind="related", by=agent, now=now)
    unlink_cases(link, by=agent, now=now)
    unlink_cases(link, by=agent, now=now)
    assert happened(other).count("case.unlinked") == 1


class TestLinkingManyAtOnce:
    def test_undo_takes_away_what_the_deed_linked_and_no_more(self, make_case, agent, colleague, now):
        first, before, fresh = cases = [make_case() for _ in range(3)]
        link_cases(before, other=first, kind="related", by=colleague, now=now)
        back = {result.reference: result.back for result in bulk_link(cases, by=agent, now=now)}

        undone = undo_bulk([before, fresh], back=back, by=agent, now=now)

        assert all(result.done for result in undone)
        assert [(link.case, link.other) for link in CaseLink.objects.all()] == [(before, first)]

    def test_a_link_that_somebody_took_away_since_stops_no_undo(self, make_case, agent, colleague, now):
        _first, gone, fresh = cases = [make_case() for _ in range(3)]
        back = {result.reference: result.back for result in bulk_link(cases, by=agent, now=now)}
        unlink_cases(CaseLink.objects.get(other=gone), by=colleague, now=now)

        undone = undo_bulk([gone, fresh], back=back, by=agent, now=now)

        assert all(result.done for result in undone)
        assert not CaseLink.objects.exists()


def test_a_case_is_not_linked_to_itself(case, agent, now):
    with pytest.raises(MoveRefused, match="itself"):
        link_cases(case, other=case, kind="related", by=agent, now=now)


def test_a_link_says_how(pair, agent, now):
    with pytest.raises(MoveRefused, match="how they belong together"):
        link_cases(pair[0], other=pair[1], kind="friends", by=agent, now=now)


def test_linking_moves_no_level(make_case, lead, now):
    case, other = make_case(category="bite"), make_case()
    link_cases(case, other=other, kind="related", by=lead, now=now)
    other.refresh_from_db()
    assert other.confidentiality == 1


def test_quality_links_nothing(pair, quality, now):
    with pytest.raises(MoveRefused, match="not among what your role"):
        link_cases(pair[0], other=pair[1], kind="related", by=quality, now=now)
