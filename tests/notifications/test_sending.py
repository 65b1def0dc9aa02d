from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.db import OperationalError
from parcels import Parcel, ParcelMovedNotice, ParcelOnFireNotice, Shelf, Tell

from foundation.accounts.models import User
from foundation.audit.models import Entry
from foundation.notifications import gates, timing
from foundation.notifications.models import Channel, InboxItem, OutboxMessage
from foundation.notifications.operations import send_due
from foundation.notifications.outbox import Gate

pytestmark = pytest.mark.django_db

MAIL = {"channels": [Channel.MAIL]}


@pytest.fixture
def mail_server(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[Exception]:
    """Errors that the mail server gives, one a mail; when they are used up it takes mail again."""
    errors: list[Exception] = []
    deliver = EmailMessage.send

    def send(mail: EmailMessage, fail_silently: bool = False) -> int:
        if errors:
            raise errors.pop(0)
        return deliver(mail, fail_silently)

    monkeypatch.setattr(EmailMessage, "send", send)
    return errors


def test_a_notice_lands_in_the_inbox_and_leaves_by_mail(
    tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    in_app, mail = tell(agent)

    assert send_due(now=now) == 2

    assert InboxItem.objects.get().message == in_app
    (sent,) = mailoutbox
    assert sent.to == [agent.email]
    in_app.refresh_from_db()
    mail.refresh_from_db()
    assert (in_app.state, mail.state) == ("delivered", "sent")
    assert mail.sent_at is not None
    assert mail.leased_until is None


def test_mail_names_its_records_and_says_that_a_machine_wrote_it(
    tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage], settings: Any
) -> None:
    (message,) = tell(agent, **MAIL)

    send_due(now=now)

    headers = mailoutbox[0].extra_headers
    assert headers["X-Tsdesk-Parcel"] == "PC-1"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"].startswith(f"<{message.message_id}@")


def test_nothing_is_sent_before_its_time_or_twice(
    tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    tell(agent, at=now + timedelta(hours=1), **MAIL)

    assert send_due(now=now) == 0
    assert send_due(now=now + timedelta(hours=1)) == 1
    assert send_due(now=now + timedelta(hours=2)) == 0
    assert len(mailoutbox) == 1


def test_words_are_in_her_own_language(tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage]) -> None:
    agent.language, agent.time_zone = "es", "Europe/Madrid"
    agent.save()
    tell(agent, **MAIL)

    send_due(now=now)

    assert "PC-1" in mailoutbox[0].subject


def test_a_record_that_she_lost_sight_of_is_not_told(
    tell: Tell, parcel: Parcel, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    messages = tell(agent)
    parcel.hide_from(agent)

    send_due(now=now)

    assert not mailoutbox
    assert not InboxItem.objects.exists()
    assert {OutboxMessage.objects.get(pk=message.pk).state for message in messages} == {"cancelled"}


def test_a_notice_that_must_arrive_says_nothing_of_a_hidden_record(
    tell: Tell, parcel: Parcel, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    tell(agent, notice=ParcelOnFireNotice.code, **MAIL)
    parcel.hide_from(agent)

    send_due(now=now)

    (sent,) = mailoutbox
    assert "PC-1" not in str(sent.message())
    assert not [header for header in sent.extra_headers if header.startswith("X-Tsdesk")]


def test_a_record_of_a_kind_that_nobody_registered_is_seen_by_nobody(
    tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    tell(agent, subject=Parcel(1).subject._replace(kind="ghost"), **MAIL)

    send_due(now=now)

    assert not mailoutbox


def test_who_left_meanwhile_gets_nothing(
    tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    (message,) = tell(agent, **MAIL)
    User.objects.filter(pk=agent.pk).update(is_active=False, deactivated_at=now)

    send_due(now=now)

    message.refresh_from_db()
    assert (message.state, mailoutbox) == ("cancelled", [])


def test_held_messages_become_one_mail_that_names_every_record(
    tell: Tell, shelf: Shelf, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    tell(agent, **MAIL)
    send_due(now=now)
    for second in (10, 20):
        tell(agent, subject=shelf.add(agent).subject, at=now + timedelta(seconds=second), **MAIL)
    hidden = shelf.add()
    tell(agent, subject=hidden.subject, at=now + timedelta(seconds=30), **MAIL)

    assert send_due(now=now + timedelta(seconds=60)) == 0
    assert send_due(now=now + timedelta(seconds=120)) == 1

    _first, digest = mailoutbox
    assert digest.extra_headers["X-Tsdesk-Parcel"] == "PC-2, PC-3"
    assert "PC-2, PC-3" in digest.subject
    assert "PC-4" not in str(digest.message())
    assert sorted(OutboxMessage.objects.values_list("state", flat=True)) == ["cancelled", "sent", "sent", "sent"]


def test_the_gate_is_asked_before_each_send(
    tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    asked: list[tuple[str, str]] = []

    def may_send(gate_id: str, step: str) -> bool:
        asked.append((gate_id, step))
        return gate_id == "open"

    gates.register("hatch", may_send)
    tell(agent, gate=Gate("hatch", "open", "1"), **MAIL)
    (stopped,) = tell(agent, gate=Gate("hatch", "shut", "2"), **MAIL)

    send_due(now=now)

    stopped.refresh_from_db()
    assert asked == [("open", "1"), ("shut", "2")]
    assert len(mailoutbox) == 1
    assert stopped.state == "cancelled"


def test_a_mail_that_fails_is_tried_again_under_the_same_message_id(
    tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage], mail_server: list[Exception]
) -> None:
    (message,) = tell(agent, **MAIL)
    mail_server += [SMTPServerDisconnected("gone"), SMTPDataError(500, b"out of order")]

    send_due(now=now)
    message.refresh_from_db()
    assert message.state == "queued"
    assert "gone" in message.last_error
    assert now + timedelta(seconds=5) <= message.not_before < now + timedelta(seconds=6)

    send_due(now=now + timedelta(seconds=6))
    message.refresh_from_db()
    assert message.last_error == "500 out of order"

    send_due(now=now + timedelta(seconds=20))
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 3)
    assert mailoutbox[0].extra_headers["Message-ID"].startswith(f"<{message.message_id}@")


def test_a_digest_that_fails_stays_the_same_digest(
    tell: Tell, shelf: Shelf, agent: User, now: datetime, mailoutbox: list[EmailMessage], mail_server: list[Exception]
) -> None:
    tell(agent, **MAIL)
    tell(agent, subject=shelf.add(agent).subject, **MAIL)
    mail_server.append(SMTPServerDisconnected("gone"))
    later = now + timedelta(minutes=2)
    send_due(now=later)
    tell(agent, subject=shelf.add(agent).subject, at=later, **MAIL)

    send_due(now=later + timedelta(seconds=10))

    assert sorted(mail.extra_headers["X-Tsdesk-Parcel"] for mail in mailoutbox) == ["PC-1, PC-2", "PC-3"]


def test_a_lease_that_ran_out_is_taken_over(
    tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    (message,) = tell(agent, **MAIL)
    OutboxMessage.objects.filter(pk=message.pk).update(
        state="sending", leased_until=now + timedelta(seconds=60), attempts=1
    )

    assert send_due(now=now + timedelta(seconds=59)) == 0
    assert send_due(now=now + timedelta(seconds=60)) == 1

    assert mailoutbox[0].extra_headers["Message-ID"].startswith(f"<{message.message_id}@")


def test_trouble_of_the_database_is_no_attempt_and_delays_nothing(
    tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    troubles: list[Exception] = [OperationalError("deadlock detected")]

    def may_send(gate_id: str, step: str) -> bool:
        if troubles:
            raise troubles.pop()
        return True

    gates.register("hatch", may_send)
    (message,) = tell(agent, gate=Gate("hatch", "open", "1"), **MAIL)
    before = message.not_before

    assert send_due(now=now) == 0
    message.refresh_from_db()
    assert (message.state, message.attempts, message.not_before, message.last_error) == ("queued", 0, before, "")

    assert send_due(now=now) == 1
    assert len(mailoutbox) == 1


def test_a_message_that_raises_stops_no_other(
    tell: Tell, agent: User, colleague: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    (broken,) = tell(agent, notice=ParcelMovedNotice.code, **MAIL)
    OutboxMessage.objects.filter(pk=broken.pk).update(notice="no_such_notice")
    (ungated,) = tell(agent, gate=Gate("nobody's", "1"), **MAIL)
    tell(colleague, **MAIL)

    send_due(now=now)

    broken.refresh_from_db()
    ungated.refresh_from_db()
    assert [mail.to for mail in mailoutbox] == [[colleague.email]]
    assert (broken.state, ungated.state) == ("queued", "queued")
    assert "no_such_notice" in broken.last_error
    assert broken.not_before > now < ungated.not_before


def test_a_channel_without_a_sender_fails_and_mail_takes_over(
    tell: Tell, agent: User, admin: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    (letter,) = tell(agent, channels=[Channel.WEBHOOK])

    send_due(now=now)

    letter.refresh_from_db()
    assert letter.state == "failed"
    assert letter.last_error == "No sender is installed for webhook."
    assert [mail.to for mail in mailoutbox] == [[agent.email]]
    assert Entry.objects.filter(event="notice.failed", subject_kind="parcel").count() == 1
    assert InboxItem.objects.get(user=admin).message.notice == "delivery_failed"


def test_falling_back_doubles_nothing_that_is_there_already(
    tell: Tell, agent: User, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    tell(agent, channels=[Channel.WEBHOOK, Channel.MAIL])

    send_due(now=now)

    assert len(mailoutbox) == 1


def test_an_address_that_is_refused_for_good_is_not_tried_again(
    tell: Tell, agent: User, now: datetime, mail_server: list[Exception]
) -> None:
    (message,) = tell(agent, **MAIL)
    mail_server.append(SMTPRecipientsRefused({agent.email: (550, b"no such person")}))

    send_due(now=now)

    message.refresh_from_db()
    assert (message.state, message.attempts, message.last_error) == ("failed", 1, "550 no such person")
    assert InboxItem.objects.filter(user=agent).count() == 1


def test_a_message_is_given_up_after_its_last_attempt(
    tell: Tell, agent: User, now: datetime, mail_server: list[Exception]
) -> None:
    (message,) = tell(agent, **MAIL)
    mail_server += [OSError("no route")] * timing.MAX_ATTEMPTS
    at = now
    for _attempt in range(timing.MAX_ATTEMPTS):
        send_due(now=at)
        at += timing.LONGEST_RETRY + timedelta(seconds=1)

    message.refresh_from_db()
    assert (message.state, message.attempts) == ("failed", timing.MAX_ATTEMPTS)
    assert InboxItem.objects.filter(user=agent).count() == 1
