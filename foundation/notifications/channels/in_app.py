from collections.abc import Sequence

from foundation.accounts.models import User
from foundation.notifications.channels.base import Left
from foundation.notifications.models import Delivery, InboxItem
from foundation.notifications.rendering import Readable


class InAppSender:
    """Into the reader's inbox at the desk, which makes the words whenever she looks."""

    def send(self, told: Sequence[Readable], reader: User) -> Left:
        items = [InboxItem(message=one.message, user=reader, created_at=one.message.created_at) for one in told]
        InboxItem.objects.bulk_create(items, ignore_conflicts=True)
        return Left(Delivery.DELIVERED)
