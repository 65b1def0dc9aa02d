"""Sending the outbox: lease a message, hand it over outside every transaction, write down what became of it.

Any number of workers may sweep at once. A worker that dies leaves a lease that runs out; the message is then sent
again under the same Message-ID, through the same gate.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import Max, Q

from foundation.accounts.models import User
from foundation.audit import trail
from foundation.audit.actors import SYSTEM
from foundation.notifications import deliveries, events, gates, notices, rendering, timing
from foundation.notifications.channels.base import CannotSendError
from foundation.notifications.channels.installed import FALLBACK, sender_of
from foundation.notifications.models import Channel, Delivery, OutboxMessage
from foundation.notifications.querysets import OutboxQuerySet

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
"""A message left in sending this long belongs to nobody any more (sla-and-escalation.md 15)."""

SWEEP = timedelta(seconds=30)
"""A sweep stops taking on more after this long, so that the instant it works with stays close to the truth."""

BATCH = 50
LONGEST_BUNDLE = 500
LONGEST_ERROR = 200

FEW_PAGES = 5
"""Pages due to one person at once that still leave as mails of their own; more become one digest (rule 12)."""

DIGESTS_LOOKED_AT = timedelta(hours=3)
"""How old the message that carries a digest may be: about as long as a mail is tried again."""

PAGES_OF_ONE = 0x7061
"""Namespace of the advisory locks under which one worker at a time bundles the pages of a person."""


@dataclass(frozen=True, slots=True)
class Watch:
    """The instant a sweep was given, and how much time has passed since: sends are slow, leases are short."""

    started_at: datetime
    ticks: float = field(default_factory=time.monotonic)

    @property
    def elapsed(self) -> timedelta:
        return timedelta(seconds=time.monotonic() - self.ticks)

    @property
    def now(self) -> datetime:
        return self.started_at + self.elapsed


@dataclass(frozen=True, slots=True)
class Lease:
    """Messages that leave as one letter, the carrier first. ``attempts`` tells this lease from a later one."""

    messages: Sequence[OutboxMessage]
    attempts: int

    @property
    def carrier(self) -> OutboxMessage:
        return self.messages[0]


def send_due(*, now: datetime, limit: int = 200) -> int:
    """Send what is due, urgent messages first, until nothing is, ``limit`` is reached or half a minute is over.

    Returns how many letters were tried. Safe to run in many workers at once, and after being killed anywhere.
    Never call it inside a transaction: a network call must not hold one open.
    """
    watch, tried, seen = Watch(now), 0, set[int]()
    while tried < limit and watch.elapsed < SWEEP:
        due = OutboxMessage.objects.to_send(watch.now).exclude(pk__in=seen).order_by("-urgent", "not_before", "pk")
        candidates = list(due.values_list("pk", flat=True)[:BATCH])
        if not candidates:
            break
        for pk in candidates:
            if pk in seen:
                continue
            seen.add(pk)
            tried += _send_one(pk, watch, seen)
            if tried >= limit or watch.elapsed >= SWEEP:
                break
    return tried


def _send_one(pk: int, watch: Watch, seen: set[int]) -> bool:
    """Whether the message was tried at all; what left with it is ``seen``. One that raises is put back and stops no other."""
    try:
        lease = _take(pk, watch.now)
    except (OperationalError, InterfaceError):
        # The database's trouble, not the message's: it is due as before, and has not been tried.
        log.warning("outbox_lease_interrupted", message=pk, exc_info=True)
        return False
    except Exception as error:
        log.exception("outbox_lease_failed", message=pk)
        _put_back_unleased(pk, f"{type(error).__name__}: {error}", watch.now)
        return True
    if lease is None:
        return False
    seen.update(one.pk for one in lease.messages)
    try:
        reader = lease.carrier.recipient
        if reader is None:
            raise CannotSendError("Letters to addresses have no words of their own yet.", for_good=True)
        told = rendering.readable(lease.messages, reader)
        outcome = sender_of(lease.carrier.channel).send(told, reader) if told else Delivery.CANCELLED
    except CannotSendError as refusal:
        _put_back(lease, str(refusal), watch.now, for_good=refusal.for_good)
    except Exception as error:
        log.exception("outbox_message_raised", message=pk, notice=lease.carrier.notice)
        _put_back(lease, f"{type(error).__name__}: {error}", watch.now)
    else:
        _settle(lease, outcome, watch.now, told=[one.message.pk for one in told])
    return True


@transaction.atomic
def _take(pk: int, now: datetime) -> Lease | None:
    """Lease a message, when it is still due and its gate still wants it. None when there is nothing to send.

    Waits for nobody: a row that another worker holds is passed over. The gate locks its own row, so whatever ends
    the need for this message either committed before, and is seen, or waits until the lease is written.
    """
    due = OutboxMessage.objects.to_send(now).select_for_update(skip_locked=True, no_key=True, of=("self",))
    message = due.select_related("recipient").filter(pk=pk).first()
    if message is None:
        return None
    if _is_page(message) and not message.attempts and _waits_out_the_storm(message, now):
        return None
    together = [message, *_travel_along(message, now)]
    wanted = _still_wanted(together, message.recipient)
    if message not in wanted:
        # What was to travel with it leaves with another: under its own Message-ID it has not been tried.
        OutboxMessage.objects.these(wanted).update(digest=None, attempts=0)
        return None
    attempts = message.attempts + 1
    OutboxMessage.objects.these(wanted).update(state=Delivery.SENDING, leased_until=now + LEASE, attempts=attempts)
    return Lease(wanted, attempts)


def _still_wanted(messages: Sequence[OutboxMessage], recipient: User | None) -> list[OutboxMessage]:
    """Those that are to leave; the others are done with."""
    if recipient is not None and not recipient.is_active:
        _release(messages, Delivery.CANCELLED, error="The recipient has left.")
        return []
    # Gates lock their rows: asked in the order of their ids, as whoever else locks several does, so that nobody waits in
    # a circle. An older call may have the newer page.
    in_turn = sorted(messages, key=lambda message: (message.gate_kind, len(message.gate_id), message.gate_id))
    leaving = {one.pk for one in in_turn if gates.may_send(one.gate_kind, one.gate_id, one.gate_step)}
    if unwanted := [message for message in messages if message.pk not in leaving]:
        _release(unwanted, Delivery.CANCELLED, error="Not needed any more.")
    return [message for message in messages if message.pk in leaving]


def _travel_along(carrier: OutboxMessage, now: datetime) -> list[OutboxMessage]:
    """What else is due to the same person and leaves with it: tied to ``carrier``, except in the app.

    Once tried, a letter stays as it is: the same Message-ID never stands for further words.
    """
    if carrier.attempts:
        return list(carrier.bundled.waiting().select_for_update(no_key=True).order_by("pk"))
    shared = _due_beside(carrier, now)
    if carrier.channel == Channel.IN_APP:
        return shared
    if _is_page(carrier):
        if len(shared) < FEW_PAGES:
            return []
        # The two minutes until the next digest count from when this one leaves.
        OutboxMessage.objects.these([carrier]).update(opens_bundle=True, not_before=now)
    OutboxMessage.objects.these(shared).update(digest=carrier)
    return shared


def _due_beside(carrier: OutboxMessage, now: datetime) -> list[OutboxMessage]:
    """What is due to the same person on the same channel, not tried yet and of a kind to leave together; locked."""
    others = OutboxMessage.objects.to_send(now).filter(recipient=carrier.recipient, channel=carrier.channel, attempts=0)
    if carrier.channel != Channel.IN_APP:
        if not (_is_page(carrier) or _may_share(carrier)):
            return []
        others = others.filter(urgent=False, gate_kind=carrier.gate_kind)
    locked = others.exclude(pk=carrier.pk).order_by("pk").select_for_update(skip_locked=True, no_key=True)
    found = list(locked[:LONGEST_BUNDLE])
    return [one for one in found if _may_share(one)] if _may_share(carrier) else found


def _is_page(message: OutboxMessage) -> bool:
    """Whether it calls somebody by a channel that disturbs her. With severity 1 it is urgent, and leaves by itself at once."""
    return bool(message.gate_kind) and not message.urgent and message.channel != Channel.IN_APP


def _waits_out_the_storm(page: OutboxMessage, now: datetime) -> bool:
    """Hold her pages back while a digest of others left her less than two minutes ago, or another worker makes one up."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [PAGES_OF_ONE, page.recipient_id or 0])
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        return True
    hers = OutboxMessage.objects.filter(recipient=page.recipient, channel=page.channel, gate_kind=page.gate_kind)
    digests = hers.exclude(state=Delivery.CANCELLED).filter(opens_bundle=True, created_at__gt=now - DIGESTS_LOOKED_AT)
    left = digests.aggregate(last=Max("not_before"))["last"]
    if left is None or left + timing.BUNDLE <= now:
        return False
    hers.to_send(now).filter(urgent=False, attempts=0).update(not_before=left + timing.BUNDLE)
    return True


