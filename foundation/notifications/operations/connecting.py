"""A team's chat, and tests of every channel."""

from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import Team, User
from foundation.audit import trail
from foundation.audit.actors import Subject
from foundation.notifications import events, outbox
from foundation.notifications.channels.installed import SENDERS
from foundation.notifications.deliveries import TEST, ChannelTestNotice
from foundation.notifications.hooks import check_hook
from foundation.notifications.models import ChatHook, OutboxMessage

MOST_TESTS = 5
TESTS_COUNTED = timedelta(minutes=10)


@transaction.atomic
def connect_chat(team: Team, url: str, *, by: User, now: datetime) -> ChatHook:
    """Send the team's chat messages to this webhook. Raises ValidationError for an address that may not be one."""
    address = check_hook(url)
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    hook, _made = ChatHook.objects.update_or_create(
        team=team, defaults={"url": address, "changed_at": now, "changed_by": by}
    )
    # Not the address: whoever reads the trail could post by it.
    trail.record(events.CHAT_CONNECTED, about=team, by=by)
    return hook


@transaction.atomic
def disconnect_chat(team: Team, *, by: User, now: datetime) -> bool:
    """Whether there was one. What waits for it goes by mail."""
    removed, _rows = ChatHook.objects.filter(team=team).delete()
    if removed:
        trail.record(events.CHAT_DISCONNECTED, about=team, by=by)
    return bool(removed)


@transaction.atomic
def send_test(channel: str, *, to: User, by: User, now: datetime, team: Team | None = None) -> OutboxMessage:
    """Send a message that says nothing but that the channel works, at any hour. It goes by no other channel.

    team: whose chat it is for. Raises ValidationError for a channel without a sender, somebody who has left, or too many.
    """
    if channel not in SENDERS:
        raise ValidationError(_("No test goes that way."))
    if not to.is_active:
        raise ValidationError(_("%(name)s has left the desk.") % {"name": to.name})
    User.objects.select_for_update(no_key=True).get(pk=to.pk)
    lately = OutboxMessage.objects.filter(
        recipient=to, channel=channel, notice=ChannelTestNotice.code, created_at__gt=now - TESTS_COUNTED
    )
    count = lately.count()
    if count >= MOST_TESTS:
        raise ValidationError(_("Five tests went that way within ten minutes. Try again later."))
    (message,) = outbox.enqueue(
        ChannelTestNotice.code,
        subject=Subject(TEST, channel),
        recipients=[to],
        # Named here: whoever tests her own phone is told of her own deed.
        context={"by": list(by.actor), "asked_at": now} | ({"team": team.pk} if team else {}),
        key=f"test:{by.pk}:{now:%Y%m%d%H%M%S}:{count}",
        channels=[channel],
        now=now,
    )
    trail.record(events.CHANNEL_TESTED, about=to, by=by, channel=channel)
    return message
