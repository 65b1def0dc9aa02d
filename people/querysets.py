from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models

from foundation.accounts.permissions import Permission
from foundation.audit.actors import Acting

if TYPE_CHECKING:
    from people.models import Person


class PersonQuerySet(models.QuerySet["Person"]):
    """People, by what one asks of them."""

    def visible_to(self, reader: Acting) -> PersonQuerySet:
        """Those the reader may know of. Which of their cases she sees is decided case by case."""
        return self if reader.may(Permission.PERSON_VIEW) else self.none()

    def current(self) -> PersonQuerySet:
        """Without those merged into somebody else."""
        return self.filter(merged_into__isnull=True)

    def recent(self) -> PersonQuerySet:
        """Those something was last learned of first."""
        return self.order_by("-updated_at", "-pk")

    def locked(self, pk: int) -> Person:
        """The person with her row locked until the transaction ends. Raises Person.DoesNotExist."""
        return self.select_for_update().get(pk=pk)

    def locked_together(self, *pks: int) -> list[Person]:
        """Several with their rows locked, always in the order of their ids: two merges never wait in a circle.

        Rows that name them may still be written: whoever does that holds their case, which a merge asks for next.
        """
        return list(self.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk"))
