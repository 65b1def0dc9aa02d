"""The clocks of a case: started, met, paused, given another target, carried over, cancelled, explained."""

from datetime import timedelta

import pytest

from cases.models import Clock, ClockEvent
from cases.operations import firing
from cases.operations.clocks import cancel_clocks, explain_breach, meet_clock, retarget_clocks
from cases.operations.contacts import record_contact
from cases.operations.editing import change_severity
from cases.operations.moves import reopen_case, resolve_case, resume_case, take_case, wait_case
from cases.workflow import Outcome
from foundation.audit.models import Entry
from foundation.escalation.models import Escalation
from foundation.notifications.models import OutboxMessage
from foundation.sla.models import Metric, Policy
from foundation.sla.operations import NewTarget, create_calendar, publish_policy
from foundation.workflow.moves import MoveRefused

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def clock(case, metric="first_response"):
    return case.clocks.order_by("-cycle").filter(metric=metric).first()


def events_of(clock):
    return list(clock.events.order_by("pk").values_list("kind", "threshold", "reason"))


@pytest.fixture
def taken(case, agent, lead, now):
    """A theft received an hour ago (due in 3 hours and in 7 days), taken by the agent and answered now."""
    case = take_case(case, by=agent, now=now)
    record_contact(case, direction="out", channel="phone", party=None, occurred_at=now, by=agent, now=now)
    case.refresh_from_db()
    return case


def test_waiting_pauses_resolution_and_never_the_first_response(case, agent, now):
    case = take_case(case, by=agent, now=now)
    wait_case(case, on="vet", by=agent, now=now)

    assert clock(case).state == "running"
    resolution = clock(case, "resolution")
    assert (resolution.state, resolution.due_at, resolution.next_fire_at) == ("paused", None, None)


def test_waiting_on_somebody_else_pauses_nothing(taken, agent, now):
    wait_case(taken, on="other", by=agent, now=now)

    assert clock(taken, "resolution").state == "running"


def test_the_time_paused_is_added_to_what_is_left(taken, agent, now):
    due_at = clock(taken, "resolution").due_at
    wait_case(taken, on="reporter", by=agent, now=now)
    resume_case(taken, by=agent, now=now + 5 * HOUR)

    assert clock(taken, "resolution").due_at == due_at + 5 * HOUR
    assert [kind for kind, _threshold, _reason in events_of(clock(taken, "resolution"))] == ["start", "pause", "resume"]


def test_a_case_resolved_while_it_waits_ends_its_pause(taken, agent, now):
    wait_case(taken, on="reporter", by=agent, now=now)
    resolve_case(taken, outcome=Outcome.HELPED, by=agent, now=now + 2 * DAY)

    resolution = clock(taken, "resolution")
    assert (resolution.state, resolution.breached_at, resolution.next_fire_at) == ("met", None, None)
    assert all(end is not None for _start, end, _why in resolution.pauses)


def test_a_breached_clock_stays_breached_while_it_is_paused(taken, agent, now):
    late = now + 8 * DAY
    firing.sweep_clocks(late)
    wait_case(taken, on="vet", by=agent, now=late)

    resolution = clock(taken, "resolution")
    assert (resolution.state, resolution.breached_at) == ("paused", now - HOUR + 7 * DAY)


def test_pausing_first_records_a_breach_that_nobody_noticed(taken, agent, now):
    wait_case(taken, on="vet", by=agent, now=now + 8 * DAY)

    assert clock(taken, "resolution").breached_at == now - HOUR + 7 * DAY
    assert Escalation.objects.filter(reason="breach:resolution").count() == 1


def test_an_answer_after_the_breach_is_late_for_ever(case, agent, lead, now):
    due_at = clock(case).due_at
    firing.sweep_clocks(due_at)
    record_contact(
        case, direction="out", channel="email", party=None, occurred_at=due_at + HOUR, by=agent, now=due_at + HOUR
    )

    met = clock(case)
    assert (met.state, met.breached_at, met.met_at) == ("met", due_at, due_at + HOUR)


def test_an_answer_after_an_unnoticed_breach_records_it_and_calls_nobody(case, agent, lead, now):
    late = clock(case).due_at + HOUR
    record_contact(case, direction="out", channel="email", party=None, occurred_at=late, by=agent, now=late)

    assert clock(case).breached_at == late - HOUR
    assert not Escalation.objects.exists()
    assert Entry.objects.filter(event="clock.breached", subject_id=str(case.pk)).count() == 1


def test_an_answer_at_the_due_instant_is_in_time(case, agent, now):
    due_at = clock(case).due_at
    record_contact(case, direction="out", channel="phone", party=None, occurred_at=due_at, by=agent, now=due_at)

    assert (clock(case).state, clock(case).breached_at) == ("met", None)


