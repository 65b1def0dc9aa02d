from datetime import datetime, timedelta

import pytest
from parcels import Parcel, Shelf

from foundation.accounts.models import Team, User
from foundation.audit.models import Entry
from foundation.escalation.models import Cause, Escalation, EscalationPolicy, EscalationPolicyVersion, Page
from foundation.notifications.models import OutboxMessage

pytestmark = pytest.mark.django_db


def called(escalation: Escalation) -> set[tuple[str, str]]:
    return set(escalation.pages.values_list("person__name", "channel"))


def events_about(parcel: Parcel) -> list[str]:
    return list(
        Entry.objects.filter(subject_kind="parcel", subject_id=parcel.number)
        .order_by("pk")
        .values_list("event", flat=True)
    )


def test_a_missed_first_response_calls_the_lead_at_once(call, parcel: Parcel, lead: User, now: datetime) -> None:
    escalation = call()

    assert (escalation.state, escalation.next_step_at) == ("triggered", now + timedelta(minutes=15))
    assert called(escalation) == {(lead.name, "in_app"), (lead.name, "mail")}
    assert set(OutboxMessage.objects.values_list("recipient", "not_before")) == {(lead.pk, now)}
    assert events_about(parcel) == ["escalation.started"]


def test_the_same_cause_calls_once(call, lead: User) -> None:
    first = call(key="clock:1:breach")
    second = call(key="clock:1:breach")

    assert first == second
    assert Escalation.objects.count() == 1
    assert Page.objects.count() == 2


def test_a_second_cause_joins_a_call_that_reached_everybody_it_would_call(call, parcel: Parcel, lead: User) -> None:
    first = call(key="a")
    second = call("breach:resolution", severity=2, key="b")

    assert first == second
    assert Page.objects.count() == 2
    assert Cause.objects.filter(escalation=first).count() == 2
    assert Escalation.objects.get().severity == 2
    assert events_about(parcel) == ["escalation.started", "escalation.joined"]
    assert call("breach:resolution", key="b") == first
    assert events_about(parcel) == ["escalation.started", "escalation.joined"]


def test_a_second_cause_that_would_call_somebody_else_calls_her(
    call, make_user, shelf: Shelf, parcel: Parcel, lead: User, now: datetime
) -> None:
    helper = make_user("Jo Park", "senior")
    parcel.show_to(helper)
    EscalationPolicy.objects.filter(slug="resolution").update(is_active=False)
    policy = EscalationPolicy.objects.create(slug="other", name="Other", reason="breach:resolution")
    EscalationPolicyVersion.objects.create(
        policy=policy, number=1, created_at=now,
        levels=[{"targets": [{"kind": "person", "id": helper.pk}], "channels": ["in_app"], "ack_seconds": 60, "window": None}],
    )  # fmt: skip
    first = call()

    second = call("breach:resolution")

    assert first != second
    assert called(second) == {(helper.name, "in_app")}


def test_a_call_by_hand_stands_alone_and_reaches_the_person_named(
    call, parcel: Parcel, agent: User, lead: User
) -> None:
    first = call()

    by_hand = call("by_hand", to=agent, by=lead)

    assert first != by_hand
    assert called(by_hand) == {(agent.name, "in_app"), (agent.name, "mail")}


def test_a_call_by_hand_that_names_nobody_reaches_the_lead(call, lead: User, agent: User) -> None:
    assert called(call("by_hand", by=agent)) == {(lead.name, "in_app"), (lead.name, "mail")}


def test_a_reason_without_a_policy_still_calls_the_lead(call, lead: User) -> None:
    escalation = call("something:new")

    assert escalation.policy_version is None
    assert called(escalation) == {(lead.name, "in_app"), (lead.name, "mail")}


def test_the_first_active_policy_that_fits_the_team_applies(
    call, team: Team, other_team: Team, lead: User, now: datetime
) -> None:
    shipped = EscalationPolicy.objects.get(slug="first-response")
    for position, (slug, of_team) in enumerate([("theirs", other_team), ("ours", team)]):
        policy = EscalationPolicy.objects.create(
            slug=slug, name=slug, reason="breach:first_response", team=of_team, position=position
        )
        EscalationPolicyVersion.objects.create(policy=policy, number=1, levels=shipped.current.levels, created_at=now)

    assert call().policy_version.policy.slug == "ours"


def test_a_policy_that_changes_later_changes_no_call_that_is_out(call, lead: User, now: datetime) -> None:
    escalation = call()
    policy = EscalationPolicy.objects.get(slug="first-response")
    EscalationPolicyVersion.objects.create(policy=policy, number=2, levels=[], created_at=now)

    escalation.refresh_from_db()
    assert escalation.policy_version.number == 1
    assert len(escalation.levels) == 1


def test_without_a_lead_every_admin_hears_of_a_gap_and_nothing_of_the_record(
    call, parcel: Parcel, admin: User, manager: User, team: Team, now: datetime, mailoutbox
) -> None:
    from foundation.notifications.operations import send_due

    team.lead = None

    escalation = call()
    send_due(now=now)

    assert events_about(parcel) == ["escalation.started", "escalation.level_empty"]
    (gap,) = [mail for mail in mailoutbox if mail.to == [admin.email]]
    assert "PC-1" not in str(gap.message())
    assert "United States" in gap.subject
    assert called(escalation) == {(manager.name, "in_app"), (manager.name, "mail")}


def test_a_lead_who_may_not_see_the_record_is_not_called_for_it(
    call, parcel: Parcel, lead: User, admin: User, manager: User
) -> None:
    parcel.hide_from(lead)

    escalation = call()

    assert called(escalation) == {(manager.name, "in_app"), (manager.name, "mail")}
    assert OutboxMessage.objects.filter(recipient=admin, notice="coverage_gap").count() == 2


def test_where_nobody_at_all_can_be_called_the_call_stays_in_sight(
    call, parcel: Parcel, lead: User, manager: User, admin: User, now: datetime
) -> None:
    parcel.hide_from(lead, manager)

    escalation = call()

    assert (escalation.state, escalation.ended_at) == ("exhausted", now)
    assert events_about(parcel)[-1] == "escalation.exhausted"
    gaps = OutboxMessage.objects.filter(recipient=admin, channel="mail").values_list("context__gap", flat=True)
    assert set(gaps) == {"nobody_may_see", "silence"}
