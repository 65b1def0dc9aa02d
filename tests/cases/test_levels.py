"""Raising and lowering the confidentiality of a case."""

from datetime import timedelta

import pytest
from django.utils import timezone

from cases.models import Case, CaseGrant, Conflict, GrantKind
from cases.operations.levels import lower_level, raise_level
from cases.operations.moves import escalate_case, resolve_case, take_case
from cases.operations.work import add_note
from foundation.escalation.models import Escalation, Schedule, Shift
from foundation.workflow.moves import MoveRefused


def sees(user, case):
    return Case.objects.visible_to(user).filter(pk=case.pk).exists()


@pytest.fixture
def now():
    """The present: sight by grant is judged by the database's own clock."""
    return timezone.now()


def test_whoever_sees_it_raises_it(case, agent, now, happened):
    raised = raise_level(case, level=2, reason="He shouted at her.", by=agent, now=now)
    assert raised.confidentiality == 2
    assert "case.level_raised" in happened(case)


def test_its_holder_reads_and_adds_for_twelve_hours(case, agent, lead, now):
    take_case(case, by=agent, now=now)
    raise_level(case, level=3, reason="He hit her.", by=agent, now=now)
    grant = CaseGrant.objects.get(case=case, user=agent)
    assert (grant.kind, grant.expires_at) == (GrantKind.OPENED_HERE, now + timedelta(hours=12))
    assert sees(agent, case)
    add_note(case, body="She is at her sister's.", by=agent, now=now)
    with pytest.raises(MoveRefused, match="You read this case for a while"):
        resolve_case(case, outcome="no_contact_possible", by=agent, now=now)
    escalate_case(case, reason="Above me.", by=agent, now=now)


def test_twelve_hours_later_it_is_gone_for_her(case, agent, lead, now):
    take_case(case, by=agent, now=now)
    raise_level(case, level=3, reason="He hit her.", by=agent, now=now - timedelta(hours=13))
    assert not sees(agent, case)


def test_others_of_the_queue_see_it_no_longer_at_once(case, agent, colleague, now):
    assert sees(colleague, case)
    raise_level(case, level=3, reason="He hit her.", by=agent, now=now)
    assert not sees(colleague, case)


def test_a_case_above_everybody_on_shift_calls_the_lead(case, agent, lead, now):
    raise_level(case, level=3, reason="He hit her.", by=agent, now=now)
    assert Escalation.objects.filter(reason="level:nobody").count() == 1


@pytest.mark.parametrize(("interested", "calls"), [(False, 0), (True, 1)])
def test_a_lead_on_shift_reads_it_unless_she_has_an_interest_in_it(interested, calls, case, agent, lead, team, now):
    schedule = Schedule.objects.create(slug="us", name="US", team=team)
    Shift.objects.create(schedule=schedule, person=lead, starts_at=now)
    if interested:
        Conflict.objects.create(case=case, user=lead, reason="Her brother", declared_at=now)
    raise_level(case, level=3, reason="He hit her.", by=agent, now=now)
    assert Escalation.objects.filter(reason="level:nobody").count() == calls


def test_raising_is_not_lowering(case, agent, now):
    with pytest.raises(MoveRefused, match="C1 already"):
        raise_level(case, level=1, reason="Hm.", by=agent, now=now)


@pytest.mark.parametrize("level", [0, 5])
def test_there_are_four_levels(case, agent, now, level):
    with pytest.raises(MoveRefused, match="C1 to C4"):
        raise_level(case, level=level, reason="Hm.", by=agent, now=now)


def test_a_reason_is_written(case, agent, now):
    with pytest.raises(MoveRefused, match="Say why"):
        raise_level(case, level=2, reason=" ", by=agent, now=now)


def test_a_lead_lowers_it_and_an_agent_does_not(make_case, agent, lead, now, happened):
    case = make_case(category="bite")
    with pytest.raises(MoveRefused, match="not among what your role"):
        lower_level(case, level=1, reason="No bite.", by=agent, now=now)
    assert lower_level(case, level=1, reason="No bite.", by=lead, now=now).confidentiality == 1
    assert happened(case)[-1] == "case.level_lowered"
