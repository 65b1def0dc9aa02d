"""Which channels have a sender. One that has none is known all the same: a message there fails and says why."""

from collections.abc import Mapping

from foundation.notifications.channels.base import CannotSendError, Sender
from foundation.notifications.channels.chat import ChatSender
from foundation.notifications.channels.in_app import InAppSender
from foundation.notifications.channels.mail import MailSender
from foundation.notifications.channels.phone import SmsSender, VoiceSender
from foundation.notifications.models import Channel

SENDERS: Mapping[str, Sender] = {
    Channel.IN_APP: InAppSender(),
    Channel.MAIL: MailSender(),
    Channel.SMS: SmsSender(),
    Channel.VOICE: VoiceSender(),
    Channel.CHAT: ChatSender(),
}

FALLBACK: Mapping[str, str] = {
    Channel.SMS: Channel.MAIL,
    Channel.VOICE: Channel.MAIL,
    Channel.CHAT: Channel.MAIL,
    Channel.WEBHOOK: Channel.MAIL,
    Channel.MAIL: Channel.IN_APP,
}
"""Where a message goes that its own channel failed for good."""


def sender_of(channel: str) -> Sender:
    """Raises CannotSendError, for good, for a channel without a sender."""
    try:
        return SENDERS[channel]
    except KeyError:
        raise CannotSendError(f"No sender is installed for {channel}.", for_good=True) from None
