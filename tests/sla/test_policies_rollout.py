"""What a new wording does to the clocks that run: said beforehand, then done in the background."""

from datetime import timedelta

import pytest
from django.db import connection

from cases.models import Clock
from cases.operations import firing, rollouts
from cases.operations.contacts import record_contact
from cases.operations.rollouts import Preview, preview, sweep_rollouts
from foundation.escalation.models import Escalation
from foundation.sla.models import Calendar, Policy, PolicyVersion
from foundation.sla.operations import NewTarget, PolicyRefused, publish_calendar, publish_policy

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
