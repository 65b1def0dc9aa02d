"""Sharing a case by name."""

import pytest
from django.utils import timezone

from cases.models import Case, CaseGrant, Conflict
from cases.operations.access import end_share, share_case
from cases.operations.levels import raise_level
from cases.operations.moves import take_case
from foundation.workflow.moves import MoveRefused


def sees(user, case):
    return Case.objects.visible_to(user).filter(pk=case.pk).exists()


@pytest.fixture
def now():
    """The present: sight by grant is judged by the database's own clock."""
    return timezone.now()


def test_a_shared_case_is_seen_and_decided(case, senior, stranger, now, told, happened):
    assert not sees(stranger, case)
    share_case(case, to=stranger, reason="She knows the market.", by=senior, now=now)
    assert sees(stranger, case)
    assert take_case(case, by=stranger, now=now).assignee == stranger
    assert told(stranger) == ["case_shared"]
    assert "case.shared" in happened(case)


def test_sharing_again_changes_nothing(case, senior, stranger, now):
    first = share_case(case, to=stranger, reason="Market.", by=senior, now=now)
    assert share_case(case, to=stranger, reason="Market.", by=senior, now=now) == first
    assert CaseGrant.objects.count() == 1


def test_a_level_that_rises_is_not_shared(case, senior, stranger, now):
    share_case(case, to=stranger, reason="Market.", by=senior, now=now)
    raise_level(case, level=2, reason="He shouted.", by=senior, now=now)
    assert not sees(stranger, case)


def test_ended_it_is_seen_no_longer(case, senior, stranger, now, happened):
    grant = share_case(case, to=stranger, reason="Market.", by=senior, now=now)
    end_share(grant, by=senior, now=now)
    end_share(grant, by=senior, now=now)
    assert not sees(stranger, case)
    assert happened(case).count("case.share_ended") == 1


def test_a_c4_case_is_not_shared(case, legal, lead, senior, stranger, now):
    Case.objects.filter(pk=case.pk).update(confidentiality=4)
    with pytest.raises(MoveRefused):
        share_case(case, to=stranger, reason="Market.", by=lead, now=now)


def test_an_agent_shares_nothing(case, agent, stranger, now):
    with pytest.raises(MoveRefused, match="not among"):
        share_case(case, to=stranger, reason="Market.", by=agent, now=now)


def test_neither_admin_nor_finance_is_given_sight(case, senior, admin, finance, now):
    for person in (admin, finance):
        with pytest.raises(MoveRefused, match="cannot be given this case"):
            share_case(case, to=person, reason="Why not.", by=senior, now=now)


def test_an_interest_shuts_it_whatever_is_shared(case, senior, stranger, now):
    share_case(case, to=stranger, reason="Market.", by=senior, now=now)
    Conflict.objects.create(case=case, user=stranger, reason="Her cousin.", declared_at=now)
    assert not sees(stranger, case)
    with pytest.raises(MoveRefused, match="cannot be given this case"):
        share_case(case, to=stranger, reason="Market.", by=senior, now=now)


def test_a_reason_is_written(case, senior, stranger, now):
    with pytest.raises(MoveRefused, match="Say why she should see it"):
        share_case(case, to=stranger, reason="", by=senior, now=now)
