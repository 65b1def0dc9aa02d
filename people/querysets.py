from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.db import models

from foundation.accounts.permissions import Permission
from foundation.audit.actors import Acting
from people.sight import sight_of

if TYPE_CHECKING:
    from foundation.accounts.models import Integration
    from people.models import Booking, Person, Pet


class PersonQuerySet(models.QuerySet["Person"]):
    """People, by what one asks of them."""

    def visible_to(self, reader: Acting) -> PersonQuerySet:
        """Those the reader may know of: named by a record that she sees, or by none.

        Somebody merged away is not among them; she is seen as who she was merged into (`leading`).
        """
        return self.current().filter(sight_of("person", reader)) if reader.may(Permission.PERSON_VIEW) else self.none()

    def current(self) -> PersonQuerySet:
        """Without those merged into somebody else."""
        return self.filter(merged_into__isnull=True)

    def recent(self) -> PersonQuerySet:
        """Those something was last learned of first."""
        return self.order_by("-updated_at", "-pk")

    def leading(self, pks: Iterable[int]) -> dict[int, int]:
        """The keys of these records, each with that of the record which now stands for it. One query a merge deep."""
        wanted = set(pks)
        into: dict[int, int | None] = {}
        while unread := wanted - into.keys():
            into |= dict(self.filter(pk__in=unread).values_list("pk", "merged_into"))
            into |= dict.fromkeys(unread - into.keys())
            wanted |= {pk for pk in into.values() if pk is not None}
        return {pk: _end(pk, into) for pk in wanted}

    def locked(self, pk: int) -> Person:
        """The person with her row locked until the transaction ends. Raises Person.DoesNotExist."""
        return self.select_for_update(no_key=True).get(pk=pk)

    def locked_together(self, *pks: int) -> list[Person]:
        """Several with their rows locked, always in the order of their ids: two merges never wait in a circle.

        Rows that name them may still be written: whoever does that holds their case, which a merge asks for next.
        """
        return list(self.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))


class PetQuerySet(models.QuerySet["Pet"]):
    """Animals, by what one asks of them."""

    def visible_to(self, reader: Acting) -> PetQuerySet:
        """Those the reader may know of. Whether she may know of the owner is asked of people."""
        return self.filter(sight_of("pet", reader)) if reader.may(Permission.PERSON_VIEW) else self.none()

    def locked(self, pk: int) -> Pet:
        """The animal with its owner, its row locked until the transaction ends. Raises Pet.DoesNotExist."""
        return self.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=pk)


class BookingQuerySet(models.QuerySet["Booking"]):
    """Bookings, by what one asks of them."""

    def visible_to(self, reader: Acting) -> BookingQuerySet:
        """Those the reader may know of. Whether she may know of who made and served them is asked of people."""
        return self.filter(sight_of("booking", reader)) if reader.may(Permission.PERSON_VIEW) else self.none()

    def known_as(self, external_id: str, *, integration: Integration | None) -> Booking | None:
        """The booking that this integration calls so."""
        return self.filter(integration=integration, external_id=external_id).first()


def _end(pk: int, into: Mapping[int, int | None]) -> int:
    while (onward := into[pk]) is not None:
        pk = onward
    return pk
