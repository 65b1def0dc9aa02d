"""What becomes of a message that its channel cannot carry: the next channel does, and whoever should know is told."""

from collections.abc import Sequence
from datetime import datetime

import structlog

from foundation.audit import trail
from foundation.audit.actors import SYSTEM
from foundation.notifications import deliveries, events, notices
from foundation.notifications.channels.installed import FALLBACK
from foundation.notifications.models import Delivery, OutboxMessage

log = structlog.get_logger(__name__)

LONGEST_ERROR = 200


def give_up(
    messages: Sequence[OutboxMessage], error: str, now: datetime, *, code: str = "", is_hers: bool = False
) -> None:
    """The next channel carries each message on, its record's timeline says so, and the admins are told.

    Not the admins where the reason ``is_hers``, the recipient's own: then the channel works.
    """
    release(messages, Delivery.FAILED, error=error)
    for message in messages:
        _fall_back(message, code, now)
        tell = log.warning if is_hers else log.error
        tell("outbox_gave_up", message=message.pk, channel=message.channel, error=error[:LONGEST_ERROR])
    if messages and not is_hers:
        deliveries.tell_admins(messages[0].channel, now=now)


def release(messages: Sequence[OutboxMessage], state: Delivery, *, error: str) -> None:
    """Take messages out of the worker's hands, in a state that is final."""
    OutboxMessage.objects.these(messages).update(state=state, leased_until=None, last_error=error[:LONGEST_ERROR])


def _fall_back(message: OutboxMessage, code: str, now: datetime) -> None:
    """Send by the next channel what this one failed for good. A message that is there already is not doubled."""
    trail.record(
        events.NOTICE_FAILED,
        about=message.subject,
        by=SYSTEM,
        notice=message.notice,
        to=message.recipient_id,
        channel=message.channel,
        message=message.pk,
    )
    channel = FALLBACK.get(message.channel)
    if channel is None or message.recipient is None or not notices.by_code(message.notice).falls_back:
        return
    OutboxMessage.objects.bulk_create(
        [
            OutboxMessage(
                dedupe_key=f"{message.dedupe_key.rpartition(':')[0]}:{channel}",
                notice=message.notice,
                channel=channel,
                recipient=message.recipient,
                subject_kind=message.subject_kind,
                subject_id=message.subject_id,
                context=message.context | {"instead_of": message.channel, "because": code},
                urgent=message.urgent,
                gate_kind=message.gate_kind,
                gate_id=message.gate_id,
                gate_step=message.gate_step,
                not_before=now,
                created_at=now,
            )
        ],
        ignore_conflicts=True,
    )
