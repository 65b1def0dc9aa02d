"""Making the words of a message, when it is sent or read: with its reader's rights, in her language and her zone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template import Context, Engine
from django.utils import timezone, translation
from django.utils.dateparse import parse_datetime

from foundation.accounts.actors import name_actors
from foundation.accounts.models import User
from foundation.audit.actors import SYSTEM
from foundation.notifications import notices, subjects
from foundation.notifications.models import Channel, OutboxMessage
from foundation.notifications.notices import WhenHidden

BARE = "notices/bare"
DIGEST = "notices/digest"
INSTEAD = "notifications/instead.txt"


class Readable(NamedTuple):
    """A message that its reader may be told, with the record; None for one that is told bare, without content."""

    message: OutboxMessage
    record: Any | None


@dataclass(frozen=True, slots=True)
class Letter:
    """Finished words. ``records`` names what they are about, by kind."""

    title: str
    body: str
    records: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Part:
    """One message's own words inside a letter."""

    title: str
    body: str
    kind: str
    label: str


def readable(messages: Sequence[OutboxMessage], reader: User) -> list[Readable]:
    """Of these messages what ``reader`` may be told now, in the order given. The rest is absent for her."""
    records = subjects.find_all([message.subject for message in messages], reader)
    told = []
    for message in messages:
        record = records.get(message.subject)
        if record is not None or notices.by_code(message.notice).when_hidden == WhenHidden.BARE:
            told.append(Readable(message, record))
    return told


def compose(told: Sequence[Readable], reader: User) -> Letter:
    """One letter out of one message or several. A digest names every record."""
    with reading_as(reader):
        actors = actor_names(one.message for one in told)
        parts = [_part(one, reader, actors) for one in told]
        if len(parts) == 1:
            title, body = parts[0].title, parts[0].body
        else:
            facts = {"parts": parts, "reader": reader}
            title, body = line(f"{DIGEST}.subject.txt", facts), _text(f"{DIGEST}.body.txt", facts)
    records: dict[str, tuple[str, ...]] = {}
    for part in parts:
        if part.label and part.label not in records.get(part.kind, ()):
            records[part.kind] = (*records.get(part.kind, ()), part.label)
    return Letter(title, body, records)


@contextmanager
def reading_as(reader: User) -> Iterator[None]:
    """Words and times as ``reader`` reads them."""
    with translation.override(reader.language), timezone.override(ZoneInfo(reader.time_zone)):
        yield


def words(message: OutboxMessage, record: Any, actors: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    """What the templates of a notice may speak of. A fact named ``..._at`` or ``..._until`` is an instant."""
    notice = notices.by_code(message.notice)
    kind = subjects.kind_of(message.subject)
    path = kind.url(record) if kind else ""
    facts = {name: _instant(name, value) for name, value in message.context.items() if name != "by"}
    return {
        **facts,
        "record": record,
        "label": kind.label(record) if kind else "",
        "about": kind.describe(record) if kind else "",
        "url": path,
        "link": absolute(path),
        "actor": actors.get(_actor_of(message), ""),
        **notice.facts(message, record),
    }


def absolute(path: str) -> str:
    """A page of the desk as mail links to it."""
    return urljoin(str(settings.BASE_URL), path)


def bare_words(message: OutboxMessage) -> dict[str, Any]:
    """The same for somebody who may not see the record: nothing about it but that it calls for somebody."""
    return {"link": absolute("/"), "created_at": message.created_at}


def actor_names(messages: Iterable[OutboxMessage]) -> dict[tuple[str, str], str]:
    """The names of whoever caused these messages."""
    names = name_actors({_actor_of(message) for message in messages})
    return {**names, (SYSTEM.actor.kind, SYSTEM.actor.id): str(SYSTEM)}


def _part(told: Readable, reader: User, actors: Mapping[tuple[str, str], str]) -> Part:
    message, record = told
    kind = subjects.kind_of(message.subject)
    if record is None or kind is None:
        facts = bare_words(message) | {"reader": reader}
        body = f"{_text(f'{BARE}.body.txt', facts)}{_why_this_way(message)}"
        return Part(line(f"{BARE}.subject.txt", facts), body, message.subject_kind, "")
    notice = notices.by_code(message.notice)
    facts = words(message, record, actors) | {"reader": reader}
    label = str(facts["label"]) if kind.named_in_mail else ""
    title, body = line(f"{notice.template}.subject.txt", facts), _text(f"{notice.template}.body.txt", facts)
    return Part(title, f"{body}{_why_this_way(message)}", kind.kind, label)


def _why_this_way(message: OutboxMessage) -> str:
    """That another channel should have carried it, and why that one did not."""
    instead_of = message.context.get("instead_of")
    if instead_of not in Channel.values:
        return ""
    return "\n" + _text(INSTEAD, {"channel": Channel(instead_of).label, "why": message.context.get("because", "")})


def _actor_of(message: OutboxMessage) -> tuple[str, str]:
    kind, pk = message.context.get("by", ("", ""))
    return kind, pk


def _instant(name: str, value: Any) -> Any:
    if isinstance(value, str) and name.endswith(("_at", "_until")):
        instant: datetime | None = parse_datetime(value)
        return instant or value
    return value


def _text(template: str, facts: Mapping[str, Any]) -> str:
    """A template of plain text. Nothing is escaped: what comes out is no HTML and is never shown as such."""
    words = Engine.get_default().get_template(template).render(Context(dict(facts), autoescape=False))
    return f"{words.strip()}\n"


def line(template: str, facts: Mapping[str, Any]) -> str:
    """The same on one line, whatever the names in it contain: it becomes a header of a mail."""
    return " ".join(_text(template, facts).split())
