"""Clocks that fire by themselves: when, in which order, how often, and what is told to whom."""

from datetime import timedelta

import pytest

from cases.models import Clock
from cases.operations import firing
from cases.operations.moves import take_case
from foundation.audit.models import Entry
from foundation.escalation.models import Escalation
from foundation.notifications.models import OutboxMessage

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def first(case):
    return case.clocks.get(metric="first_response")


def kinds(clock):
    return list(clock.events.order_by("pk").values_list("kind", flat=True))


def outbox(notice):
    return list(OutboxMessage.objects.filter(notice=notice).values_list("recipient__name", "channel"))


def test_nothing_fires_before_its_time(case, now):
    assert firing.sweep_clocks(first(case).next_fire_at - timedelta(microseconds=1)) == 0


def test_a_warning_goes_to_the_owner_in_the_app(case, agent, now):
    take_case(case, by=agent, now=now)
    at = first(case).next_fire_at
    assert at == now + 2 * HOUR

    assert firing.sweep_clocks(at) == 1

    assert outbox("clock_warned") == [("Maya Osei", "in_app")]
    assert first(case).next_fire_kind == "breach"


def test_a_warning_about_a_case_that_nobody_has_taken_goes_to_the_lead(case, lead, now):
    firing.sweep_clocks(first(case).next_fire_at)

    assert outbox("clock_warned") == [("Ana Duarte", "in_app")]


def test_a_breach_is_recorded_and_the_lead_is_called(case, lead, now):
    due_at = first(case).due_at
    firing.sweep_clocks(first(case).next_fire_at)
    firing.sweep_clocks(due_at)

    breached = first(case)
    assert (breached.breached_at, breached.state, breached.next_fire_at) == (due_at, "running", None)
    assert kinds(breached) == ["start", "warn", "breach"]
    assert Entry.objects.filter(event="clock.breached", subject_id=str(case.pk)).count() == 1
    escalation = Escalation.objects.get()
    assert (escalation.reason, escalation.subject_id, escalation.team) == (
        "breach:first_response",
        str(case.pk),
        case.team,
    )


def test_a_breach_is_told_to_the_owner_too(case, agent, lead, now):
    take_case(case, by=agent, now=now)
    firing.sweep_clocks(first(case).due_at)

    assert ("Maya Osei", "in_app") in outbox("clock_breached")


def test_a_second_sweep_finds_nothing_left(case, lead, now):
    due_at = first(case).due_at
    firing.sweep_clocks(due_at)

    assert firing.sweep_clocks(due_at + HOUR) == 0
    assert Escalation.objects.count() == 1


def test_firing_one_clock_twice_has_one_effect(case, lead, now):
    due_at = first(case).due_at

    assert firing.fire_clock(first(case).pk, now=due_at)
    assert not firing.fire_clock(first(case).pk, now=due_at)
    assert kinds(first(case)).count("breach") == 1


def test_after_downtime_the_breach_bears_its_true_time_and_overtakes_the_warning(case, agent, lead, now):
    take_case(case, by=agent, now=now)
    due_at = first(case).due_at
    back_at = due_at + 2 * DAY
    firing.sweep_clocks(back_at)

    breach = first(case).events.get(kind="breach")
    assert (breach.at, breach.detected_at) == (due_at, back_at)
    assert kinds(first(case)) == ["start", "breach"]
    assert outbox("clock_warned") == []


def test_a_report_received_long_ago_breaches_at_the_first_sweep(make_case, lead, now):
    case = make_case(received_at=now - 2 * DAY)
    firing.sweep_clocks(now)

    assert first(case).breached_at == now - 2 * DAY + 4 * HOUR
    assert Escalation.objects.filter(subject_id=str(case.pk)).count() == 1


def test_a_warning_already_past_when_the_case_was_entered_is_skipped(make_case, lead, now):
    case = make_case(received_at=now - timedelta(hours=3, minutes=30))
    firing.sweep_clocks(now)

    assert first(case).next_fire_kind == "breach"
    assert kinds(first(case)) == ["start"]