def test_an_answer_in_time_that_is_written_down_late_stands_beside_the_breach(case, agent, lead, now):
    due_at = clock(case).due_at
    firing.sweep_clocks(due_at + HOUR)
    record_contact(
        case, direction="out", channel="phone", party=None, occurred_at=due_at - HOUR, by=agent, now=due_at + 2 * HOUR
    )

    met = clock(case)
    assert (met.met_at, met.breached_at) == (due_at - HOUR, due_at)
    late = Entry.objects.get(event="clock.met", subject_id=str(case.pk)).data["late"]
    assert late is False


def test_meeting_a_clock_ends_the_call_about_it(case, agent, lead, now):
    due_at = clock(case).due_at
    firing.sweep_clocks(due_at)
    record_contact(
        case, direction="out", channel="phone", party=None, occurred_at=due_at + HOUR, by=agent, now=due_at + HOUR
    )

    assert Escalation.objects.get().state == "resolved"


def test_a_higher_severity_leaves_less_time(case, agent, now):
    change_severity(case, severity=2, reason="A safe was opened too", by=agent, now=now)

    assert clock(case).due_at == now - HOUR + HOUR
    assert clock(case, "resolution").due_at == now - HOUR + 3 * DAY
    assert clock(case).severity == 2


def test_the_most_severe_cases_ignore_calendars(case, agent, now):
    change_severity(case, severity=1, reason="She was locked in", by=agent, now=now)

    assert clock(case).calendar_version.calendar.slug == "always"


def test_hours_that_were_closed_do_not_count_against_a_case_that_becomes_urgent(make_case, agent, lead, now):
    office = create_calendar(
        name="Office",
        spec={"tz": "UTC", "hours": {"tue": {"09:00": "17:00"}, "wed": {"09:00": "17:00"}}},
        by=lead,
        now=now,
    )
    targets = [NewTarget("first_response", 1, 900, office), NewTarget("first_response", 3, 4 * 3_600, office)]
    publish_policy(Policy.objects.get(slug="default"), targets=targets, by=lead, now=now)
    nine = now.replace(hour=9)
    case = make_case(received_at=nine - 15 * HOUR, at=nine)
    raised_at = nine + timedelta(minutes=5)
    change_severity(case, severity=1, reason="She was locked in", by=agent, now=raised_at)

    assert (clock(case).breached_at, clock(case).due_at) == (None, nine + timedelta(minutes=15))
    assert clock(case).started_at == case.received_at
    assert clock(case).calendar_version.calendar.slug == "always"

    change_severity(case, severity=3, reason="Wrong case", by=agent, now=nine + timedelta(minutes=10))
    assert clock(case).due_at == nine + 4 * HOUR
    meet_clock(case, Metric.FIRST_RESPONSE, at=nine + 4 * HOUR, by=agent, now=nine + 5 * HOUR)
    assert clock(case).breached_at is None


def test_a_target_already_exceeded_is_a_breach_now(case, agent, lead, now):
    change_severity(case, severity=1, reason="She was locked in", by=agent, now=now)

    breached = clock(case)
    assert breached.breached_at == now
    assert ("breach", 0, "retarget") in events_of(breached)


def test_a_breach_by_severity_alone_calls_somebody_after_half_a_minute(case, agent, colleague, lead, now):
    take_case(case, by=colleague, now=now)
    change_severity(case, severity=1, reason="She was locked in", by=agent, now=now)
    firing.sweep_clocks(now + timedelta(seconds=29))
    assert not Escalation.objects.exists()
    assert not OutboxMessage.objects.filter(notice="clock_breached").exists()

    firing.sweep_clocks(now + timedelta(seconds=30))
    firing.sweep_clocks(now + timedelta(seconds=60))

    assert Escalation.objects.filter(reason="breach:first_response").count() == 1
    assert OutboxMessage.objects.filter(notice="clock_breached", channel="in_app").count() == 1


def test_raised_and_lowered_within_half_a_minute_calls_nobody(case, agent, colleague, lead, now):
    take_case(case, by=colleague, now=now)
    change_severity(case, severity=1, reason="She was locked in", by=agent, now=now)
    change_severity(case, severity=3, reason="Wrong case", by=agent, now=now + timedelta(seconds=20))
    firing.sweep_clocks(now + timedelta(minutes=5))

    assert not Escalation.objects.exists()
    assert not OutboxMessage.objects.filter(notice="clock_breached").exists()


def test_a_case_lowered_again_is_not_passed_over_when_it_really_runs_late(case, agent, lead, now):
    due_at = clock(case).due_at
    change_severity(case, severity=1, reason="She was locked in", by=agent, now=now)
    change_severity(case, severity=3, reason="Wrong case", by=agent, now=now + timedelta(seconds=20))

    firing.sweep_clocks(due_at)

    assert Escalation.objects.filter(reason="breach:first_response").count() == 1


