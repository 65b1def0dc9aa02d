"""What the desk says of its own channels: that one fails, that one works, and the code that proves a phone."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.audit.actors import Subject
from foundation.notifications import notices, outbox, subjects
from foundation.notifications.codes import code_of
from foundation.notifications.models import Channel, OutboxMessage, Phone
from foundation.notifications.rendering import absolute

KIND, TEST, PHONE = "channel", "channel_test", "phone"
"""Kinds of record: a channel that fails, for admins; one that is tried out, for anybody; somebody's own phone."""


@notices.register
class DeliveryFailedNotice(notices.Notice):
    """In the app only: mail may be what failed."""

    code = "delivery_failed"
    title = _("A channel stopped delivering")
    channels = (Channel.IN_APP,)
    may_be_declined = False

    def concerns(self, reader: User) -> bool:
        return reader.role == Role.ADMIN


@notices.register
class ChannelTestNotice(notices.Notice):
    """That a channel works. It is about that channel, so no other carries it on."""

    code = "channel_test"
    title = _("A test of a channel")
    urgent = True
    bundles = False
    may_be_declined = False
    falls_back = False
    has_short_words = True

    def concerns(self, reader: User) -> bool:
        return False


@notices.register
class PhoneCodeNotice(notices.Notice):
    """The code that proves a phone: by SMS to the number that is to be proved, or not at all."""

    code = "phone_code"
    title = _("A code for a phone")
    channels = (Channel.SMS,)
    urgent = True
    bundles = False
    may_be_declined = False
    falls_back = False
    has_short_words = True
    to_unverified = True

    def concerns(self, reader: User) -> bool:
        return False

    def facts(self, message: OutboxMessage, record: Any) -> Mapping[str, Any]:
        return {"secret": code_of(record), "desk": absolute("/").rstrip("/")}


def find_channel(reader: User, channel: str) -> Channel | None:
    return Channel(channel) if reader.role == Role.ADMIN and channel in Channel.values else None


subjects.register(
    KIND,
    find=find_channel,
    label=lambda channel: str(channel.label),
    url=lambda channel: reverse("notifications:inbox"),
    named_in_mail=False,
)


def find_test(reader: User, channel: str) -> Channel | None:
    return Channel(channel) if channel in Channel.values else None


subjects.register(
    TEST,
    find=find_test,
    label=lambda channel: "",
    url=lambda channel: reverse("notifications:preferences"),
    named_in_mail=False,
)


def subject_of(phone: Phone) -> Subject:
    """A phone as a code is about it: with the nonce, so that a newer code takes the words of an older one away."""
    return Subject(PHONE, f"{phone.pk}:{phone.nonce}")


def find_phone(reader: User, pk: str) -> Phone | None:
    phone = Phone.objects.filter(user=reader, verified_at__isnull=True).first()
    return phone if phone is not None and subject_of(phone).id == pk else None


subjects.register(
    PHONE,
    find=find_phone,
    label=lambda phone: "",
    url=lambda phone: reverse("notifications:preferences"),
    named_in_mail=False,
)


def tell_admins(channel: str, *, now: datetime) -> None:
    """Say that messages on this channel fail, without a word about what they are about."""
    outbox.enqueue(
        DeliveryFailedNotice.code,
        subject=Subject(KIND, channel),
        recipients=User.objects.active().filter(role=Role.ADMIN),
        context={"failed_at": now},
        key=f"delivery_failed:{channel}:{now:%Y%m%d%H}",
        now=now,
    )
