"""What a new wording does to the clocks that run: said beforehand, then done in the background."""

from datetime import timedelta

import pytest
from django.db import connection

from cases.models import Clock
from cases.operations import firing, rollouts
from cases.operations.contacts import record_contact
from cases.operations.rollouts import Preview, preview, sweep_rollouts
from foundation.audit.models import Entry
from foundation.escalation.models import Escalation
from foundation.sla.models import Calendar, Policy, PolicyVersion
from foundation.sla.operations import NewTarget, PolicyRefused, publish_calendar, publish_policy
from tsdesk.auditing import find_lateness

HOUR = timedelta(hours=1)


@pytest.fixture
def publish(lead, now):
    """Publish a first response of so many seconds for every severity."""

    def make(seconds):
        calendar = Calendar.objects.get(slug="always")
        targets = [NewTarget("first_response", severity, seconds, calendar) for severity in (1, 2, 3, 4)]
        return publish_policy(Policy.objects.get(slug="default"), targets=targets, by=lead, now=now)

    return make


def first(case):
    return case.clocks.get(metric="first_response")


def test_the_preview_counts_what_would_change_and_what_would_be_breached(make_case, publish, now):
    for minutes in (20, 90, 100):
        make_case(received_at=now - timedelta(minutes=minutes))

    assert preview(lambda: publish(3_600), now=now) == Preview(changed=3, breached=2)
    assert preview(lambda: publish(14_400), now=now).breached == 0


@pytest.mark.parametrize("seconds", [600, 3_600, 7_200, 14_400, 20_000])
def test_counting_clocks_together_comes_to_the_same_as_judging_each(make_case, publish, now, monkeypatch, seconds):
    for minutes in (5, 60, 119, 120, 121, 239, 240, 300):
        case = make_case(received_at=now - timedelta(minutes=minutes))
        case.clocks.filter(metric="first_response").update(carried_seconds=minutes % 2)
    together = preview(lambda: publish(seconds), now=now)
    monkeypatch.setattr(rollouts._Group, "never_closes", False)

    assert preview(lambda: publish(seconds), now=now) == together


def test_a_preview_judges_no_clock_whose_terms_stay_and_few_queries_count_the_rest(
    make_case, publish, now, django_assert_max_num_queries
):
    for minutes in range(5):
        make_case(received_at=now - timedelta(minutes=minutes))
    with django_assert_max_num_queries(40) as few:
        preview(lambda: publish(3_600), now=now)
    for minutes in range(10):
        make_case(received_at=now - timedelta(minutes=minutes))

    with django_assert_max_num_queries(len(few.captured_queries)):
        preview(lambda: publish(3_600), now=now)


def test_of_very_many_clocks_on_hours_that_close_a_sample_stands_for_all_and_says_so(
    make_case, lead, publish, now, monkeypatch
):
    hours = Calendar.objects.create(slug="desk", name="Desk")
    week = {day: {"00:00": "24:00"} for day in ("mon", "tue", "wed", "thu", "fri", "sat")}
    publish_calendar(hours, spec={"tz": "UTC", "hours": week}, by=lead, now=now)
    targets = [NewTarget("first_response", 3, 4 * 3_600, hours)]
    publish_policy(Policy.objects.get(slug="default"), targets=targets, by=lead, now=now)
    for _number in range(12):
        make_case(received_at=now - HOUR)
    monkeypatch.setattr(rollouts, "MOST_WALKED", 4)

    assert preview(lambda: publish(1_800), now=now) == Preview(changed=12, breached=12, is_sampled=True)


def test_nothing_of_a_preview_stays(make_case, publish, now):
    make_case()
    before = list(Clock.objects.values())

    preview(lambda: publish(60), now=now)

    assert PolicyVersion.objects.filter(policy__slug="default").count() == 1
    assert list(Clock.objects.values()) == before


def test_a_preview_refuses_what_the_deed_would_refuse(publish, now):
    with pytest.raises(PolicyRefused):
        preview(lambda: publish(0), now=now)


def test_a_published_wording_reaches_the_running_clocks(make_case, publish, now):
    case = make_case(received_at=now)
    publish(7_200)
    assert first(case).target_seconds == 14_400

    sweep_rollouts(now)

    assert (first(case).target_seconds, first(case).due_at) == (7_200, now + 2 * HOUR)
    assert sweep_rollouts(now) == 0


