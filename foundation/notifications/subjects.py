"""How to find, name and link the records that messages are about, without knowing their apps.

Each app registers its kinds at start-up. A kind that nobody registered is seen by nobody.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from foundation.accounts.models import User
from foundation.audit.actors import Subject

Find = Callable[[User, str], Any | None]
FindMany = Callable[[User, Collection[str]], Mapping[str, Any]]
SeeMany = Callable[[User, Collection[str]], Collection[str]]


@dataclass(frozen=True, slots=True)
class SubjectKind:
    """A kind of record.

    label: what people call one, in a word. describe: what it is about, in a line; for pages, never for mail.
    named_in_mail: whether its label stands in a header of mail about it.
    """

    kind: str
    find: Find
    label: Callable[[Any], str]
    url: Callable[[Any], str]
    find_many: FindMany | None = None
    see_many: SeeMany | None = None
    describe: Callable[[Any], str] = lambda record: ""
    named_in_mail: bool = True

    def seen_of(self, reader: User, ids: Collection[str]) -> Mapping[str, Any]:
        """Of these records the ones that ``reader`` may see, by id."""
        if self.find_many is not None:
            return self.find_many(reader, ids)
        found = {pk: self.find(reader, pk) for pk in ids}
        return {pk: record for pk, record in found.items() if record is not None}

    def ids_seen_of(self, reader: User, ids: Collection[str]) -> Collection[str]:
        """The same, where the records themselves are not wanted."""
        return self.see_many(reader, ids) if self.see_many is not None else self.seen_of(reader, ids)


_kinds: dict[str, SubjectKind] = {}


def register(
    kind: str,
    *,
    find: Find,
    label: Callable[[Any], str],
    url: Callable[[Any], str],
    find_many: FindMany | None = None,
    see_many: SeeMany | None = None,
    describe: Callable[[Any], str] = lambda record: "",
    named_in_mail: bool = True,
) -> None:
    """Say how records of ``kind`` are found.

    find(reader, id): the record, or None unless she may see it. url: its page, as a path. find_many(reader, ids):
    the same for a whole list in few queries; see_many(reader, ids): of such a list the ids alone. Registering again
    replaces.
    """
    _kinds[kind] = SubjectKind(kind, find, label, url, find_many, see_many, describe, named_in_mail)


def kind_of(subject: Subject) -> SubjectKind | None:
    return _kinds.get(subject.kind)


def find(subject: Subject, reader: User) -> Any | None:
    """The record, when ``reader`` may see it."""
    kind = _kinds.get(subject.kind)
    return kind.find(reader, subject.id) if kind else None


def find_all(subjects: Collection[Subject], reader: User) -> dict[Subject, Any]:
    """Of many records those that ``reader`` may see. One look-up a kind, where the kind offers that."""
    return {
        Subject(kind, pk): record
        for kind, wanted in _ids_by_kind(subjects).items()
        for pk, record in _kinds[kind].seen_of(reader, wanted).items()
    }


def seen_of(subjects: Collection[Subject], reader: User) -> set[Subject]:
    """The same, where the records themselves are not wanted."""
    return {
        Subject(kind, pk)
        for kind, wanted in _ids_by_kind(subjects).items()
        for pk in _kinds[kind].ids_seen_of(reader, wanted)
    }


def _ids_by_kind(subjects: Collection[Subject]) -> dict[str, set[str]]:
    """The ids asked for, of kinds that somebody registered."""
    ids: dict[str, set[str]] = {}
    for subject in subjects:
        if subject.kind in _kinds:
            ids.setdefault(subject.kind, set()).add(subject.id)
    return ids
