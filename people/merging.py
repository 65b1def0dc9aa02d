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
        theirs = self.rows.filter(**{self.field: merged})
        if self.apart:
            same = {name: OuterRef(name) for name in self.apart}
            theirs = theirs.exclude(Exists(self.rows.filter(**{self.field: kept}, **same)))
        moved = list(theirs.order_by("pk").values_list("pk", flat=True))
        if moved:
            self.rows.filter(pk__in=moved).update(**{self.field: kept})
        return moved

    def move_back(self, moved: list[object], merged: Person, kept: Person) -> None:
        """Return those that are still with the kept person; what was moved on or removed since stays as it is."""
        if moved:
            self.rows.filter(pk__in=moved, **{self.field: kept}).update(**{self.field: merged})


_moving: dict[str, Moving] = {}


def moves_with_person(model: str, field: str, *, apart: tuple[str, ...] = ()) -> None:
    """Declare that rows of ``model`` ("app.Model") follow the person in ``field`` through merges. Safe to repeat."""
    moving = Moving(model, field, apart)
    _moving[moving.key] = moving


def everything_that_moves() -> Iterator[Moving]:
    yield from _moving.values()


class Consequence(Protocol):
    """What else a merge means for a higher floor, besides rows that go over. Both run inside the merge's transaction."""

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