def _may_share(message: OutboxMessage) -> bool:
    return (
        message.channel != Channel.IN_APP
        and not message.urgent
        and not message.gate_kind
        and notices.by_code(message.notice).bundles
    )


@transaction.atomic
def _settle(lease: Lease, outcome: Delivery, now: datetime, *, told: Sequence[int]) -> None:
    """Write down that ``told`` left, and that the rest had nothing to say to its reader any more."""
    held = _still_held(lease)
    held.filter(pk__in=told).update(state=outcome, sent_at=now, leased_until=None, last_error="")
    held.exclude(pk__in=told).update(
        state=Delivery.CANCELLED, leased_until=None, last_error="The recipient may not see the record."
    )


@transaction.atomic
def _put_back(lease: Lease, error: str, now: datetime, *, for_good: bool = False) -> None:
    """Try again later, or give up when that would change nothing or has been done often enough."""
    held = _still_held(lease)
    if for_good or lease.attempts >= timing.MAX_ATTEMPTS:
        _give_up(list(held.select_for_update(no_key=True).order_by("pk")), error, now)
    else:
        _wait(held, lease.attempts, error, now)


@transaction.atomic
def _put_back_unleased(pk: int, error: str, now: datetime) -> None:
    """A message whose lease could not even be written, say because its gate raised, waits like one that failed."""
    message = OutboxMessage.objects.waiting().select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
    if message is None:
        return
    together = OutboxMessage.objects.waiting().filter(Q(pk=pk) | Q(digest=pk))
    if message.attempts + 1 >= timing.MAX_ATTEMPTS:
        _give_up(list(together.order_by("pk")), error, now)
    else:
        together.update(attempts=message.attempts + 1)
        _wait(together, message.attempts + 1, error, now)