def test_a_judged_clock_keeps_the_target_it_was_judged_by(case, agent, lead, now):
    due_at = clock(case).due_at
    firing.sweep_clocks(due_at)
    change_severity(case, severity=4, reason="Only a mislaid key", by=agent, now=due_at + HOUR)

    judged = clock(case)
    assert (judged.target_seconds, judged.breached_at, judged.severity) == (4 * 3_600, due_at, 4)


def test_the_same_targets_again_change_nothing(case, agent, now):
    before = Clock.objects.filter(case=case).values_list("due_at", "next_fire_at", "set_at")

    assert retarget_clocks(case, by=agent, now=now) == []
    assert list(before) == list(Clock.objects.filter(case=case).values_list("due_at", "next_fire_at", "set_at"))


def test_a_lowered_severity_warns_at_a_threshold_once(case, agent, now):
    warned_at = clock(case).next_fire_at
    firing.sweep_clocks(warned_at)
    change_severity(case, severity=4, reason="Only a mislaid key", by=agent, now=warned_at)
    firing.sweep_clocks(warned_at + timedelta(hours=23))

    kinds = [(kind, threshold) for kind, threshold, _reason in events_of(clock(case))]
    assert kinds.count(("warn", 75)) == 1
    assert ("breach", 0) in kinds


def test_reopening_carries_the_time_used(taken, agent, now):
    resolve_case(taken, outcome=Outcome.HELPED, by=agent, now=now + 2 * DAY)
    reopen_case(taken, reason="She called again", by=agent, now=now + 10 * DAY)

    again = clock(taken, "resolution")
    assert (again.cycle, again.carried_seconds, again.state) == (2, 2 * 86_400 + 3_600, "running")
    assert again.due_at == now + 10 * DAY + 5 * DAY - HOUR
    assert clock(taken).cycle == 1


def test_a_breach_carried_over_shows_and_calls_nobody_again(taken, agent, now):
    late = now + 8 * DAY
    firing.sweep_clocks(late)
    calls = Escalation.objects.count()
    resolve_case(taken, outcome=Outcome.HELPED, by=agent, now=late)
    reopen_case(taken, reason="She called again", by=agent, now=late + HOUR)
    firing.sweep_clocks(late + 30 * DAY)

    again = clock(taken, "resolution")
    assert (again.carried_breach, again.breached_at, again.next_fire_at) == (True, now - HOUR + 7 * DAY, None)
    assert Escalation.objects.filter(reason="breach:resolution").count() == calls


def test_a_first_response_never_given_goes_on_after_a_reopening(case, agent, lead, now):
    case = take_case(case, by=agent, now=now)
    resolve_case(case, outcome=Outcome.NO_CONTACT_POSSIBLE, by=agent, now=now)
    assert clock(case).state == "cancelled"

    reopen_case(case, reason="He picked up", by=agent, now=now + DAY)

    assert (clock(case).cycle, clock(case).state, clock(case).carried_seconds) == (2, "running", 3_600)
    assert clock(case).due_at == now + DAY + 3 * HOUR


def test_cancelled_clocks_keep_their_verdict(case, agent, lead, now):
    late = clock(case).due_at + HOUR
    cancel_clocks(case, by=agent, now=late, reason="duplicate")

    cancelled = clock(case)
    assert (cancelled.state, cancelled.breached_at, cancelled.next_fire_at) == ("cancelled", late - HOUR, None)
    assert not Escalation.objects.exists()


def test_meeting_a_clock_twice_changes_nothing(case, agent, now):
    assert meet_clock(case, Metric.FIRST_RESPONSE, at=now, by=agent, now=now) is not None
    assert meet_clock(case, Metric.FIRST_RESPONSE, at=now + HOUR, by=agent, now=now + HOUR) is None
    assert clock(case).met_at == now


def test_a_breach_gets_its_reason_from_the_short_list(case, agent, lead, now):
    with pytest.raises(MoveRefused):
        explain_breach(clock(case), reason="staffing", by=agent, now=now)

    late = clock(case).due_at
    firing.sweep_clocks(late)
    explain_breach(clock(case), reason="staffing", by=agent, now=late)

    explained = clock(case)
    assert (explained.breach_reason, explained.breach_reason_by) == ("staffing", agent)
    with pytest.raises(ValueError, match="not a reason"):
        explain_breach(explained, reason="mondays", by=agent, now=late)


def test_events_are_written_once_each(taken, agent, now):
    wait_case(taken, on="vet", by=agent, now=now)
    resume_case(taken, by=agent, now=now + HOUR)
    take_case(taken, by=agent, now=now + HOUR)

    seqs = list(
        ClockEvent.objects.filter(clock=clock(taken, "resolution"), kind__in=["pause", "resume"]).values_list(
            "seq", flat=True
        )
    )
    assert seqs == [1, 2]
