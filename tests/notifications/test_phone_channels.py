"""SMS and calls through a provider that answers late, twice, wrongly or not at all."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.mail import EmailMessage
from fake_provider import SENDER, FakeProvider
from parcels import Parcel, ParcelOnFireNotice, Shelf, Tell

from foundation.accounts.models import User
from foundation.notifications import answers, gates, timing
from foundation.notifications.channels.twilio import Account
from foundation.notifications.models import Channel, InboxItem, OutboxMessage, Phone
from foundation.notifications.operations import give_phone, send_due
from foundation.notifications.outbox import Gate

pytestmark = pytest.mark.django_db

GivePhone = Callable[..., Phone]
SMS = {"channels": [Channel.SMS]}
VOICE = {"channels": [Channel.VOICE]}


def outcomes(message: OutboxMessage) -> list[tuple[str, str]]:
    return list(message.tries.order_by("pk").values_list("outcome", "code"))


def sweep(now: datetime, times: int) -> None:
    """Send, and come back after every wait."""
    for turn in range(times):
        send_due(now=now + turn * timing.LONGEST_RETRY)


def test_an_sms_says_a_reference_and_a_severity_and_nothing_else_of_the_record(
    tell: Tell, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime
) -> None:
    phone(agent)
    gates.register("bell", lambda gate_id, step: True)
    (message,) = tell(agent, context={"severity": 1}, gate=Gate("bell", "1"), **SMS)

    send_due(now=now)

    (asked,) = fake.requests
    assert asked.path == "/2010-04-01/Accounts/AC0001/Messages.json"
    assert (asked.fields["To"], asked.fields["From"]) == ("+13035550142", SENDER)
    assert asked.fields["Body"] == "PC-1, SEV-1: you are called. http://testserver/parcels/1/"
    assert asked.fields["StatusCallback"].endswith(f"/provider/{message.message_id}/status/")
    message.refresh_from_db()
    assert (message.state, message.address) == ("sent", "+13035550142")
    assert list(message.tries.values_list("outcome", "provider_id")) == [("left", "SM0")]


def test_of_a_record_that_she_may_not_see_an_sms_says_only_that_she_is_needed(
    tell: Tell, parcel: Parcel, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime
) -> None:
    phone(agent)
    tell(agent, notice=ParcelOnFireNotice.code, **SMS)
    parcel.hide_from(agent)

    send_due(now=now)

    assert fake.requests[0].fields["Body"] == "There is news for you at the desk. http://testserver/"


def test_a_call_reads_a_sentence_in_her_language_and_takes_a_key(
    tell: Tell, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime
) -> None:
    phone(agent)
    User.objects.filter(pk=agent.pk).update(language="es")
    gates.register("bell", lambda gate_id, step: True)
    answers.register("bell", lambda gate_id, step, by, at: "Thank you.")
    (message,) = tell(agent, context={"severity": 2}, gate=Gate("bell", "1"), **VOICE)

    send_due(now=now)

    (asked,) = fake.requests
    assert asked.path.endswith("/Calls.json")
    assert 'language="es-ES"' in asked.fields["Twiml"]
    assert "P C 1" in asked.fields["Twiml"]
    assert f"/provider/{message.message_id}/key/" in asked.fields["Twiml"]
    assert "Secret" not in asked.fields["Twiml"]


def test_more_calls_than_a_few_are_one_sms_that_names_some_and_counts_the_rest(
    tell: Tell, shelf: Shelf, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime
) -> None:
    phone(agent)
    gates.register("bell", lambda gate_id, step: True)
    for number in range(8):
        subject = shelf.add(agent).subject
        tell(agent, subject=subject, context={"severity": 3}, gate=Gate("bell", str(number)), **SMS)

    send_due(now=now)

    assert len(fake.requests) == 1
    assert fake.requests[0].fields["Body"] == (
        "PC-2, PC-3, PC-4, PC-5, PC-6 +3, SEV-3: you are called. http://testserver/"
    )


def test_what_failed_is_tried_again_under_the_same_key_and_has_one_effect(
    tell: Tell, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime
) -> None:
    phone(agent)
    fake.script += ["500", "late", "gone"]
    (message,) = tell(agent, **SMS)

    sweep(now, 4)

    message.refresh_from_db()
    assert message.state == "sent"
    assert outcomes(message) == [("later", "500"), ("later", "no_answer"), ("later", "no_answer"), ("left", "")]
    assert {asked.key for asked in fake.requests} == {str(message.message_id)}
    assert len(fake.effects) == 1


def test_an_answer_that_drips_is_no_answer_and_holds_nobody_up(
    tell: Tell, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime
) -> None:
    phone(agent)
    fake.script += ["drip"]
    (message,) = tell(agent, **SMS)

    began = time.monotonic()
    send_due(now=now)

    assert time.monotonic() - began < 3
    assert outcomes(message) == [("later", "no_answer")]


def test_a_provider_that_asks_for_time_gets_it(
    tell: Tell, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime
) -> None:
    phone(agent)
    fake.script += ["429 120"]
    (message,) = tell(agent, **SMS)

    send_due(now=now)

    message.refresh_from_db()
    assert message.not_before >= now + timedelta(seconds=120)
    assert outcomes(message) == [("later", "20429")]
    assert send_due(now=now + timedelta(seconds=110)) == 0


@pytest.mark.parametrize("asked", ["soon", "-5", "999999999999"])
def test_no_provider_is_left_alone_for_longer_than_a_quarter_of_an_hour(
    tell: Tell, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime, asked: str
) -> None:
    phone(agent)
    fake.script += [f"429 {asked}"]
    (message,) = tell(agent, **SMS)

    send_due(now=now)

    message.refresh_from_db()
    assert now < message.not_before <= now + timing.LONGEST_RETRY + timedelta(seconds=5)


def test_what_is_refused_for_good_goes_by_mail_at_once_and_says_so(
    tell: Tell, agent: User, admin: User, phone: GivePhone, fake: FakeProvider, now: datetime,
    mailoutbox: list[EmailMessage],
) -> None:  # fmt: skip
    phone(agent)
    fake.script += ["400 21211"]
    (message,) = tell(agent, **SMS)

    send_due(now=now)

    message.refresh_from_db()
    assert message.state == "failed"
    assert outcomes(message) == [("failed", "21211")]
    (mail,) = mailoutbox
    assert "could not be delivered by: SMS" in mail.body
    assert InboxItem.objects.get(user=admin).message.notice == "delivery_failed"


def test_a_provider_that_is_away_is_given_up_within_two_minutes(
    tell: Tell, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    phone(agent)
    fake.script += ["500"] * 20
    (message,) = tell(agent, **SMS)

    for second in range(0, 121, 5):
        send_due(now=now + timedelta(seconds=second))

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", timing.MAX_ATTEMPTS_TO_A_PHONE)
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("way", [SMS, VOICE])
def test_without_a_proved_phone_mail_carries_it_at_once_and_says_so(
    tell: Tell, agent: User, admin: User, fake: FakeProvider, now: datetime, way: dict[str, Any],
    mailoutbox: list[EmailMessage],
) -> None:  # fmt: skip
    give_phone("+1 303 555 0142", by=agent, now=now - timedelta(days=1))
    OutboxMessage.objects.all().update(state="cancelled")
    (message,) = tell(agent, **way)

    send_due(now=now)

    assert fake.requests == []
    assert outcomes(message) == [("failed", "no_phone")]
    assert "no verified phone" in mailoutbox[0].body
    assert not InboxItem.objects.filter(user=admin).exists()


def test_a_number_that_changed_after_the_first_attempt_is_not_called_under_the_old_key(
    tell: Tell, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    phone(agent)
    fake.script += ["late"]
    (message,) = tell(agent, **SMS)
    send_due(now=now)
    phone(agent, "+13035550177")

    send_due(now=now + timedelta(minutes=1))

    assert [asked.fields["To"] for asked in fake.requests] == ["+13035550142"]
    assert outcomes(message) == [("later", "no_answer"), ("failed", "number_changed")]
    assert "changed meanwhile" in mailoutbox[0].body


def test_what_waited_goes_to_the_number_that_is_hers_when_it_leaves(
    tell: Tell, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime
) -> None:
    phone(agent)
    tell(agent, **SMS)
    phone(agent, "+13035550177")

    send_due(now=now)

    assert [asked.fields["To"] for asked in fake.requests] == ["+13035550177"]


def test_a_worker_that_died_leaves_its_attempt_in_the_ledger(
    tell: Tell, agent: User, phone: GivePhone, fake: FakeProvider, now: datetime
) -> None:
    phone(agent)
    (message,) = tell(agent, **SMS)
    OutboxMessage.objects.filter(pk=message.pk).update(
        state="sending", leased_until=now + timedelta(seconds=60), attempts=1
    )
    message.tries.create(number=1, begun_at=now)

    send_due(now=now + timedelta(seconds=61))

    assert outcomes(message) == [("lost", "worker_died"), ("left", "")]


def test_without_a_provider_the_words_are_a_file_where_mail_is_one_too(
    tell: Tell, agent: User, phone: GivePhone, now: datetime, settings: Any, tmp_path: Any
) -> None:
    settings.SMS_URL, settings.MESSAGES_AS_FILES, settings.MAIL_DIRECTORY = "", True, tmp_path
    phone(agent)
    tell(agent, channels=[Channel.SMS, Channel.VOICE, Channel.CHAT])

    send_due(now=now)

    files = sorted(file.read_text() for file in tmp_path.glob("*.eml"))
    assert len(files) == 3
    assert all(f"To: {agent.email}" in file for file in files)
    assert {"sms", "voice", "chat"} == {file.partition("X-Tsdesk-Channel: ")[2].split("\n")[0] for file in files}


def test_without_a_provider_where_mail_leaves_mail_carries_it(
    tell: Tell, agent: User, phone: GivePhone, now: datetime, settings: Any, mailoutbox: list[EmailMessage]
) -> None:
    settings.SMS_URL, settings.MESSAGES_AS_FILES = "", False
    phone(agent)
    (message,) = tell(agent, **SMS)

    send_due(now=now)

    assert outcomes(message) == [("failed", "no_provider")]
    assert len(mailoutbox) == 1


@pytest.mark.parametrize(
    "url", ["https://api.twilio.com/?from=+13035550100", "https://AC1:t@api.twilio.com/", "ftp://AC1:t@x/?from=+1303"]
)
def test_an_account_that_lacks_a_part_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="TSDESK_SMS_URL"):
        Account.from_url(url)


def test_a_plus_in_the_account_may_be_written_either_way() -> None:
    plain = Account.from_url("https://AC1:to%2Fken@api.twilio.com/?from=+13035550100")
    quoted = Account.from_url("https://AC1:to%2Fken@api.twilio.com/?from=%2B13035550100")
    assert plain == quoted == Account("https://api.twilio.com", "AC1", "to/ken", "+13035550100")
