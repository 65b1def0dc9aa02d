"""What the provider says afterwards: signed or refused, once, twice, late and out of order."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.utils import timezone
from fake_provider import FakeProvider
from parcels import Tell

from foundation.accounts.models import User
from foundation.notifications.channels.twilio import Account
from foundation.notifications.models import Channel, OutboxMessage
from foundation.notifications.operations import send_due

pytestmark = pytest.mark.django_db

Report = Callable[..., Any]


@pytest.fixture
def sms(tell: Tell, agent: User, phone: Any, fake: FakeProvider) -> OutboxMessage:
    phone(agent)
    (message,) = tell(agent, channels=[Channel.SMS])
    return message


def state(message: OutboxMessage) -> str:
    return OutboxMessage.objects.get(pk=message.pk).state


def last_try(message: OutboxMessage) -> tuple[str, str]:
    outcome, code = message.tries.order_by("-pk").values_list("outcome", "code")[0]
    return outcome, code


def test_a_message_that_arrived_is_delivered(sms: OutboxMessage, reports: Report, now: datetime) -> None:
    send_due(now=now)

    for status in ("queued", "sent", "delivered"):
        assert reports(sms, MessageStatus=status).status_code == 204

    assert state(sms) == "delivered"
    assert last_try(sms) == ("delivered", "")


def test_words_out_of_order_and_repeated_change_nothing(
    sms: OutboxMessage, reports: Report, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    send_due(now=now)

    for status in ("delivered", "sent", "queued", "delivered", "undelivered", "failed", "delivered"):
        assert reports(sms, MessageStatus=status).status_code == 204

    send_due(now=timezone.now())
    assert state(sms) == "delivered"
    assert mailoutbox == []


def test_what_did_not_arrive_goes_by_mail_once(
    sms: OutboxMessage, reports: Report, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    send_due(now=now)

    for _time in range(3):
        reports(sms, MessageStatus="undelivered", ErrorCode="30003")
    reports(sms, MessageStatus="delivered")

    send_due(now=timezone.now())
    assert state(sms) == "failed"
    assert last_try(sms) == ("failed", "30003")
    assert len(mailoutbox) == 1


def test_a_word_that_comes_while_the_answer_is_still_missing_ends_the_retry(
    sms: OutboxMessage, reports: Report, fake: FakeProvider, now: datetime
) -> None:
    fake.script += ["late"]
    send_due(now=now)
    assert state(sms) == "queued"

    reports(sms, MessageStatus="delivered")
    send_due(now=now + timedelta(minutes=5))

    assert state(sms) == "delivered"
    assert len(fake.requests) == 1


@pytest.mark.parametrize("signature", ["", "AAAA", "x" * 500])
def test_a_word_that_the_provider_did_not_sign_is_refused(
    sms: OutboxMessage, reports: Report, now: datetime, signature: str
) -> None:
    send_due(now=now)

    assert reports(sms, signature=signature, MessageStatus="delivered").status_code == 403

    assert state(sms) == "sent"


def test_a_signature_of_other_fields_or_of_another_message_is_refused(
    sms: OutboxMessage, reports: Report, settings: Any, now: datetime
) -> None:
    send_due(now=now)
    account = Account.from_url(settings.SMS_URL)
    assert account is not None
    url = f"{settings.BASE_URL}/provider/{sms.message_id}/status/"

    for signed, fields in (
        (url, {"MessageStatus": ["failed"]}),
        (url.replace("status", "key"), {"MessageStatus": ["delivered"]}),
        (url.replace("http:", "https:"), {"MessageStatus": ["delivered"]}),
    ):
        signature = account.signature(signed, fields)
        assert reports(sms, signature=signature, MessageStatus="delivered").status_code == 403

    assert state(sms) == "sent"


def test_without_an_account_nobodys_word_is_taken(
    sms: OutboxMessage, reports: Report, settings: Any, now: datetime
) -> None:
    send_due(now=now)
    settings.SMS_URL = ""

    assert reports(sms, signature="", MessageStatus="delivered").status_code == 403


def test_the_signature_is_that_of_the_providers_own_example() -> None:
    """The worked example that the provider publishes for checking an implementation."""
    account = Account("https://api.twilio.com", "AC1", "12345", "+18005551212")
    fields = {
        "CallSid": ["CA1234567890ABCDE"],
        "Caller": ["+14158675310"],
        "Digits": ["1234"],
        "From": ["+14158675310"],
        "To": ["+18005551212"],
    }
    assert account.has_signed("L/OH5YylLD5NRKLltdqwSvS0BnU=", "https://example.com/myapp.php?foo=1&bar=2", fields)


def test_a_word_about_a_message_that_never_was_is_taken_without_effect(
    sms: OutboxMessage, reports: Report, now: datetime
) -> None:
    assert reports(sms, MessageStatus="delivered").status_code == 204
    assert state(sms) == "queued"
    ghost = OutboxMessage(message_id="00000000-0000-0000-0000-000000000000")
    assert reports(ghost, MessageStatus="delivered").status_code == 204
    assert reports(ghost, "key", Digits="1").status_code == 200
