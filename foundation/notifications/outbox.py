"""Writing the outbox: the message commits with the event that it tells of, or neither does."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from foundation.accounts.models import User
from foundation.audit.actors import Acting, Subject
from foundation.audit.history import told_at
from foundation.audit.trail import OutsideTransactionError
from foundation.notifications import notices, timing
from foundation.notifications.models import Channel, OutboxMessage, Preference, QuietHours
from foundation.notifications.notices import Notice
from foundation.rows import insert_rows

LONGEST_KEY = 160


class Gate(NamedTuple):
    """Who is asked before the send begins (gates.py), and about which step."""

    kind: str
    id: str
    step: str = ""


class Note(NamedTuple):
    """One thing to tell, as `enqueue` takes it."""

    notice: str
    subject: Subject
    recipients: Iterable[User]
    context: Mapping[str, Any]
    key: str
    by: Acting | None = None
    urgent: bool = False
    gate: Gate | None = None
    channels: Sequence[str] | None = None


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
    return enqueue_all([Note(notice, subject, recipients, context, key, by, urgent, gate, channels)], now=now)


def enqueue_all(notes: Sequence[Note], *, now: datetime) -> list[OutboxMessage]:
    """`enqueue` each of these, in their order, in a fixed number of statements however many they are."""
    for note in notes:
        if not connection.in_atomic_block:
            raise OutsideTransactionError(f"{note.notice} was enqueued outside a transaction.")
        if len(note.key) > LONGEST_KEY:
            raise ValueError(f"The key of {note.notice} is longer than {LONGEST_KEY} characters.")
    addressed = [each for note in notes if (each := _addressed(note)).people]
    if told_at() is not None or not addressed:
        return []
    messages = list(_messages(addressed, now))
    insert_rows(messages, passing_over="dedupe_key")
    if known := {message.dedupe_key: message for message in messages if message.pk is None}:
        for key, pk in OutboxMessage.objects.filter(dedupe_key__in=known).values_list("dedupe_key", "pk"):
            known[key].pk = pk
    return messages


class _Addressed(NamedTuple):
    """A note with whom it goes to and how. shares: its mail may wait two minutes to leave with others."""

    note: Note
    spec: Notice
    people: Sequence[User]
    ways: Sequence[str]
    urgent: bool
    shares: bool


def _addressed(note: Note) -> _Addressed:
    spec = notices.by_code(note.notice)
    urgent = note.urgent or spec.urgent
    actor = note.by.actor if note.by is not None else None
    people = {user.pk: user for user in note.recipients if user.is_active and user.actor != actor}
    ways = list(dict.fromkeys(str(channel) for channel in (note.channels or spec.channels)))
    shares = spec.bundles and note.gate is None and not urgent
    return _Addressed(note, spec, list(people.values()), ways, urgent, shares)


def _messages(addressed: Sequence[_Addressed], now: datetime) -> Iterator[OutboxMessage]:
    declined = _declined(addressed)
    departures = _Departures(addressed, now)
    for each in addressed:
        gate = each.note.gate or Gate("", "")
        context = _plain(each.note.context, each.note.by)
        for user in each.people:
            ways = [way for way in each.ways if each.urgent or (user.pk, each.spec.code, way) not in declined]
            leaves = departures.of(user, each) if set(ways) - {Channel.IN_APP} else now
            for way in ways:
                # The inbox in the app disturbs nobody, so nothing in it waits.
                waits = way != Channel.IN_APP
                yield OutboxMessage(
                    dedupe_key=f"{each.note.key}:{user.pk}:{way}",
                    notice=each.spec.code,
                    channel=way,
                    recipient=user,
                    subject_kind=each.note.subject.kind,
                    subject_id=each.note.subject.id,
                    context=context,
                    urgent=each.urgent,
                    gate_kind=gate.kind,
                    gate_id=gate.id,
                    gate_step=gate.step,
                    not_before=leaves if waits else now,
                    opens_bundle=waits and each.shares and leaves == now,
                    created_at=now,
                )


def _declined(addressed: Sequence[_Addressed]) -> set[tuple[int, str, str]]:
    """Who wants which notice on which channel no longer. Without a preference it goes as it ships."""
    asked = [each for each in addressed if each.spec.may_be_declined and not each.urgent]
    if not asked:
        return set()
    unwanted = Preference.objects.filter(
        user__in={user.pk for each in asked for user in each.people},
        notice__in={each.spec.code for each in asked},
        wanted=False,
    )
    return set(unwanted.values_list("user_id", "notice", "channel"))


class _Departures:
    """When messages may leave for each person: after her quiet hours, at the end of a bundle, or at once.

    Bundling is leading-edge: a message that went at once opens two minutes, and what comes within them is held to
    their end. Two that are written in the same instant by two transactions both see no open bundle; they meet again
    in the sender, which puts all that is due to one person into one mail.
    """

    def __init__(self, addressed: Sequence[_Addressed], now: datetime) -> None:
        self._now = now
        # Asked in the app alone, nobody is disturbed: then there is nothing to look up.
        disturbing = [each for each in addressed if not each.urgent and set(each.ways) - {Channel.IN_APP}]
        people = {user.pk for each in disturbing for user in each.people}
        sharing = {user.pk for each in disturbing if each.shares for user in each.people}
        self._quiet = {hours.user_id: hours for hours in QuietHours.objects.filter(user__in=people)} if people else {}
        self._held: dict[int, datetime] = {}
        openers = OutboxMessage.objects.filter(
            recipient__in=sharing, opens_bundle=True, created_at__gt=now - timing.BUNDLE, created_at__lte=now
        )
        for pk, opened in openers.values_list("recipient_id", "created_at") if sharing else ():
            self._held[pk] = max(self._held.get(pk, now), opened + timing.BUNDLE)

    def of(self, user: User, each: _Addressed) -> datetime:
        """When this note leaves for her. Where that is at once, it opens her bundle for the notes after it."""
        if each.urgent:
            return self._now
        leaves = self._held.get(user.pk, self._now) if each.shares else self._now
        if (hours := self._quiet.get(user.pk)) is not None:
            quiet = timing.quiet_until(leaves, starts=hours.from_time, ends=hours.to_time, zone=user.time_zone)
            leaves = quiet or leaves
        if each.shares and leaves == self._now:
            self._held[user.pk] = self._now + timing.BUNDLE
        return leaves


def _plain(context: Mapping[str, Any], by: Acting | None) -> dict[str, Any]:
    """The context as JSON keeps it, with whoever acted: instants as ISO 8601, enumerations as their value."""
    facts = {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in context.items()
        if value is not None
    }
    return facts if by is None else facts | {"by": list(by.actor)}