def _still_held(lease: Lease) -> OutboxQuerySet:
    """The messages of the lease, unless it ran out meanwhile and another worker holds them."""
    return OutboxMessage.objects.filter(
        pk__in=[one.pk for one in lease.messages], state=Delivery.SENDING, attempts=lease.attempts
    )


def _wait(messages: OutboxQuerySet, attempts: int, error: str, now: datetime) -> None:
    messages.update(
        state=Delivery.QUEUED,
        leased_until=None,
        not_before=now + timing.retry_after(attempts),
        last_error=error[:LONGEST_ERROR],
    )


def _give_up(messages: Sequence[OutboxMessage], error: str, now: datetime) -> None:
    """The next channel carries each message on, its record's timeline says so, and the admins are told."""
    _release(messages, Delivery.FAILED, error=error)
    for message in messages:
        _fall_back(message, now)
        log.error("outbox_gave_up", message=message.pk, channel=message.channel, error=error[:LONGEST_ERROR])
    if messages:
        deliveries.tell_admins(messages[0].channel, now=now)


def _release(messages: Sequence[OutboxMessage], state: Delivery, *, error: str) -> None:
    OutboxMessage.objects.these(messages).update(state=state, leased_until=None, last_error=error[:LONGEST_ERROR])


def _fall_back(message: OutboxMessage, now: datetime) -> None:
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
    if channel is None or message.recipient is None:
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
                context=message.context,
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
