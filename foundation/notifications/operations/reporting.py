"""What a provider says later of a message that it took: that it arrived, that it did not, or which key was pressed."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.notifications.answers import ACKNOWLEDGE, answer_of
from foundation.notifications.models import Attempt, Channel, Delivery, OutboxMessage, Outcome, Phone
from foundation.notifications.operations.giving_up import give_up
from foundation.notifications.querysets import OutboxQuerySet
from foundation.notifications.rendering import reading_as

ARRIVED = frozenset({"delivered", "read", "completed"})
DID_NOT_ARRIVE = frozenset({"undelivered", "failed", "busy", "no-answer", "canceled"})
"""The last words of a provider about a message or a call. All others (queued, sent, ringing) change nothing."""

OF_THE_PERSON = frozenset({"busy", "no-answer", "canceled"})
"""A call that nobody took: the channel works."""


@transaction.atomic
def report_delivery(message_id: UUID, *, status: str, code: str, now: datetime) -> bool:
    """Write down the provider's last word, whether or not its first answer ever reached us. Whether it was news.

    The first last word stands: repeated ones, late ones and ones out of order change nothing. It ends a retry that is
    still to come, and what did not arrive goes on by the next channel.
    """
    together = _letter(message_id).filter(state__in=[Delivery.QUEUED, Delivery.SENDING, Delivery.SENT], attempts__gt=0)
    messages = list(together.select_for_update(no_key=True).order_by("pk"))
    if not messages or status not in ARRIVED | DID_NOT_ARRIVE:
        return False
    arrived = status in ARRIVED
    for message in messages:
        last = Attempt.objects.filter(message=message).order_by("-number", "-pk").values("pk")[:1]
        Attempt.objects.filter(pk__in=last).update(
            outcome=Outcome.DELIVERED if arrived else Outcome.FAILED,
            ended_at=now,
            code="" if arrived else (code or status)[:40],
            said="" if arrived else status,
        )
    if arrived:
        of_these = OutboxMessage.objects.these(messages)
        of_these.filter(sent_at__isnull=True).update(sent_at=now)
        of_these.update(state=Delivery.DELIVERED, leased_until=None, last_error="")
    else:
        give_up(messages, f"{status} {code}".strip(), now, code=code or status, is_hers=status in OF_THE_PERSON)
    return True


@transaction.atomic
def answer_by_key(message_id: UUID, *, key: str, now: datetime) -> tuple[str, User | None]:
    """Do what the pressed key asks for, as the person who was called. What to say to her, and who she is.

    A key that comes late, twice, or from a phone that is no longer hers does no harm: the sentence says what is so.
    """
    messages = list(_letter(message_id).select_related("recipient").order_by("pk"))
    called = next((one for one in messages if one.message_id == message_id), None)
    if called is None or called.recipient is None or called.channel != Channel.VOICE:
        return _("This call is not known here. Goodbye."), None
    person = called.recipient
    with reading_as(person):
        if key != ACKNOWLEDGE:
            return _("Nothing was acknowledged. Goodbye."), person
        hers = Phone.objects.filter(user=person, number=called.address, verified_at__isnull=False)
        if not person.is_active or not hers.exists():
            return _("This phone may not answer for anybody any more. Goodbye."), person
        # In the order in which whoever else locks several of them does.
        said = [
            answer(one.gate_id, one.gate_step, person, now)
            for one in sorted(messages, key=lambda one: (len(one.gate_id), one.gate_id))
            if (answer := answer_of(one.gate_kind)) is not None
        ]
    return " ".join(dict.fromkeys(said)), person


def _letter(message_id: UUID) -> OutboxQuerySet:
    """The message of this id with what left in the same letter."""
    found = OutboxMessage.objects.filter(message_id=message_id).values_list("pk", "digest_id").first()
    carrier = (found[1] or found[0]) if found else 0
    return OutboxMessage.objects.filter(pk=carrier) | OutboxMessage.objects.filter(digest=carrier)