def test_of_several_warnings_after_downtime_the_last_is_told(case, agent, now):
    take_case(case, by=agent, now=now)
    Clock.objects.filter(pk=first(case).pk).update(warn_percents=[50, 75, 90])
    firing.sweep_clocks(first(case).due_at - timedelta(minutes=1))

    assert kinds(first(case)) == ["start", "warn", "warn", "warn"]
    assert len(outbox("clock_warned")) == 1


def test_the_most_severe_fire_first(make_case, lead, now, monkeypatch):
    cases = {
        severity: make_case(severity=severity, severity_reason="as told", received_at=now - timedelta(days=20))
        for severity in (4, 2, 1, 3)
    }
    monkeypatch.setattr(firing, "BATCH", 1)
    firing.sweep_clocks(now)

    order = list(Entry.objects.filter(event="clock.breached").order_by("id").values_list("subject_id", flat=True))
    assert order == [str(cases[severity].pk) for severity in (1, 1, 2, 2, 3, 3, 4, 4)]


def test_a_sweep_is_bounded(make_case, lead, now, monkeypatch):
    for _ in range(3):
        make_case(received_at=now - DAY)
    monkeypatch.setattr(firing, "BATCH", 1)

    assert firing.sweep_clocks(now, most=2) == 2
    assert firing.sweep_clocks(now) == 1


@pytest.fixture
def broken(make_case, now):
    """A clock whose pauses nobody can read, beside a case that is sound."""
    poor, sound = make_case(received_at=now - DAY), make_case(received_at=now - DAY)
    Clock.objects.filter(case=poor).update(pauses=[["nonsense", None, "vet"]])
    return poor, sound


def test_a_row_that_raises_holds_up_nobody_else(broken, lead, now):
    poor, sound = broken

    assert firing.sweep_clocks(now) == 1
    assert first(sound).breached_at is not None
    assert (first(poor).failures, first(poor).breached_at) == (1, None)


def test_a_row_that_raises_three_times_is_set_aside_with_an_alarm(broken, lead, now):
    poor, _sound = broken
    for seconds in range(5):
        firing.sweep_clocks(now + timedelta(seconds=seconds))

    assert first(poor).failures == 3
    assert first(poor).quarantined_at == now + timedelta(seconds=2)
    assert Entry.objects.filter(event="clock.quarantined", subject_id=str(poor.pk)).count() == 1


def test_a_breach_moves_a_case_that_is_merely_due_to_the_top(case, agent, lead, now):
    case.clocks.filter(metric="first_response").update(state="met", met_at=now, next_fire_at=None, next_fire_kind="")
    case = take_case(case, by=agent, now=now)
    assert case.band == 2

    firing.sweep_clocks(case.clocks.get(metric="resolution").due_at)

    case.refresh_from_db()
    assert case.band == 1


def test_nothing_due_takes_one_statement_a_severity(case, now, django_assert_num_queries):
    with django_assert_num_queries(6):  # four, and the savepoint of the test's transaction
        firing.sweep_clocks(now - DAY)


def test_a_storm_takes_no_more_statements_than_a_few_breaches(
    make_case, agent, lead, now, django_assert_max_num_queries
):
    def storm(count):
        for _ in range(count):
            take_case(make_case(received_at=now - DAY), by=agent, now=now)

    storm(3)
    with django_assert_max_num_queries(60) as few:
        assert firing.sweep_clocks(now) == 3
    storm(25)

    with django_assert_max_num_queries(len(few.captured_queries)):
        assert firing.sweep_clocks(now) == 25


def test_two_targets_missed_at_once_are_one_call(make_case, lead, now):
    make_case(received_at=now - 20 * DAY)

    assert firing.sweep_clocks(now) == 2

    assert list(Escalation.objects.get().causes.order_by("pk").values_list("reason", flat=True)) == [
        "breach:first_response",
        "breach:resolution",
    ]
    assert OutboxMessage.objects.filter(notice="escalation_page", recipient=lead).count() == 2
