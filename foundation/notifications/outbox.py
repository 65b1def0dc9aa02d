"""Writing the outbox: the message commits with the event that it tells of, or neither does."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from foundation.accounts.models import User
from foundation.audit.actors import Acting, Actor, Subject
from foundation.audit.history import told_at
from foundation.audit.trail import OutsideTransactionError
from foundation.notifications import notices, timing
from foundation.notifications.models import Channel, OutboxMessage, Preference, QuietHours
from foundation.notifications.notices import Notice

LONGEST_KEY = 160


class Gate(NamedTuple):
    """Who is asked before the send begins (gates.py), and about which step."""

    kind: str
    id: str
    step: str = ""


def enqueue(
    notice: str,
    *,
    subject: Subject,
    recipients: Iterable[User],
    context: Mapping[str, Any],
    key: str,
    now: datetime,
    by: Acting | None = None,
    urgent: bool = False,
    gate: Gate | None = None,
    channels: Sequence[str] | None = None,
) -> list[OutboxMessage]:
    """Write one message for each recipient and channel, in the transaction that is open.

    Safe to call twice: ``key`` with recipient and channel is unique, and the second call finds the rows of the first.
    Whoever acted (``by``) is not told of her own deed, nor is anybody who has left. Preferences and quiet hours are
    those of the recipient; an urgent message asks neither. ``context`` holds ids, codes, times and numbers: the words
    are made when the message is sent. Of history that is put down later (foundation.audit.history) nobody is told.
    Raises OutsideTransactionError when no transaction is open, LookupError for an unknown notice.
    """
    if not connection.in_atomic_block:
        raise OutsideTransactionError(f"{notice} was enqueued outside a transaction.")
    if len(key) > LONGEST_KEY:
        raise ValueError(f"The key of {notice} is longer than {LONGEST_KEY} characters.")
    spec = notices.by_code(notice)
    if told_at() is not None:
        return []
    urgent = urgent or spec.urgent
    shares = spec.bundles and gate is None and not urgent
    actor = by.actor if by is not None else None
    people = {user.pk: user for user in recipients if user.is_active and user.actor != actor}
    if not people:
        return []
    offered = list(dict.fromkeys(str(channel) for channel in (channels or spec.channels)))
    declined = set() if urgent else _declined(spec, list(people.values()))
    addressed = [(user, way) for user in people.values() for way in offered if (user.pk, way) not in declined]
    disturbed = [user for user, way in addressed if way != Channel.IN_APP]
    departures = {user.pk: now for user in disturbed} if urgent else _departures(disturbed, shares=shares, now=now)
    common = {
        "notice": spec.code,
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "context": _plain(context, actor),
        "urgent": urgent,
        "gate_kind": gate.kind if gate else "",
        "gate_id": gate.id if gate else "",
        "gate_step": gate.step if gate else "",
        "created_at": now,
    }
    messages = []
    for user, way in addressed:
        # The inbox in the app disturbs nobody, so nothing in it waits.
        leaves = now if way == Channel.IN_APP else departures[user.pk]
        opens = shares and way != Channel.IN_APP and leaves == now
        row = {"dedupe_key": f"{key}:{user.pk}:{way}", "recipient": user, "channel": way}
        messages.append(OutboxMessage(**common, **row, not_before=leaves, opens_bundle=opens))
    OutboxMessage.objects.bulk_create(messages, ignore_conflicts=True)
    keys = [message.dedupe_key for message in messages]
    return list(OutboxMessage.objects.filter(dedupe_key__in=keys).order_by("pk"))


def _declined(spec: Notice, people: Sequence[User]) -> set[tuple[int, str]]:
    """Who wants the notice on which channel no longer. Without a preference it goes as it ships."""
    if not spec.may_be_declined:
        return set()
    unwanted = Preference.objects.filter(user__in=people, notice=spec.code, wanted=False)
    return set(unwanted.values_list("user_id", "channel"))


def _departures(people: Sequence[User], *, shares: bool, now: datetime) -> dict[int, datetime]:
    """When a message may leave for each person: after her quiet hours, at the end of a bundle, or at once.

    Bundling is leading-edge: a message that went at once opens two minutes, and what comes within them is held to
    their end. Two that are written in the same instant by two transactions both see no open bundle; they meet again
    in the sender, which puts all that is due to one person into one mail.
    """
    leaves = {user.pk: now for user in people}
    if not people:
        return leaves
    if shares:
        openers = OutboxMessage.objects.filter(
            recipient__in=people, opens_bundle=True, created_at__gt=now - timing.BUNDLE, created_at__lte=now
        )
        for pk, opened in openers.values_list("recipient_id", "created_at"):
            leaves[pk] = max(leaves[pk], opened + timing.BUNDLE)
    zones = {user.pk: user.time_zone for user in people}
    for hours in QuietHours.objects.filter(user__in=people):
        resumes = timing.quiet_until(
            leaves[hours.user_id], starts=hours.from_time, ends=hours.to_time, zone=zones[hours.user_id]
        )
        leaves[hours.user_id] = resumes or leaves[hours.user_id]
    return leaves


def _plain(context: Mapping[str, Any], actor: Actor | None) -> dict[str, Any]:
    """The context as JSON keeps it, with whoever acted: instants as ISO 8601, enumerations as their value."""
    facts = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in context.items()
        if value is not None
    }
    return facts if actor is None else facts | {"by": list(actor)}
