from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from parcels import Parcel, Shelf

from foundation.accounts.models import User
from foundation.audit.models import Entry
from foundation.escalation.calls import count_on_rail, count_unanswered, open_calls
from foundation.escalation.models import Cause, Escalation
from foundation.escalation.operations import (
    AlreadyAcknowledged,
    acknowledge_escalation,
    end_escalations,
    note_activity,
    sweep_escalations,
)
from foundation.escalation.reasons import reason_name
from foundation.notifications.inbox import count_unread
from foundation.notifications.operations import send_due
from foundation.workflow.moves import MoveRefused

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, parcel: Parcel, senior: User) -> Client:
    """The browser of a senior agent, who sees the parcel and answers calls."""
    parcel.show_to(senior)
    client.force_login(senior)
    return client


def test_acknowledging_stops_the_pages_that_have_not_left(call, lead: User, now: datetime, mailoutbox) -> None:
    escalation = acknowledge_escalation(call(), by=lead, now=now)

    send_due(now=now)

    assert (escalation.state, escalation.acknowledged_by) == ("acknowledged", lead)
    assert escalation.acknowledged_until == now + timedelta(minutes=30)
    assert mailoutbox == []


def test_acknowledging_marks_her_page_read(call, lead: User, now: datetime) -> None:
    escalation = call()
    send_due(now=now)
    assert count_unread(lead) == 1

    acknowledge_escalation(escalation, by=lead, now=now)

    assert count_unread(lead) == 0


def test_of_two_who_acknowledge_one_wins_and_the_other_hears_who_and_when(
    call, lead: User, manager: User, now: datetime
) -> None:
    escalation = call()
    acknowledge_escalation(escalation, by=lead, now=now)

    with pytest.raises(AlreadyAcknowledged) as refused:
        acknowledge_escalation(escalation, by=manager, now=now + timedelta(seconds=1))

    assert str(refused.value) == "Ana Duarte acknowledged this at 12:00."
    assert (refused.value.by, refused.value.at) == (lead, now)


def test_acknowledging_twice_is_one_effect(call, lead: User, now: datetime) -> None:
    escalation = call()
    acknowledge_escalation(escalation, by=lead, now=now)

    again = acknowledge_escalation(escalation, by=lead, now=now + timedelta(minutes=5))

    assert again.acknowledged_at == now
    assert Entry.objects.filter(event="escalation.acknowledged").count() == 1


def test_a_role_that_answers_no_calls_is_refused(call, lead: User, admin: User, now: datetime) -> None:
    with pytest.raises(MoveRefused, match="not among what your role may do"):
        acknowledge_escalation(call(), by=admin, now=now)


def test_a_call_that_nobody_answered_can_still_be_answered(
    call, parcel: Parcel, lead: User, manager: User, now: datetime
) -> None:
    parcel.hide_from(lead, manager)
    escalation = call()
    assert escalation.state == "exhausted"

    acknowledge_escalation(escalation, by=lead, now=now)

    escalation.refresh_from_db()
    assert (escalation.state, escalation.ended_at) == ("acknowledged", None)


def test_a_call_that_is_over_cannot_be_answered(call, parcel: Parcel, lead: User, now: datetime) -> None:
    escalation = call()
    assert end_escalations(parcel.subject, by=lead, now=now) == 1

    with pytest.raises(MoveRefused, match="over"):
        acknowledge_escalation(escalation, by=lead, now=now)
    assert sweep_escalations(now=now + timedelta(days=1)) == 0


@pytest.mark.parametrize("minutes", [0, 481])
def test_an_acknowledgement_holds_from_a_minute_to_eight_hours(call, lead: User, now: datetime, minutes: int) -> None:
    with pytest.raises(MoveRefused, match="8 hours"):
        acknowledge_escalation(call(), by=lead, now=now, minutes=minutes)


