"""Without a provider: what would have left by SMS, phone or chat becomes a file, as mail does without a mail server."""

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from foundation.accounts.models import User
from foundation.notifications.channels.base import CannotSendError, Left
from foundation.notifications.models import Channel, Delivery, OutboxMessage


def write(channel: Channel, text: str, message: OutboxMessage, reader: User) -> Left:
    """Put it below ``$TSDESK_STATE/mail``, addressed to ``reader``.

    Only on a desk without a mail server too. Where mail really leaves, a file would be silence: raises CannotSendError,
    for good, so that mail carries it.
    """
    if not settings.MESSAGES_AS_FILES:
        raise CannotSendError(f"No provider is set up for {channel}.", code="no_provider", for_good=True)
    EmailMessage(
        subject=f"[{channel.label}] {text}"[:120],
        body=f"{text}\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[reader.email],
        headers={"Message-ID": f"<{message.message_id}@{channel}>", "X-Tsdesk-Channel": str(channel)},
        connection=get_connection("tsdesk.mail.EmlBackend"),
    ).send()
    return Left(Delivery.SENT)
