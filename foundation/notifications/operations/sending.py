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
from foundation.notifications import gates, notices, rendering, timing
from foundation.notifications.channels.base import CannotSendError, Left
from foundation.notifications.channels.installed import sender_of
from foundation.notifications.models import Attempt, Channel, Delivery, OutboxMessage, Outcome
from foundation.notifications.operations.giving_up import LONGEST_ERROR, give_up, release
from foundation.notifications.querysets import OutboxQuerySet
from foundation.rows import insert_rows

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=60)
"""A message left in sending this long belongs to nobody any more (sla-and-escalation.md 15)."""

SWEEP = timedelta(seconds=30)
"""A sweep stops taking on more after this long, so that the instant it works with stays close to the truth."""

BATCH = 50
LONGEST_BUNDLE = 500

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
        _put_back_unleased(pk, error, watch.now)
        return True
    if lease is None:
        return False
    seen.update(one.pk for one in lease.messages)
    try:
        reader = lease.carrier.recipient
        if reader is None:
            raise CannotSendError("Letters to addresses have no words of their own yet.", for_good=True)
        told = rendering.readable(lease.messages, reader)
        left = sender_of(lease.carrier.channel).send(told, reader) if told else Left(Delivery.CANCELLED)
    except CannotSendError as refusal:
        _put_back(lease, refusal, str(refusal), watch.now)
    except Exception as error:
        log.exception("outbox_message_raised", message=pk, notice=lease.carrier.notice)
        # What was raised while making words may quote them: the ledger keeps its kind alone.
        kind = type(error).__name__
        _put_back(lease, CannotSendError("", code=kind[:40]), f"{kind}: {error}", watch.now)
    else:
        _settle(lease, left, watch.now, told=[one.message.pk for one in told])
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
    _begin(wanted, attempts, now)
    return Lease(wanted, attempts)


def _begin(messages: Sequence[OutboxMessage], number: int, now: datetime) -> None:
    """Put the attempt into the ledger before it begins. One still open belongs to a worker that died."""
    if number > 1:
        lost = Attempt.objects.filter(message__in=messages, ended_at__isnull=True)
        lost.update(outcome=Outcome.LOST, ended_at=now, code="worker_died")
    insert_rows([Attempt(message=message, number=number, begun_at=now) for message in messages])


def _still_wanted(messages: Sequence[OutboxMessage], recipient: User | None) -> list[OutboxMessage]:
    """Those that are to leave; the others are done with."""
    if recipient is not None and not recipient.is_active:
        release(messages, Delivery.CANCELLED, error="The recipient has left.")
        return []
    # Gates lock their rows: asked in the order of their ids, as whoever else locks several does, so that nobody waits in
    # a circle. An older call may have the newer page.
    in_turn = sorted(messages, key=lambda message: (message.gate_kind, len(message.gate_id), message.gate_id))
    leaving = {one.pk for one in in_turn if gates.may_send(one.gate_kind, one.gate_id, one.gate_step)}
    if unwanted := [message for message in messages if message.pk not in leaving]:
        release(unwanted, Delivery.CANCELLED, error="Not needed any more.")
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
def _settle(lease: Lease, left: Left, now: datetime, *, told: Sequence[int]) -> None:
    """Write down that ``told`` left, and that the rest had nothing to say to its reader any more."""
    held = _still_held(lease)
    tries = Attempt.objects.filter(message__in=held, number=lease.attempts, ended_at__isnull=True)
    outcome = Outcome.DELIVERED if left.state == Delivery.DELIVERED else Outcome.LEFT
    tries.filter(message__in=told).update(outcome=outcome, ended_at=now, provider_id=left.provider_id)
    tries.exclude(message__in=told).update(outcome=Outcome.NOT_NEEDED, ended_at=now)
    held.filter(pk__in=told).update(state=left.state, sent_at=now, leased_until=None, last_error="")
    held.exclude(pk__in=told).update(
        state=Delivery.CANCELLED, leased_until=None, last_error="The recipient may not see the record."
    )


@transaction.atomic
def _put_back(lease: Lease, refusal: CannotSendError, error: str, now: datetime) -> None:
    """Try again later, or give up when that would change nothing or has been done often enough."""
    held = _still_held(lease)
    ends = refusal.for_good or lease.attempts >= timing.attempts_on(lease.carrier.channel)
    Attempt.objects.filter(message__in=held, number=lease.attempts, ended_at__isnull=True).update(
        outcome=Outcome.FAILED if ends else Outcome.LATER,
        ended_at=now,
        code=refusal.code[:40],
        said=str(refusal)[:LONGEST_ERROR],
    )
    if ends:
        give_up(
            list(held.select_for_update(no_key=True).order_by("pk")),
            error, now, code=refusal.code, is_hers=refusal.is_hers,
        )  # fmt: skip
    else:
        _wait(held, lease.attempts, error, now, asked=refusal.retry_after)


@transaction.atomic
def _put_back_unleased(pk: int, raised: Exception, now: datetime) -> None:
    """A message whose lease could not even be written, say because its gate raised, waits like one that failed."""
    message = OutboxMessage.objects.waiting().select_for_update(skip_locked=True, no_key=True).filter(pk=pk).first()
    if message is None:
        return
    error = f"{type(raised).__name__}: {raised}"
    together = OutboxMessage.objects.waiting().filter(Q(pk=pk) | Q(digest=pk))
    if message.attempts + 1 >= timing.attempts_on(message.channel):
        give_up(list(together.order_by("pk")), error, now, code=type(raised).__name__)
    else:
        together.update(attempts=message.attempts + 1)
        _wait(together, message.attempts + 1, error, now)


def _still_held(lease: Lease) -> OutboxQuerySet:
    """The messages of the lease, unless it ran out meanwhile and another worker holds them, or the provider has had its say."""
    return OutboxMessage.objects.filter(
        pk__in=[one.pk for one in lease.messages], state=Delivery.SENDING, attempts=lease.attempts
    )


def _wait(
    messages: OutboxQuerySet, attempts: int, error: str, now: datetime, *, asked: timedelta | None = None
) -> None:
    messages.update(
        state=Delivery.QUEUED,
        leased_until=None,
        not_before=now + timing.retry_after(attempts, asked),
        last_error=error[:LONGEST_ERROR],
    )