def test_activity_defers_the_end_of_an_acknowledgement_and_never_shortens_it(
    call, parcel: Parcel, lead: User, now: datetime
) -> None:
    escalation = acknowledge_escalation(call(), by=lead, now=now)

    note_activity(parcel.subject, now=now + timedelta(minutes=10))
    escalation.refresh_from_db()
    assert escalation.acknowledged_until == escalation.next_step_at == now + timedelta(minutes=40)

    note_activity(parcel.subject, now=now + timedelta(minutes=5))
    escalation.refresh_from_db()
    assert escalation.acknowledged_until == now + timedelta(minutes=40)


def test_ending_by_reason_leaves_the_other_calls_out(
    call, parcel: Parcel, lead: User, agent: User, now: datetime
) -> None:
    breach, by_hand = call(), call("by_hand", to=agent, by=lead)

    assert end_escalations(parcel.subject, reason="by_hand", by=lead, now=now) == 1

    breach.refresh_from_db()
    by_hand.refresh_from_db()
    assert (breach.state, by_hand.state) == ("triggered", "resolved")


@pytest.mark.parametrize("met_first", ["breach:first_response", "breach:resolution"])
@pytest.mark.parametrize("started_first", ["breach:first_response", "breach:resolution"])
def test_a_call_that_two_causes_share_ends_with_the_last_of_them(
    call, parcel: Parcel, lead: User, now: datetime, started_first: str, met_first: str
) -> None:
    both = ["breach:first_response", "breach:resolution"]
    (other,) = {*both} - {started_first}
    (left,) = {*both} - {met_first}
    escalation = call(started_first)
    assert call(other) == escalation

    assert end_escalations(parcel.subject, reason=met_first, by=lead, now=now) == 0
    escalation.refresh_from_db()
    assert (escalation.state, escalation.reason) == ("triggered", left)
    (shown,) = open_calls(lead)
    assert shown.reasons == [reason_name(left)]

    assert end_escalations(parcel.subject, reason=left, by=lead, now=now) == 1
    escalation.refresh_from_db()
    assert escalation.state == "resolved"
    assert not Cause.objects.filter(ended_at__isnull=True).exists()


def test_the_page_shows_what_since_when_and_who_was_called(call, lead: User, desk: Client) -> None:
    call()

    page = desk.get(reverse("escalation:list")).content.decode()

    for words in ("PC-1", "Secret contents of 1", "First response missed", lead.name, "Severity 3", "Acknowledge"):
        assert words in page


def test_the_number_on_the_rail_is_right_at_once_for_who_answered(call, senior: User, desk: Client) -> None:
    escalation = call()
    assert count_on_rail(senior) == 1

    desk.post(reverse("escalation:acknowledge", args=[escalation.pk]))

    assert count_on_rail(senior) == 0


def test_what_a_reader_may_not_see_is_neither_listed_nor_counted(
    call, parcel: Parcel, lead: User, senior: User, desk: Client
) -> None:
    escalation = call()
    assert count_unanswered(senior) == 1
    parcel.hide_from(senior)

    assert count_unanswered(senior) == 0
    assert "PC-1" not in desk.get(reverse("escalation:list")).content.decode()
    assert desk.post(reverse("escalation:acknowledge", args=[escalation.pk])).status_code == 404


def test_she_acknowledges_in_the_browser_and_a_second_one_is_told(
    call, lead: User, agent: User, senior: User, desk: Client
) -> None:
    url = reverse("escalation:acknowledge", args=[call().pk])

    first = desk.post(url, follow=True).content.decode()
    desk.force_login(agent)
    second = desk.post(url, follow=True).content.decode()

    assert "It is yours." in first
    assert "Priya Nair acknowledged this at" in second
    assert Escalation.objects.get().acknowledged_by == senior


def test_the_list_costs_no_more_queries_for_more_calls(
    call, shelf: Shelf, lead: User, senior: User, desk: Client, django_assert_max_num_queries
) -> None:
    for _number in range(5):
        call(subject=shelf.add(lead, senior).subject)
    with django_assert_max_num_queries(20) as few:
        desk.get(reverse("escalation:list"))
    for _number in range(15):
        call(subject=shelf.add(lead, senior).subject)

    with django_assert_max_num_queries(len(few.captured_queries)):
        desk.get(reverse("escalation:list"))
