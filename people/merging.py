"""What goes over when two records of one person become one, and what follows. Higher floors add theirs at start-up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef

from foundation.accounts.models import User
from people.models import Person


@dataclass(frozen=True, slots=True)
class Moving:
    """Rows of ``model`` whose ``field`` is the person.

    apart: the fields that with the person are unique. A row that the kept person already has of these stays with
    the merged one, so that nothing is deleted and undo is exact.
    """

    model: str
    field: str
    apart: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.model}.{self.field}"

    @property
    def rows(self) -> models.QuerySet[models.Model]:
        model: type[models.Model] = apps.get_model(self.model)
        return model._default_manager.all()

    def move(self, merged: Person, kept: Person) -> list[object]:
        """Move what can be moved; the keys of what was."""
        return self._hand(self._not_beside(self.rows.filter(**{self.field: merged}), kept), kept)

    def move_back(self, moved: list[object], merged: Person, kept: Person) -> None:
        """Return those that are still with the kept person; what was moved on or removed since stays as it is.

        So does a row that the merged one has come to have by another way.
        """
        if moved:
            ours = self.rows.filter(pk__in=moved, **{self.field: kept})
            self._hand(self._not_beside(ours, merged), merged)

    def _not_beside(self, rows: models.QuerySet[models.Model], person: Person) -> models.QuerySet[models.Model]:
        """Those that ``person`` has no same row beside."""
        if not self.apart:
            return rows
        same = {name: OuterRef(name) for name in self.apart}
        return rows.exclude(Exists(self.rows.filter(**{self.field: person}, **same)))

    def _hand(self, rows: models.QuerySet[models.Model], to: Person) -> list[object]:
        # In the order of their keys, so that two who hand over the same rows never wait in a circle.
        locked = rows.select_for_update(no_key=True).order_by("pk")
        keys = list(locked.values_list("pk", flat=True))
        if keys:
            self.rows.filter(pk__in=keys).update(**{self.field: to})
        return keys


_moving: dict[str, Moving] = {}


def moves_with_person(model: str, field: str, *, apart: tuple[str, ...] = ()) -> None:
    """Declare that rows of ``model`` ("app.Model") follow the person in ``field`` through merges. Safe to repeat."""
    moving = Moving(model, field, apart)
    _moving[moving.key] = moving


def everything_that_moves() -> Iterator[Moving]:
    yield from _moving.values()


class Consequence(Protocol):
    """What else a merge means for a higher floor, besides rows that go over. All run inside the merge's transaction."""

    def before(self, kept: Person, merged: Person) -> None:
        """Called before any row goes over or back, with both records locked: lock what others lock before those rows."""

    def merged(self, kept: Person, merged: Person, *, by: User, now: datetime) -> dict[str, Any]:
        """Called once everything went over; what it answers is kept as JSON, and given back to `undone`."""

    def undone(self, kept: Person, merged: Person, done: dict[str, Any], *, by: User, now: datetime) -> None:
        """Called once everything is back."""


_consequences: dict[str, Consequence] = {}


def follows_merges(name: str, consequence: Consequence) -> None:
    """Declare what follows from merges, under a name that stays. Safe to repeat."""
    _consequences[name] = consequence


def everything_that_follows() -> Iterator[tuple[str, Consequence]]:
    yield from _consequences.items()


moves_with_person("people.ContactPoint", "person", apart=("kind", "normal"))
moves_with_person("people.ExternalId", "person")
moves_with_person("people.Pet", "owner")
moves_with_person("people.Booking", "client")
moves_with_person("people.Booking", "provider")
