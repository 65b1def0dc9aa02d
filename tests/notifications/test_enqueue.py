from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import transaction
from parcels import Parcel, ParcelMovedNotice, ParcelOnFireNotice, Tell

from foundation.accounts.models import User
from foundation.audit.trail import OutsideTransactionError
from foundation.notifications import outbox
from foundation.notifications.models import Channel, OutboxMessage, Preference, QuietHours

pytestmark = pytest.mark.django_db


def mails(messages: list[OutboxMessage]) -> list[OutboxMessage]:
    return [message for message in messages if message.channel == Channel.MAIL]


@pytest.mark.django_db(transaction=True)
def test_a_message_cannot_be_written_outside_a_transaction(parcel: Parcel, agent: User, now: datetime) -> None:
    with pytest.raises(OutsideTransactionError):
        outbox.enqueue(ParcelMovedNotice.code, subject=parcel.subject, recipients=[agent], context={}, key="1", now=now)


def test_a_message_goes_with_the_transaction_that_wrote_it(tell: Tell, agent: User) -> None:
    with transaction.atomic():
        tell(agent)
        transaction.set_rollback(True)

    assert not OutboxMessage.objects.exists()


def test_each_recipient_gets_one_message_a_channel(tell: Tell, agent: User, colleague: User) -> None:
    messages = tell(agent, colleague, agent)

    assert {(message.recipient, message.channel) for message in messages} == {
        (agent, "in_app"), (agent, "mail"), (colleague, "in_app"), (colleague, "mail"),
    }  # fmt: skip


def test_the_same_key_writes_no_second_row(tell: Tell, agent: User) -> None:
    first = tell(agent, key="parcel:1:moved")
    second = tell(agent, key="parcel:1:moved")

    assert [message.pk for message in first] == [message.pk for message in second]
    assert OutboxMessage.objects.count() == 2


def test_nobody_is_told_of_her_own_deed(tell: Tell, agent: User, colleague: User) -> None:
    messages = tell(agent, colleague, by=agent)

    assert {message.recipient for message in messages} == {colleague}
    assert messages[0].context["by"] == ["staff", str(agent.pk)]


def test_who_has_left_is_told_nothing(tell: Tell, agent: User, now: datetime) -> None:
    agent.is_active, agent.deactivated_at = False, now

    assert tell(agent) == []


def test_a_declined_channel_is_left_out(tell: Tell, agent: User) -> None:
    Preference.objects.create(user=agent, notice=ParcelMovedNotice.code, channel=Channel.MAIL, wanted=False)

    assert [message.channel for message in tell(agent)] == ["in_app"]


def test_an_urgent_notice_asks_no_preference(tell: Tell, agent: User) -> None:
    Preference.objects.create(user=agent, notice=ParcelOnFireNotice.code, channel=Channel.MAIL, wanted=False)

    assert len(tell(agent, notice=ParcelOnFireNotice.code)) == 2


def test_mail_waits_for_the_end_of_quiet_hours_in_her_own_zone(tell: Tell, agent: User, now: datetime) -> None:
    # Noon in UTC is five in the morning in Denver.
    agent.time_zone = "America/Denver"
    QuietHours.objects.create(user=agent, from_time=time(22), to_time=time(7))

    in_app, mail = tell(agent)

    assert in_app.not_before == now
    assert mail.not_before == datetime(2026, 11, 18, 14, 0, tzinfo=UTC)


def test_an_urgent_message_waits_for_no_quiet_hours(tell: Tell, agent: User, now: datetime) -> None:
    QuietHours.objects.create(user=agent, from_time=time(11), to_time=time(13))

    assert {message.not_before for message in tell(agent, urgent=True)} == {now}


def test_the_first_mail_goes_at_once_and_later_ones_wait_for_two_minutes_after_it(
    tell: Tell, agent: User, now: datetime
) -> None:
    (first,) = mails(tell(agent))
    (second,) = mails(tell(agent, at=now + timedelta(seconds=20)))
    (third,) = mails(tell(agent, at=now + timedelta(seconds=110)))
    (after,) = mails(tell(agent, at=now + timedelta(seconds=121)))

    end = now + timedelta(minutes=2)
    assert [first.not_before, second.not_before, third.not_before] == [now, end, end]
    assert after.not_before == now + timedelta(seconds=121)


def test_an_urgent_message_waits_for_no_bundle_and_opens_none(tell: Tell, agent: User, now: datetime) -> None:
    (first,) = mails(tell(agent, urgent=True))
    (second,) = mails(tell(agent, at=now + timedelta(seconds=1)))
    (third,) = mails(tell(agent, urgent=True, at=now + timedelta(seconds=2)))

    assert [first.not_before, second.not_before, third.not_before] == [
        now, now + timedelta(seconds=1), now + timedelta(seconds=2),
    ]  # fmt: skip


def test_the_bundle_of_one_person_holds_nobody_else(tell: Tell, agent: User, colleague: User, now: datetime) -> None:
    tell(agent)
    later = now + timedelta(seconds=30)

    (mail,) = mails(tell(colleague, at=later))

    assert mail.not_before == later
