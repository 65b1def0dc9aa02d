"""The ledger of deliveries and the tests of channels, as leads and admins see them."""

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from fake_provider import FakeProvider
from parcels import Shelf, Tell

from foundation.accounts.models import Team, User
from foundation.notifications.ledger import PAGE, Wanted, people_of, read_ledger
from foundation.notifications.models import Channel, ChatHook, InboxItem, OutboxMessage
from foundation.notifications.operations import send_due, send_test

pytestmark = pytest.mark.django_db

LEDGER = "notifications:ledger"


@pytest.fixture(autouse=True)
def demo(settings: Any) -> None:
    """Leads need no second factor."""
    settings.DEMO = True


def test_a_lead_reads_of_her_teams_people_and_of_nobody_else(
    tell: Tell, parcel: Any, agent: User, lead: User, stranger: User, manager: User, admin: User, now: datetime
) -> None:
    tell(agent, stranger, lead, channels=[Channel.MAIL])

    def named(reader: User) -> set[str]:
        lines = read_ledger(reader, Wanted()).lines
        return {line.message.recipient.name for line in lines if line.message.recipient}

    assert named(lead) == {agent.name, lead.name}
    assert named(manager) == named(admin) == {agent.name, lead.name, stranger.name}
    assert stranger not in people_of(lead)


def test_a_record_is_named_only_to_who_may_see_it(
    tell: Tell, parcel: Any, agent: User, lead: User, admin: User, client: Client, now: datetime
) -> None:
    tell(agent, channels=[Channel.MAIL])
    parcel.show_to(lead)

    (seen,), (unseen,) = read_ledger(lead, Wanted()).lines, read_ledger(admin, Wanted()).lines

    assert (seen.label, seen.url) == ("PC-1", "/parcels/1/")
    assert (unseen.label, unseen.url) == ("", "")
    client.force_login(admin)
    assert "PC-1" not in client.get(reverse(LEDGER)).content.decode()


def test_the_ledger_is_filtered_by_state_channel_and_person(
    tell: Tell, agent: User, colleague: User, lead: User, now: datetime
) -> None:
    tell(agent, colleague)
    OutboxMessage.objects.filter(channel="mail", recipient=agent).update(state="failed")

    def count(**wanted: Any) -> int:
        return len(read_ledger(lead, Wanted(**wanted)).lines)

    assert count() == 4
    assert count(channel="mail") == 2
    assert count(state="failed") == 1
    assert count(person=colleague) == 2
    assert count(person=colleague, state="failed") == 0


def test_filters_that_mean_nothing_leave_nothing_out(tell: Tell, agent: User, lead: User, client: Client) -> None:
    tell(agent)
    client.force_login(lead)

    for query in ("?state=x", "?channel=%00", "?person=abc", "?before=x", "?before=99999999999999999999", "?person="):
        answer = client.get(f"{reverse(LEDGER)}{query}")
        assert answer.status_code == 200
        assert "A parcel moved" in answer.content.decode(), query


def test_a_long_ledger_goes_on_in_pages_at_the_same_number_of_queries(
    tell: Tell, shelf: Shelf, agent: User, lead: User, now: datetime, django_assert_max_num_queries: Any
) -> None:
    for _number in range(PAGE // 2 + 2):
        tell(agent, subject=shelf.add(agent, lead).subject)

    with django_assert_max_num_queries(5):
        first = read_ledger(lead, Wanted())
    second = read_ledger(lead, Wanted(), before=first.before)

    assert (len(first.lines), len(second.lines), second.before) == (PAGE, 4, None)


def test_words_of_an_error_that_may_quote_a_record_are_not_in_the_ledger(
    tell: Tell, agent: User, lead: User, now: datetime, client: Client
) -> None:
    # A page without its reason cannot be put into words.
    (message,) = tell(agent, notice="escalation_page", context={"seen": "Secret contents"}, channels=[Channel.MAIL])
    send_due(now=now)

    (one,) = message.tries.all()
    assert (one.outcome, one.code, one.said) == ("later", "KeyError", "")


@pytest.mark.parametrize("role", ["agent", "senior", "claims", "legal", "quality", "finance"])
def test_the_ledger_and_the_channels_are_leads_and_admins_own(
    role: str, request: pytest.FixtureRequest, client: Client
) -> None:
    client.force_login(request.getfixturevalue(role))

    assert client.get(reverse(LEDGER)).status_code == 403
    assert client.get(reverse("notifications:channels")).status_code == 403
    assert client.post(reverse("notifications:test"), {"channel": "mail", "person": "1"}).status_code == 403


def test_a_test_reaches_whom_it_is_for_and_shows_what_became_of_it(
    agent: User, lead: User, client: Client, mailoutbox: list[EmailMessage]
) -> None:
    client.force_login(lead)

    client.post(reverse("notifications:test"), {"channel": "mail", "person": agent.pk})
    send_due(now=timezone.now())

    (mail,) = mailoutbox
    assert mail.to == [agent.email]
    assert lead.name in mail.body
    page = client.get(reverse("notifications:channels")).content.decode()
    assert agent.name in page
    assert "Sent" in page


def test_somebody_tries_her_own_ways_out(agent: User, client: Client, fake: FakeProvider) -> None:
    client.force_login(agent)

    for channel in ("in_app", "sms"):
        client.post(reverse("notifications:test_me"), {"channel": channel})
    send_due(now=timezone.now())

    assert InboxItem.objects.get(user=agent).message.notice == "channel_test"
    page = client.get(reverse("notifications:preferences")).content.decode()
    assert "no_phone" in page
    assert "Delivered" in page


def test_a_test_goes_by_no_other_channel(
    agent: User, lead: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    message = send_test("sms", to=agent, by=lead, now=now)

    send_due(now=now)
    send_due(now=now)

    message.refresh_from_db()
    assert (message.state, mailoutbox) == ("failed", [])


def test_the_chat_of_a_team_is_tried_out(
    team: Team, lead: User, admin: User, client: Client, fake: FakeProvider
) -> None:
    client.force_login(admin)
    path = reverse("notifications:chat", args=[team.pk])
    bad = client.post(path, {f"team-{team.pk}-url": "http://169.254.169.254/latest", "save": ""})
    assert bad.status_code == 422
    assert "inside a network" in bad.content.decode()
    client.post(path, {f"team-{team.pk}-url": f"{fake.address}/services/T0", "save": ""})
    client.post(path, {"test": ""})
    send_due(now=timezone.now())

    assert fake.requests[0].fields["text"].startswith(f"{admin.name}: A test from the desk, sent by {admin.name}.")
    client.post(path, {"remove": ""})
    assert not ChatHook.objects.exists()


def test_too_many_tests_to_one_person_are_refused(agent: User, lead: User, now: datetime) -> None:
    for _number in range(5):
        send_test("sms", to=agent, by=lead, now=now)

    with pytest.raises(ValidationError, match="Five tests"):
        send_test("sms", to=agent, by=lead, now=now)
    send_test("mail", to=agent, by=lead, now=now)


def test_no_test_goes_to_a_person_out_of_sight_or_by_a_way_that_is_none(
    stranger: User, lead: User, agent: User, client: Client
) -> None:
    client.force_login(lead)

    for fields in (
        {"channel": "mail", "person": stranger.pk}, {"channel": "webhook", "person": agent.pk},
        {"channel": "fax", "person": agent.pk}, {"channel": "mail", "person": "x"}, {},
    ):  # fmt: skip
        assert client.post(reverse("notifications:test"), fields).status_code == 422
    client.post(reverse("notifications:test_me"), {"channel": "webhook"})

    assert not OutboxMessage.objects.exists()
