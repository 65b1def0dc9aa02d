"""The ledger of deliveries, as leads and admins read it: what was sent to whom, by which way, and what became of it.

A lead reads of the people of her teams and of herself, a manager and an admin of everybody. What a message is about is
named only to who may see that record; an admin sees none.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.notifications import notices, phones, subjects
from foundation.notifications.models import Attempt, Channel, Delivery, OutboxMessage
from foundation.notifications.querysets import OutboxQuerySet

PAGE = 50

EVERYBODYS = frozenset({Role.MANAGER, Role.ADMIN})

TONES = {
    Delivery.FAILED: "bad",
    Delivery.SENDING: "accent",
    Delivery.QUEUED: "warn",
    Delivery.DELIVERED: "good",
    Delivery.SENT: "good",
}


WHY = {
    "no_phone": _("No verified phone."),
    "number_changed": _("The phone number changed after the first attempt."),
    "no_provider": _("No provider is set up."),
    "private_address": _("The webhook’s address is not on the open internet."),
    "bad_address": _("The webhook’s address is none."),
    "no_answer": _("The other side did not answer in time."),
    "worker_died": _("The worker died; whether it left is not known."),
    "busy": _("The line was busy."),
    "no-answer": _("Nobody took the call."),
}
"""Codes of our own in words; a provider's own codes come with its words."""


@dataclass(frozen=True, slots=True)
class Try:
    """An attempt, and why it failed."""

    attempt: Attempt
    why: str | Promise


@dataclass(frozen=True, slots=True)
class Line:
    """A message. label and url: of its record, empty where the reader may not see it. went_to: of a phone, its end."""

    message: OutboxMessage
    title: str | Promise
    label: str
    url: str
    is_hidden: bool
    went_to: str
    tone: str
    tries: Sequence[Try]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the ledger is asked for; what is empty leaves nothing out."""

    state: str = ""
    channel: str = ""
    person: User | None = None


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """Lines, newest first. before: where older ones go on; None: there are none."""

    lines: Sequence[Line]
    before: int | None


def people_of(reader: User) -> list[User]:
    """Whose deliveries she may read, by name."""
    people = User.objects.active()
    if reader.role not in EVERYBODYS:
        people = people.filter(Q(memberships__team__in=reader.team_ids) | Q(pk=reader.pk)).distinct()
    return list(people.order_by("name", "pk"))


def read_ledger(reader: User, wanted: Wanted, *, before: int | None = None) -> LedgerPage:
    """A page of it. Its queries do not grow with its length."""
    messages = _messages(reader, wanted)
    if before is not None:
        messages = messages.filter(pk__lt=before)
    return _page(list(messages[: PAGE + 1]), reader)


def read_tests(reader: User, notice: str, *, since: datetime, limit: int) -> Sequence[Line]:
    """The latest tests that she may read of, newest first."""
    messages = _messages(reader, Wanted()).filter(notice=notice, created_at__gte=since)
    return _page(list(messages[:limit]), reader).lines


def own_tests(reader: User, notices_shown: Collection[str], *, since: datetime, limit: int) -> Sequence[Line]:
    """What was sent to try out her own ways, newest first."""
    messages = _with_tries().filter(recipient=reader, notice__in=notices_shown, created_at__gte=since)
    return _page(list(messages[:limit]), reader).lines


def _with_tries() -> OutboxQuerySet:
    messages = OutboxMessage.objects.select_related("recipient").order_by("-pk")
    return messages.prefetch_related(Prefetch("tries", Attempt.objects.order_by("number", "pk")))


def _messages(reader: User, wanted: Wanted) -> OutboxQuerySet:
    messages = _with_tries()
    if reader.role not in EVERYBODYS:
        of_team = User.objects.filter(memberships__team__in=reader.team_ids).values("pk")
        messages = messages.filter(Q(recipient__in=of_team) | Q(recipient=reader))
    if wanted.state:
        messages = messages.filter(state=wanted.state)
    if wanted.channel:
        messages = messages.filter(channel=wanted.channel)
    if wanted.person is not None:
        messages = messages.filter(recipient=wanted.person)
    return messages


def _page(messages: Sequence[OutboxMessage], reader: User) -> LedgerPage:
    shown = messages[:PAGE]
    records = subjects.find_all([message.subject for message in shown], reader)
    lines = [_line(message, records.get(message.subject)) for message in shown]
    return LedgerPage(lines, shown[-1].pk if len(messages) > PAGE else None)


def _line(message: OutboxMessage, record: object | None) -> Line:
    kind = subjects.kind_of(message.subject)
    is_seen = kind is not None and record is not None
    return Line(
        message=message,
        title=_title(message.notice),
        label=kind.label(record) if kind is not None and is_seen else "",
        url=kind.url(record) if kind is not None and is_seen else "",
        is_hidden=not is_seen,
        went_to=phones.masked(message.address) if message.channel in (Channel.SMS, Channel.VOICE) else "",
        tone=TONES.get(Delivery(message.state), ""),
        tries=[Try(one, WHY.get(one.code, one.said)) for one in message.tries.all()],
    )


def _title(code: str) -> str | Promise:
    """A notice of an app that is gone goes by its code."""
    try:
        return notices.by_code(code).title
    except LookupError:
        return code
