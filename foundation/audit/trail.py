"""Writing the trail: the only way an entry comes to be."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from foundation.audit.actors import Acting, HasSubject, Subject
from foundation.audit.events import Event
from foundation.audit.history import told_at
from foundation.audit.models import Entry
from foundation.audit.payloads import keep_all
from foundation.rows import insert_rows


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
    entry, texts = _entry(event, about, by, facts)
    _keep_texts(texts)
    entry.save(force_insert=True)
    return entry


class Happening(NamedTuple):
    """One thing to write down, as `record` takes it: what, about which record, with which facts.

    by: whoever did this one, where not all were done by the same. at: of history (history.py), when it happened.
    """

    event: Event
    about: HasSubject | Subject
    facts: Mapping[str, Any]
    by: Acting | None = None
    at: datetime | None = None


def record_all(happenings: Iterable[Happening], *, by: Acting) -> None:
    """`record` each of these, in their order, in one statement, and in few more where they carry texts."""
    made = [_entry(event, about, who or by, dict(facts), at=at) for event, about, facts, who, at in happenings]
    _keep_texts([text for _entry, texts in made for text in texts])
    insert_rows([entry for entry, _texts in made])


class _Text(NamedTuple):
    """A free text of an entry that is not written yet."""

    entry: Entry
    name: str
    text: str


def _keep_texts(texts: Sequence[_Text]) -> None:
    if not texts:
        return
    kept = keep_all([(Subject(text.entry.subject_kind, text.entry.subject_id), text.text) for text in texts])
    for text, where in zip(texts, kept, strict=True):
        text.entry.texts[text.name] = {"sha256": where.sha256, "payload": str(where.id)}


def _entry(
    event: Event, about: HasSubject | Subject, by: Acting, facts: dict[str, Any], *, at: datetime | None = None
) -> tuple[Entry, list[_Text]]:
    if not connection.in_atomic_block:
        raise OutsideTransactionError(f"{event.code} was recorded outside a transaction.")
    subject = about if isinstance(about, Subject) else about.subject
    if (told := at or told_at()) is not None:
        facts = {**facts, "told_at": told}
    texts = {name: str(text) for name in event.texts & facts.keys() if (text := facts.pop(name))}
    entry = Entry(
        event=event.code,
        actor_kind=by.actor.kind,
        actor_id=by.actor.id,
        subject_kind=subject.kind,
        subject_id=subject.id,
        data={name: _plain(event, name, value) for name, value in facts.items() if value is not None},
    )
    return entry, [_Text(entry, name, text) for name, text in texts.items()]


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
