"""Whatever is done to a case in whatever order, its clocks say what its timestamps say, once."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cases.models import Case, Clock, ClockEvent
from cases.operations import firing
from cases.operations.clocks import reopen_clocks
from cases.operations.contacts import record_contact
from cases.operations.editing import change_severity
from cases.operations.moves import reopen_case, resolve_case, resume_case, take_case, wait_case
from cases.operations.placing import placement_of
from cases.workflow import CaseState, Outcome
from foundation.escalation.models import Escalation
from foundation.sla.arithmetic import breached_at
from foundation.sla.clocks import facts_of, thresholds_of

DEEDS = st.lists(
    st.tuples(
        st.sampled_from(["sweep", "wait", "resume", "out", "in", "resolve", "reopen", "raise", "lower"]),
        st.integers(0, 3 * 86_400),
    ),
    max_size=12,
)


@pytest.fixture
def act(agent):
    def do(case, deed, now):
        state = case.state
        if deed == "sweep":
            firing.sweep_clocks(now)
        elif deed == "wait" and state == CaseState.OPEN:
            wait_case(case, on="vet", by=agent, now=now)
        elif deed == "resume" and state == CaseState.WAITING:
            resume_case(case, by=agent, now=now)
        elif deed in ("out", "in"):
            record_contact(case, direction=deed, channel="email", party=None, occurred_at=now, by=agent, now=now)
        elif deed == "resolve" and case.is_open:
            resolve_case(case, outcome=Outcome.NO_CONTACT_POSSIBLE, by=agent, now=now)
        elif deed == "reopen" and state == CaseState.RESOLVED:
            reopen_case(case, reason="again", by=agent, now=now)
        elif deed in ("raise", "lower"):
            severity = case.severity - 1 if deed == "raise" else case.severity + 1
            if 1 <= severity <= 4:
                change_severity(case, severity=severity, reason="as told", by=agent, now=now)

    return do


def check_clock(clock, now):
    facts = facts_of(clock)
    events = list(ClockEvent.objects.filter(clock=clock).values_list("kind", "threshold"))
    once = [event for event in events if event[0] in ("start", "warn", "breach", "met", "cancel")]
    assert len(once) == len(set(once))
    assert (("breach", 0) in events) == (clock.breached_at is not None)
    assert (clock.state == "paused") == (any(end is None for _start, end, _why in clock.pauses))
    if clock.state in ("met", "cancelled"):
        assert clock.next_fire_at is None
    if clock.state == "running" and clock.breached_at is None:
        # It will fire, and no later than it is due.
        assert clock.next_fire_at is not None
        assert clock.due_at == facts.due_at
        assert clock.next_fire_at <= clock.due_at
        assert breached_at(facts, clock.next_fire_at - timedelta(microseconds=1)) is None
    assert {threshold for kind, threshold in events if kind == "warn"} <= {each.key for each in thresholds_of(clock)}
    assert Escalation.objects.filter(key=f"clock:{clock.pk}:breach").count() <= 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deeds=DEEDS)
def test_clocks_stay_true_to_their_timestamps(deeds, make_case, act, agent, lead, now):
    case = take_case(make_case(received_at=now), by=agent, now=now)
    at = now
    for deed, seconds in deeds:
        at += timedelta(seconds=seconds)
        case = Case.objects.get(pk=case.pk)
        act(case, deed, at)
        for clock in Clock.objects.filter(case=case):
            check_clock(clock, at)
        case.refresh_from_db()
        if case.is_open:
            placement = placement_of(case)
            assert (case.band, case.urgent_at) == (placement.band, placement.urgent_at)

    firing.sweep_clocks(at + timedelta(days=400))
    for clock in Clock.objects.filter(case=case, state="running"):
        assert clock.breached_at is not None
        assert clock.next_fire_at is None


def test_reopening_a_case_that_never_had_clocks_starts_none(make_case, agent, now):
    case = make_case()
    case.clocks.all().delete()

    assert reopen_clocks(case, by=agent, now=now) == []
