"""Setting a case waiting, and what ends the waiting."""

from datetime import timedelta

import pytest

from cases.operations.contacts import record_contact
from cases.operations.moves import resume_case, take_case, wait_case
from cases.operations.timers import sweep_resumptions
from cases.workflow import CaseState
from foundation.audit.models import Entry
from foundation.workflow.moves import MoveRefused


@pytest.fixture
def mine(case, agent, now):
    return take_case(case, by=agent, now=now)


def test_a_waiting_case_says_on_whom_and_until_when(mine, agent, now, happened):
    waiting = wait_case(mine, on="vet", until=now + timedelta(days=2), reason="The X-ray.", by=agent, now=now)
    assert (waiting.state, waiting.waiting_on, waiting.waiting_until) == (
        CaseState.WAITING,
        "vet",
        now + timedelta(days=2),
    )
    assert happened(mine)[-1] == "case.waiting"
    assert Entry.objects.get(event="case.waiting").data["old"] == "open"


def test_waiting_pauses_the_resolution_and_never_the_first_response(mine, agent, now):
    wait_case(mine, on="vet", by=agent, now=now)
    states = dict(mine.clocks.values_list("metric", "state"))
    assert states == {"first_response": "running", "resolution": "paused"}


def test_resumed_by_hand_the_resolution_runs_again(mine, agent, now, happened):
    due = mine.clocks.get(metric="resolution").due_at
    wait_case(mine, on="vet", by=agent, now=now)
    resumed = resume_case(mine, by=agent, now=now + timedelta(hours=3))
    assert (resumed.state, resumed.waiting_on, resumed.waiting_until) == (CaseState.OPEN, "", None)
    assert mine.clocks.get(metric="resolution").due_at == due + timedelta(hours=3)
    assert happened(mine)[-1] == "case.resumed"


def test_it_resumes_by_itself_at_the_time(mine, agent, now):
    wait_case(mine, on="reporter", until=now + timedelta(hours=2), by=agent, now=now)
    assert sweep_resumptions(now + timedelta(hours=1)) == 0
    assert sweep_resumptions(now + timedelta(hours=2)) == 1
    assert sweep_resumptions(now + timedelta(hours=2)) == 0
    mine.refresh_from_db()
    assert mine.state == CaseState.OPEN
    assert Entry.objects.get(event="case.resumed").actor_kind == "system"


def test_word_from_outside_resumes_it(mine, agent, now):
    wait_case(mine, on="reporter", by=agent, now=now)
    party = mine.parties.get(capacity="reporter")
    record_contact(mine, direction="in", channel="phone", party=party, occurred_at=now, by=agent, now=now)
    mine.refresh_from_db()
    assert mine.state == CaseState.OPEN


def test_a_new_case_does_not_wait_before_somebody_took_it(case, agent, now):
    with pytest.raises(MoveRefused, match="not open to a record that is new"):
        wait_case(case, on="vet", by=agent, now=now)


@pytest.mark.parametrize(
    ("on", "days", "sentence"),
    [("weather", 1, "Choose whom"), ("vet", -1, "has passed"), ("vet", 400, "at most a year")],
)
def test_a_wait_that_makes_no_sense_is_refused(mine, agent, now, on, days, sentence):
    with pytest.raises(MoveRefused, match=sentence):
        wait_case(mine, on=on, until=now + timedelta(days=days), by=agent, now=now)
    mine.refresh_from_db()
    assert mine.state == CaseState.OPEN


def test_a_waiting_case_sinks_below_those_where_a_person_waits(mine, agent, now):
    party = mine.parties.get(capacity="reporter")
    record_contact(mine, direction="out", channel="phone", party=party, occurred_at=now, by=agent, now=now)
    assert wait_case(mine, on="vet", by=agent, now=now).band == 3
