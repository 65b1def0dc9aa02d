"""Into a team's chat, by an incoming webhook as Slack gives them."""

import json
from collections.abc import Sequence

from django.conf import settings

from foundation.accounts.models import User
from foundation.notifications.channels import as_file
from foundation.notifications.channels.base import CannotSendError, Left
from foundation.notifications.channels.posting import post
from foundation.notifications.models import Channel, ChatHook, Delivery, OutboxMessage
from foundation.notifications.rendering import Readable
from foundation.notifications.short import chat_text


class ChatSender:
    """Who is needed, for which reference and severity. A whole team reads it, so it says nothing of any record."""

    def send(self, told: Sequence[Readable], reader: User) -> Left:
        carrier = told[0].message
        text = chat_text(told, reader)
        hook = hook_for(carrier, reader)
        if hook is None:
            return as_file.write(Channel.CHAT, text, carrier, reader)
        answer = post(
            hook.url,
            json.dumps({"text": text}).encode(),
            {"Content-Type": "application/json", "Idempotency-Key": str(carrier.message_id)},
            guarded=True,
            loopback=settings.CHAT_LOOPBACK,
        )
        if not answer.is_ok:
            raise CannotSendError(
                f"{answer.status} {answer.body[:80].decode('utf-8', 'replace')}".strip(),
                code=str(answer.status),
                for_good=answer.is_for_good,
                retry_after=answer.retry_after,
            )
        # The chat shows what it takes: there is no further word of it.
        return Left(Delivery.DELIVERED)


def hook_for(message: OutboxMessage, reader: User) -> ChatHook | None:
    """The chat of the team that the message names, else of a team of hers."""
    team = message.context.get("team")
    teams = [team] if team is not None else list(reader.team_ids)
    return ChatHook.objects.filter(team__in=teams).order_by("team_id").first()
