"""What to look for among messages."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Max
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.accounts.permissions import Permission
from foundation.accounts.settings_warnings import SettingsWarning, register
from foundation.notifications.models import Channel, Delivery, OutboxMessage

NEWEST = 10_000
"""How many messages are looked at, the newest first."""

LATELY = timedelta(days=1)


@register
def messages_failed(now: datetime) -> Iterator[SettingsWarning]:
    """Channels on which messages were given up since yesterday."""
    newest = OutboxMessage.objects.aggregate(last=Max("pk"))["last"] or 0
    failed = OutboxMessage.objects.filter(pk__gt=newest - NEWEST, state=Delivery.FAILED, created_at__gt=now - LATELY)
    for channel, count in failed.order_by("channel").values_list("channel").annotate(Count("pk")):
        sentence = ngettext(
            "%(count)s message could not be delivered since yesterday.",
            "%(count)s messages could not be delivered since yesterday.",
            count,
        )
        label = Channel(channel).label if channel in Channel.values else channel
        yield SettingsWarning(
            _("Channel: %(channel)s") % {"channel": label},
            sentence % {"count": count},
            reverse("notifications:ledger") + "?state=failed",
            Permission.SETTINGS_VIEW,
            is_grave=True,
        )
