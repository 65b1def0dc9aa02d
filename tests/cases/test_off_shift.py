"""No case stays with somebody off shift without a warning: once a case and shift, to her lead, and found by a search."""

from datetime import timedelta

import pytest

from cases.models import OffShiftWarning
from cases.operations.clocks import meet_clock
from cases.operations.moves import assign_case, take_case
from cases.operations.off_shift import sweep_off_shift
from cases.search_language import parse
from cases.searching import search_cases
from foundation.audit.models import Entry
from foundation.escalation.models import Shift
from foundation.sla.models import Metric

pytestmark = pytest.mark.django_db


@pytest.fixture
def left_behind(case, agent, colleague, lead, on_shift, now):
    """A case of hers that is due within the day; her shift ended an hour ago and a colleague is on."""
    take_case(case, by=agent, now=now)
    on_shift(agent, ends_at=now - timedelta(hours=1))
    on_shift(colleague)
    return case


def found(text, reader, now):
    return list(search_cases(parse(text), reader=reader, now=now))


def test_her_lead_hears_of_it_once(left_behind, lead, colleague, now, told):
    assert sweep_off_shift(now) == 1
    assert told(lead) == ["owner_off_shift"]
    assert sweep_off_shift(now + timedelta(minutes=5)) == 0
    assert told(lead) == ["owner_off_shift"]
    assert told(colleague) == []


def test_the_timeline_says_whose_it_is_and_when_it_is_due(left_behind, agent, now):
    sweep_off_shift(now)
    entry = Entry.objects.get(event="case.owner_off_shift")
    clocks = left_behind.clocks.filter(state="running").order_by("due_at")
    assert entry.data["owner"] == agent.pk
    assert entry.data["due_at"] == clocks[0].due_at.isoformat()


def test_nobody_is_told_while_its_owner_is_on_shift(case, agent, lead, on_shift, now):
    take_case(case, by=agent, now=now)
    on_shift(agent)
    assert sweep_off_shift(now) == 0


def test_nobody_is_told_when_she_is_back_before_it_is_due(left_behind, agent, on_shift, now):
    on_shift(agent, starts_at=now + timedelta(minutes=30))
    assert sweep_off_shift(now) == 0


def test_nobody_is_told_of_a_case_without_a_target_in_the_next_hours(left_behind, agent, now):
    meet_clock(left_behind, Metric.FIRST_RESPONSE, at=now, by=agent, now=now)
    assert sweep_off_shift(now) == 0


def test_a_team_without_shifts_has_nobody_off_shift(case, agent, lead, now):
    take_case(case, by=agent, now=now)
    assert sweep_off_shift(now) == 0
    assert found("owner:off-shift", lead, now) == []


def test_her_next_shift_that_ends_warns_anew(left_behind, agent, lead, on_shift, now, told):
    sweep_off_shift(now)
    back = now + timedelta(minutes=10)
    on_shift(agent, starts_at=back, ends_at=back + timedelta(minutes=20))
    sweep_off_shift(back)
    assert not OffShiftWarning.objects.exists()
    assert sweep_off_shift(back + timedelta(minutes=30)) == 1
    assert told(lead) == ["owner_off_shift"] * 2


@pytest.mark.parametrize("gone_to", ["queue", "colleague"])
def test_the_warning_is_forgotten_when_the_case_is_not_hers_any_more(left_behind, lead, colleague, now, gone_to):
    sweep_off_shift(now)
    assign_case(left_behind, to=colleague if gone_to == "colleague" else None, by=lead, now=now)
    assert sweep_off_shift(now) == 0
    assert not OffShiftWarning.objects.exists()


def test_where_there_is_no_lead_the_managers_hear_of_it(left_behind, team, manager, now, told):
    team.lead = None
    team.save()
    sweep_off_shift(now)
    assert told(manager) == ["owner_off_shift"]


def test_a_search_finds_what_lies_with_somebody_off_shift(left_behind, make_case, lead, colleague, now):
    hers = make_case(title="Another")
    take_case(hers, by=colleague, now=now)
    make_case(title="Nobody's")
    assert found("owner:off-shift", lead, now) == [left_behind]
    assert left_behind not in found("-owner:off-shift", lead, now)
    Shift.objects.all().delete()
    assert set(found("owner:off-shift", lead, now)) == {left_behind, hers}
