"""Many calls for one person at once: few mails, the gravest first, and nothing that is not wanted any more."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.core.mail import EmailMessage
from parcels import Shelf, Tell

from foundation.accounts.models import User
from foundation.notifications import gates
from foundation.notifications.models import Channel, InboxItem, OutboxMessage
from foundation.notifications.operations import send_due
from foundation.notifications.outbox import Gate

pytestmark = pytest.mark.django_db

Page = Callable[..., list[OutboxMessage]]
BUNDLE = timedelta(minutes=2)


@pytest.fixture
def answered() -> set[str]:
    """Calls that somebody has answered; their pages may not leave any more."""
    over: set[str] = set()
    gates.register("bell", lambda gate_id, step: gate_id not in over)
    return over


@pytest.fixture
def page(tell: Tell, shelf: Shelf, agent: User, answered: set[str]) -> Page:
    """Call the agent for so many parcels, each by a gate that bears its number."""

    def call(count: int, **options: object) -> list[OutboxMessage]:
        parcels = [shelf.add(agent) for _number in range(count)]
        given = {"channels": [Channel.MAIL]} | options
        return [
            message
            for parcel in parcels
            for message in tell(agent, subject=parcel.subject, gate=Gate("bell", str(parcel.number)), **given)
        ]

    return call


def named(mail: EmailMessage) -> list[str]:
    return str(mail.extra_headers["X-Tsdesk-Parcel"]).split(", ")


def test_five_pages_at_once_are_five_mails(page: Page, now: datetime, mailoutbox: list[EmailMessage]) -> None:
    page(5)

    send_due(now=now)

    assert [len(named(mail)) for mail in mailoutbox] == [1] * 5


def test_more_than_five_pages_at_once_are_one_mail_that_names_every_record(
    page: Page, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    page(40)

    assert send_due(now=now) == 1

    (digest,) = mailoutbox
    assert len(named(digest)) == 40
    assert digest.subject.count("PC-") == 5
    assert not OutboxMessage.objects.waiting().exists()


def test_pages_after_a_digest_wait_two_minutes_for_the_next_and_an_emergency_does_not(
    page: Page, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    page(6)
    send_due(now=now)
    page(3, at=now + timedelta(seconds=5))
    page(10, at=now + timedelta(seconds=10))
    page(1, at=now + timedelta(seconds=10), urgent=True)

    send_due(now=now + timedelta(seconds=10))
    assert [len(named(mail)) for mail in mailoutbox] == [6, 1]
    send_due(now=now + timedelta(seconds=100))
    assert len(mailoutbox) == 2

    send_due(now=now + BUNDLE + timedelta(seconds=10))
    assert [len(named(mail)) for mail in mailoutbox] == [6, 1, 13]


def test_the_gravest_leave_before_the_digest(page: Page, now: datetime, mailoutbox: list[EmailMessage]) -> None:
    page(10)
    (grave,) = page(1, urgent=True)

    send_due(now=now)

    assert [len(named(mail)) for mail in mailoutbox] == [1, 10]
    assert mailoutbox[0].extra_headers["Message-ID"].startswith(f"<{grave.message_id}@")


@pytest.mark.parametrize("first", [0, 4])
def test_what_was_answered_meanwhile_is_in_no_digest(
    page: Page, answered: set[str], now: datetime, mailoutbox: list[EmailMessage], first: int
) -> None:
    messages = page(10)
    stopped = messages[first]
    answered.add(stopped.gate_id)

    send_due(now=now)
    send_due(now=now + timedelta(seconds=5))

    stopped.refresh_from_db()
    (digest,) = mailoutbox
    assert len(named(digest)) == 9
    assert stopped.state == "cancelled"


def test_the_pages_of_one_person_hold_nobody_elses(
    page: Page, tell: Tell, shelf: Shelf, colleague: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    page(6)
    send_due(now=now)
    tell(colleague, subject=shelf.add(colleague).subject, gate=Gate("bell", "hers"), channels=[Channel.MAIL])

    send_due(now=now + timedelta(seconds=5))

    assert mailoutbox[1].to == [colleague.email]


def test_a_storm_in_the_app_is_delivered_together_and_each_page_stays_an_item_of_its_own(
    page: Page, answered: set[str], now: datetime
) -> None:
    messages = page(60, channels=[Channel.IN_APP])
    answered.add(messages[7].gate_id)

    assert send_due(now=now) == 1

    assert InboxItem.objects.count() == 59
    assert not OutboxMessage.objects.waiting().exists()