def test_it_reaches_every_case_however_many_batches_and_kills_it_takes(make_case, publish, now, monkeypatch):
    cases = [make_case(received_at=now) for _ in range(5)]
    publish(7_200)
    monkeypatch.setattr(rollouts, "BATCH", 2)

    sweep_rollouts(now, most=2)
    assert [first(case).target_seconds for case in cases].count(7_200) == 2
    sweep_rollouts(now)

    assert {first(case).target_seconds for case in cases} == {7_200}


def test_a_case_that_raises_keeps_its_targets_and_stops_no_other(make_case, publish, now):
    cases = [make_case(received_at=now) for _ in range(3)]
    publish(7_200)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_target() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse_target BEFORE UPDATE ON cases_clock FOR EACH ROW"
            f" WHEN (NEW.case_id = {cases[1].pk}) EXECUTE FUNCTION refuse_target()"
        )

    sweep_rollouts(now)

    assert [first(case).target_seconds for case in cases] == [7_200, 14_400, 7_200]
    assert sweep_rollouts(now) == 0
    assert rollouts.left_behind() == [first(cases[1])]
    (alarm,) = find_lateness(now=now, watching_since=now)
    assert (alarm.key, alarm.rows) == ("clocks that a new wording did not reach", 1)


def test_clocks_that_keep_an_old_wording_by_right_hide_none_that_was_left_behind(make_case, publish, now):
    """A policy that names no target for resolution leaves the resolution of every case under the wording before."""
    *_others, case = [make_case(received_at=now) for _ in range(3)]
    publish(7_200)
    sweep_rollouts(now)
    Clock.objects.filter(pk=first(case).pk).update(policy_version=PolicyVersion.objects.earliest("number"))

    assert rollouts.left_behind(most=1) == [first(case)]


def test_no_clock_counts_as_left_behind_while_a_wording_is_on_its_way_or_once_it_has_reached_all(
    make_case, publish, now
):
    make_case(received_at=now)
    publish(7_200)
    assert rollouts.left_behind() == []

    sweep_rollouts(now)

    assert rollouts.left_behind() == []


def test_clocks_that_are_judged_or_met_keep_their_target(make_case, agent, publish, now):
    breached, met = make_case(received_at=now - 5 * HOUR), make_case(received_at=now)
    firing.sweep_clocks(now)
    record_contact(met, direction="out", channel="phone", party=None, occurred_at=now, by=agent, now=now)
    publish(60)
    sweep_rollouts(now + HOUR)

    assert {first(breached).target_seconds, first(met).target_seconds} == {14_400}
    assert first(breached).breached_at == now - HOUR


def test_a_wording_that_a_clock_already_exceeds_breaches_it_and_calls_somebody_at_once(make_case, publish, now):
    case = make_case(received_at=now - HOUR)
    publish(1_800)
    sweep_rollouts(now)

    assert first(case).breached_at == now
    assert Escalation.objects.filter(reason="breach:first_response", subject_id=str(case.pk)).count() == 1


def test_new_hours_move_the_due_of_running_clocks(make_case, lead, now):
    hours = Calendar.objects.create(slug="desk", name="Desk")
    open_now = {"tz": "UTC", "hours": {"wed": {"12:00": "18:00"}}}
    publish_calendar(hours, spec=open_now, by=lead, now=now)
    default = Policy.objects.get(slug="default")
    publish_policy(default, targets=[NewTarget("first_response", 3, 2 * 3_600, hours)], by=lead, now=now)
    case = make_case(received_at=now)
    assert first(case).due_at == now + 2 * HOUR

    publish_calendar(
        hours, spec={"tz": "UTC", "hours": {"wed": {"12:00": "13:00"}, "thu": {"12:00": "18:00"}}}, by=lead, now=now
    )
    sweep_rollouts(now)

    assert first(case).due_at == now + timedelta(hours=25)


def test_a_wording_that_leaves_a_target_as_it_is_tells_of_no_new_one(make_case, publish, now):
    case = make_case(received_at=now)
    target, due_at = first(case).target_seconds, first(case).due_at
    told = Entry.objects.filter(event="clock.retargeted", subject_id=str(case.pk))

    version = publish(target)
    sweep_rollouts(now)
    assert first(case).policy_version_id == version.pk
    assert (first(case).due_at, told.count()) == (due_at, 0)

    publish(target // 2)
    sweep_rollouts(now)
    assert told.count() == 1
