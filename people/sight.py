"""What of people the reader may know. Higher floors say at start-up which of their records name somebody.

A person, an animal or a booking is seen through a record that names it and that the reader sees, or where no record
names it. Named by hidden records alone it is absent.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.db.models.lookups import GreaterThan

from foundation.audit.actors import Acting

Rows = QuerySet[Model]


@dataclass(frozen=True, slots=True)
class Naming:
    """Rows that name a record of people, whose key is OuterRef("pk") in both.

    named: all of them. seen: those that the reader may know of. Both are asked once a row, so an index has to answer.
    """

    named: Callable[[], Rows]
    seen: Callable[[Acting], Rows]


_namings: dict[str, dict[str, Naming]] = {}


def named_by(kind: str, name: str, naming: Naming) -> None:
    """Declare, under a name that stays, rows that name a "person", a "pet" or a "booking". Safe to repeat."""
    _namings.setdefault(kind, {})[name] = naming


def sight_of(kind: str, reader: Acting) -> Q:
    """The condition under which the reader may know of a record of this kind."""
    namings = tuple(_namings.get(kind, {}).values())
    return _any(naming.seen(reader) for naming in namings) | ~_any(naming.named() for naming in namings)


def _any(rows: Iterable[Rows]) -> Q:
    """Whether one of these exists, asked of each record by itself.

    PostgreSQL may also read the whole table of cases once and keep it hashed. A comparison with the record itself,
    which always holds, leaves it no such choice.
    """
    return reduce(or_, (Q(Exists(each.filter(GreaterThan(OuterRef("pk"), 0)))) for each in rows), Q(pk__in=[]))
