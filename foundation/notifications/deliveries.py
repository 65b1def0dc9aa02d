"""What the desk says of itself when messages fail for good: to the admins, at most once an hour and channel."""

from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.audit.actors import Subject
from foundation.notifications import notices, outbox, subjects
from foundation.notifications.models import Channel

KIND = "channel"


@notices.register
class DeliveryFailedNotice(notices.Notice):
    """In the app only: mail may be what failed."""

    code = "delivery_failed"
    title = _("A channel stopped delivering")
    channels = (Channel.IN_APP,)
    may_be_declined = False

    def concerns(self, reader: User) -> bool:
        return reader.role == Role.ADMIN


def find_channel(reader: User, channel: str) -> Channel | None:
    return Channel(channel) if reader.role == Role.ADMIN and channel in Channel.values else None


subjects.register(
    KIND,
    find=find_channel,
    label=lambda channel: str(channel.label),
    url=lambda channel: reverse("notifications:inbox"),
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
