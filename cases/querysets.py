from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Now

from cases.relations import relations_of
from cases.workflow import OPEN_STATES
from foundation.accounts.models import ApiKey, User
from foundation.accounts.permissions import Permission
from foundation.audit.actors import Acting, System

if TYPE_CHECKING:
    from cases.models import Case, Contact


class CaseQuerySet(models.QuerySet["Case"]):
    """Cases, by what one asks of them."""

    def visible_to(self, reader: Acting) -> CaseQuerySet:
        """The cases that ``reader`` may know of; the others are absent everywhere.

        Capability AND a relation whose ceiling reaches the level AND no conflict of interest
        (access-and-audit.md, Rule). Whoever is not known sees none.
        """
        if isinstance(reader, System):
            return self
        if not reader.may(Permission.CASE_VIEW):
            return self.none()
        if isinstance(reader, ApiKey):
            return self.filter(integration_id=reader.integration_id)
        if not isinstance(reader, User):
            return self.none()
        from cases.models import Conflict

        sight = reduce(or_, (relation.sight for relation in relations_of(reader)), Q(pk__in=[]))
        return self.filter(sight).exclude(Exists(Conflict.objects.filter(case=OuterRef("pk"), user=reader)))

    def open(self) -> CaseQuerySet:
        """Not resolved and not closed."""
        return self.filter(state__in=OPEN_STATES)

    def locked(self, pk: int) -> Case:
        """The case with its row locked until the transaction ends. Raises Case.DoesNotExist.

        Rows that name it may be written meanwhile: no operation deletes a case or changes its key.
        """
        return self.in_turn().get(pk=pk)

    def locked_both(self, one: int, other: int) -> tuple[Case, Case]:
        """Two cases with their rows locked, always in the same order, so that two who want both never wait for each other."""
        rows = self.locked_all([one, other])
        return rows[one], rows[other]

    def locked_all(self, pks: Iterable[int]) -> dict[int, Case]:
        """These cases by their ids, with their rows locked in the order of those, as `locked_both` does."""
        return {case.pk: case for case in self.in_turn().filter(pk__in=list(pks))}

    def locked_settled(self, which: Callable[[], Iterable[int]]) -> dict[int, Case]:
        """The cases that ``which`` names, locked as `locked_all` does, once it names no other under the locks.

        For sets that somebody may add to until they are locked. Only inside a transaction.
        """
        while True:
            held = transaction.savepoint()
            locked = self.locked_all(which())
            if locked.keys() >= set(which()):
                transaction.savepoint_commit(held)
                return locked
            # Letting all of them go: what came since may have the lowest number.
            transaction.savepoint_rollback(held)

    def in_turn(self) -> CaseQuerySet:
        """With their rows locked one after the other in the order of their ids, as whoever wants several asks for them."""
        return self.select_for_update(of=("self",), no_key=True).order_by("pk")

    def with_page_data(self) -> CaseQuerySet:
        """With all that the page of one case shows of the case itself; its panels read the rest."""
        return self.select_related(
            "team", "assignee", "incident__category__category", "incident__booking", "escalated_to"
        ).prefetch_related("clocks")


class ContactQuerySet(models.QuerySet["Contact"]):
    """Words with somebody, by what one asks of them."""

    def with_people_outside(self) -> ContactQuerySet:
        """Those between people, with somebody outside: automatic ones and words with staff move nothing."""
        return self.filter(automatic=False).exclude(party__role="staff")

    def newest(self) -> Contact | None:
        """The last of them to be said, with whom."""
        return self.select_related("party").order_by("-occurred_at", "-pk").first()


def about_staff() -> Q:
    """Cases whose respondent is a member of the staff."""
    from cases.models import Capacity, Party, PartyRole

    accused = Party.objects.filter(case=OuterRef("pk"), capacity=Capacity.RESPONDENT, role=PartyRole.STAFF)
    return Q(Exists(accused))


def granted_to(user: User, *kinds: str) -> Q:
    """Cases opened to one person by a grant (of these kinds, or of any) that has neither ended nor run out."""
    from cases.models import CaseGrant

    grants = CaseGrant.objects.filter(
        Q(expires_at__isnull=True) | Q(expires_at__gt=Now()), case=OuterRef("pk"), user=user, ended_at__isnull=True,
        ceiling__gte=OuterRef("confidentiality"),
    )  # fmt: skip
    return Q(Exists(grants.filter(kind__in=kinds) if kinds else grants))
