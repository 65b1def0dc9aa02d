from datetime import UTC, datetime, timedelta

import pytest
from parcels import Parcel

from foundation.accounts.models import Team, User
from foundation.audit.models import Entry
from foundation.escalation.models import Escalation, EscalationPolicy, EscalationPolicyVersion
from foundation.escalation.operations import acknowledge_escalation, step_escalation, sweep_escalations
from foundation.notifications.models import OutboxMessage
from foundation.notifications.operations import send_due

pytestmark = pytest.mark.django_db

QUARTER = timedelta(minutes=15)


@pytest.fixture
def two_levels(db: None, now: datetime, agent: User, lead: User) -> EscalationPolicy:
    """The agent first, the lead five minutes later, once more, then nobody further."""
    EscalationPolicy.objects.update(is_active=False)
    policy = EscalationPolicy.objects.create(slug="two", name="Two levels", reason="breach:first_response")
    EscalationPolicyVersion.objects.create(
        policy=policy,
        number=1,
        repeat=1,
        created_at=now,
        levels=[
            {
                "targets": [{"kind": "person", "id": agent.pk}],
                "channels": ["in_app"],
                "ack_seconds": 300,
                "window": None,
            },
            {"targets": [{"kind": "team_lead"}], "channels": ["mail"], "ack_seconds": 300, "window": None},
        ],
    )
    return policy


def turns(escalation: Escalation) -> list[tuple[int, int, int, str]]:
    pages = escalation.pages.order_by("pk").values_list("cycle", "round", "level", "person__name")
    return list(pages)


def test_silence_passes_the_call_on_level_after_level_and_round_after_round(
    call, two_levels: EscalationPolicy, agent: User, lead: User, now: datetime
) -> None:
    escalation = call()

    for minutes in (5, 10, 15, 20):
        assert sweep_escalations(now=now + timedelta(minutes=minutes)) == 1

    assert turns(escalation) == [
        (1, 0, 0, agent.name), (1, 0, 1, lead.name), (1, 1, 0, agent.name), (1, 1, 1, lead.name),
    ]  # fmt: skip
    escalation.refresh_from_db()
    assert escalation.state == "exhausted"


def test_nothing_steps_before_its_time(call, now: datetime) -> None:
    escalation = call()

    assert not step_escalation(escalation.pk, now=now + QUARTER - timedelta(seconds=1))
    assert step_escalation(escalation.pk, now=now + QUARTER)


def test_after_the_last_round_every_manager_is_called_and_then_the_admins_hear(
    call, lead: User, manager: User, admin: User, now: datetime
) -> None:
    escalation = call()

    for quarters in (1, 2, 3, 4):
        sweep_escalations(now=now + quarters * QUARTER)

    assert [turn[1:] for turn in turns(escalation)] == [
        (0, 0, lead.name), (0, 0, lead.name), (1, 0, lead.name), (1, 0, lead.name), (2, 0, lead.name), (2, 0, lead.name),
        (2, 1, manager.name), (2, 1, manager.name),
    ]  # fmt: skip
    escalation.refresh_from_db()
    assert escalation.state == "exhausted"
    assert OutboxMessage.objects.filter(recipient=admin, context__gap="silence").exists()


def test_a_page_whose_turn_has_passed_is_not_sent(
    call, two_levels: EscalationPolicy, lead: User, now: datetime, mailoutbox
) -> None:
    call()
    sweep_escalations(now=now + timedelta(minutes=5))
    sweep_escalations(now=now + timedelta(minutes=10))

    send_due(now=now + timedelta(minutes=10))

    assert mailoutbox == []
    assert set(OutboxMessage.objects.filter(recipient=lead).values_list("state", flat=True)) == {"cancelled"}


def test_an_acknowledgement_that_runs_out_calls_whoever_leads_now(
    call, parcel: Parcel, team: Team, lead: User, make_user, now: datetime
) -> None:
    escalation = call()
    acknowledge_escalation(escalation, by=lead, now=now)
    new_lead = make_user("Iris Vale", "lead", team)
    parcel.show_to(new_lead)
    Team.objects.filter(pk=team.pk).update(lead=new_lead)

    assert sweep_escalations(now=now + timedelta(minutes=29)) == 0
    assert sweep_escalations(now=now + timedelta(minutes=30)) == 1

    escalation.refresh_from_db()
    assert (escalation.state, escalation.cycle, escalation.acknowledged_by) == ("triggered", 2, None)
    assert {turn[3] for turn in turns(escalation) if turn[0] == 2} == {new_lead.name}
    assert Entry.objects.filter(event="escalation.expired").count() == 1


def test_a_level_outside_its_window_is_passed_except_in_an_emergency(
    call, agent: User, lead: User, two_levels: EscalationPolicy, team: Team, now: datetime
) -> None:
    # Noon in UTC is five in the morning in Denver.
    version = two_levels.current
    version.levels[0]["window"] = {"from": "08:00", "to": "18:00"}
    version.save()

    asleep = call(key="night")
    emergency = call(key="emergency", severity=1)

    assert {turn[3] for turn in turns(asleep)} == {lead.name}
    assert {turn[3] for turn in turns(emergency)} == {agent.name}
    assert not OutboxMessage.objects.filter(notice="coverage_gap").exists()


def test_one_that_raises_stops_no_other_and_is_set_aside_after_three_tries(
    call, shelf, lead: User, now: datetime
) -> None:
    broken = call()
    Escalation.objects.filter(pk=broken.pk).update(
        levels=[{"targets": [{"kind": "team_lead"}]}, {"targets": [{"kind": "martian"}]}]
    )
    sound = call(subject=shelf.add(lead).subject)

    stepped = [sweep_escalations(now=now + n * QUARTER) for n in (1, 2, 3, 4)]

    broken.refresh_from_db()
    sound.refresh_from_db()
    assert stepped[0] == 1
    assert sound.round == 2
    assert (broken.failures, broken.quarantined_at) == (3, now + 3 * QUARTER)


def test_a_page_of_an_ordinary_severity_waits_for_quiet_hours_and_an_emergency_does_not(
    call, shelf, lead: User, now: datetime
) -> None:
    from datetime import time

    from foundation.notifications.models import QuietHours

    QuietHours.objects.create(user=lead, from_time=time(11), to_time=time(13))

    call(severity=2)
    call(severity=1, subject=shelf.add(lead).subject)

    mails = OutboxMessage.objects.filter(channel="mail").order_by("pk").values_list("not_before", flat=True)
    assert list(mails) == [datetime(2026, 11, 18, 13, 0, tzinfo=UTC), now]
