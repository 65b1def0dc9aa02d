"""Writing the trail: the only way an entry comes to be."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from foundation.audit.actors import Acting, HasSubject, Subject
from foundation.audit.events import Event
from foundation.audit.history import told_at
from foundation.audit.models import Entry
from foundation.audit.payloads import keep


class OutsideTransactionError(RuntimeError):
    """An entry must commit together with what it tells of, so a transaction has to be open."""


def record(
    event: Event,
    *,
    about: HasSubject | Subject,
    by: Acting,
    **facts: Any,
) -> Entry:
    """Write one entry of ``event`` about a record, by whoever acted, in the transaction that is open.

    ``facts`` are ids, codes, times and numbers; a fact named in ``event.texts`` is free text and is stored
    encrypted under the subject's key. Empty texts are left out.
    Raises OutsideTransactionError when no transaction is open and ValueError for a fact that is free text
    (longer than 200 characters) without being declared so.
    """
    entry = _entry(event, about, by, facts)
    entry.save(force_insert=True)
    return entry


class Happening(NamedTuple):
    """One thing to write down, as `record` takes it: what, about which record, with which facts."""

    event: Event
    about: HasSubject | Subject
    facts: Mapping[str, Any]


def record_all(happenings: Iterable[Happening], *, by: Acting) -> list[Entry]:
    """`record` each of these, in their order and in one statement where they carry no text."""
    return Entry.objects.bulk_create([_entry(event, about, by, dict(facts)) for event, about, facts in happenings])


def _entry(event: Event, about: HasSubject | Subject, by: Acting, facts: dict[str, Any]) -> Entry:
    if not connection.in_atomic_block:
        raise OutsideTransactionError(f"{event.code} was recorded outside a transaction.")
    subject = about if isinstance(about, Subject) else about.subject
    if (told := told_at()) is not None:
        facts = {**facts, "told_at": told}
    texts: dict[str, dict[str, str]] = {}
    for name in event.texts & facts.keys():
        text = facts.pop(name)
        if text:
            kept = keep(str(text), about=subject)
            texts[name] = {"sha256": kept.sha256, "payload": str(kept.id)}
    return Entry(
        event=event.code,
        actor_kind=by.actor.kind,
        actor_id=by.actor.id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        data={name: _plain(event, name, value) for name, value in facts.items() if value is not None},
        texts=texts,
    )


def _plain(event: Event, name: str, value: Any) -> Any:
    """A fact as JSON keeps it. Instants become ISO 8601 in UTC; enumerations their value."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(event, name, item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(event, name, item) for item in value]
    if isinstance(value, bool | int | float) or value is None:
        return value
    text = str(value)
    if len(text) > 200:
        raise ValueError(f"{event.code} carries free text in {name}: declare it in the event's texts.")
    return text
