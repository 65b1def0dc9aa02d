"""The panels at the side of a case: its people with their history, animals, evidence, tasks, playbook and links."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from cases.access import compartments_for
from cases.models import (
    Case,
    CaseGrant,
    CaseLink,
    CasePet,
    Check,
    Evidence,
    HandOver,
    LinkKind,
    Party,
    Reveal,
    Task,
)
from cases.operations.work import playbook_for
from foundation.accounts.models import User
from foundation.escalation.models import Escalation

LIMIT = 50


@dataclass(frozen=True, slots=True)
class Linked:
    """Another case that belongs to this one, seen from here."""

    link: CaseLink
    case: Case
    label: str


@dataclass(frozen=True, slots=True)
class Person:
    """A party with what the reader may know of her history."""

    party: Party
    other_cases: int


@dataclass(frozen=True, slots=True)
class Panels:
    """Everything beside the timeline. Each list is bounded; each costs one query. category is its name as she reads it.

    playbook: the name of the one for the case's category, empty once the case has started it.
    """

    category: str
    people: Sequence[Person]
    pets: Sequence[CasePet]
    evidence: Sequence[Evidence]
    tasks: Sequence[Task]
    checks: Sequence[dict[str, Any]]
    checks_done: int
    playbook: str
    linked: Sequence[Linked]
    hand_over: HandOver | None
    grant: CaseGrant | None
    escalation: Escalation | None


def panels_of(case: Case, *, reader: User, language: str, now: datetime) -> Panels:
    """The panels of a case that the reader sees, each with only what she may see of it."""
    checks = list(Check.objects.filter(case=case).select_related("ticked_by", "item__playbook")[:LIMIT])
    incident = getattr(case, "incident", None)
    return Panels(
        category=incident.category.name(language) if incident else "",
        people=_people(case, reader),
        pets=list(CasePet.objects.filter(incident_id=case.pk).select_related("pet")[:LIMIT]),
        evidence=evidence_of(case, reader=reader),
        tasks=list(
            Task.objects.filter(case=case)
            .select_related("assignee", "done_by")
            .order_by("done_at", "due_at", "pk")[:LIMIT]
        ),
        checks=[{"check": check, "text": check.text(language)} for check in checks],
        checks_done=sum(check.ticked_at is not None for check in checks),
        playbook=_not_started(incident.category.category.slug, checks, language) if incident else "",
        linked=_linked(case, reader),
        hand_over=HandOver.objects.filter(case=case, answered_at__isnull=True)
        .select_related("to_user", "from_user")
        .first(),
        grant=CaseGrant.objects.filter(
            case=case, user=reader, ended_at__isnull=True, expires_at__gt=now, kind__in=["opened_here", "break_glass"]
        )
        .order_by("-pk")
        .first(),
        escalation=Escalation.objects.about(case.subject)
        .unresolved()
        .select_related("acknowledged_by")
        .order_by("-pk")
        .first(),
    )


def _not_started(category: str, checks: Sequence[Check], language: str) -> str:
    """The playbook of a category, unless its steps are among these. A query only where the case follows another one."""
    started = {check.item.playbook for check in checks if check.item is not None}
    if any(category in playbook.categories or not playbook.categories for playbook in started):
        return ""
    playbook = playbook_for(category)
    return playbook.name(language) if playbook is not None else ""


def evidence_of(case: Case, *, reader: User) -> list[Evidence]:
    """The evidence in the compartments that the reader holds."""
    held = compartments_for(reader, case)
    return list(
        Evidence.objects.filter(case=case, compartment__in=held).select_related("added_by", "party__person")[:LIMIT]
    )


def _people(case: Case, reader: User) -> list[Person]:
    parties = list(case.parties.all())[:LIMIT]
    seen = Case.objects.visible_to(reader).exclude(pk=case.pk)
    counts = dict(
        Party.objects.filter(person__in=[party.person_id for party in parties], case__in=seen)
        .values_list("person_id")
        .annotate(number=Count("case", distinct=True))
    )
    order = {"reporter": 0, "respondent": 1}
    parties.sort(key=lambda party: order.get(party.capacity, 2))
    return [Person(party, counts.get(party.person_id, 0)) for party in parties]


def _linked(case: Case, reader: User) -> list[Linked]:
    """Links from both sides, without those to a case that the reader may not see."""
    links = list(CaseLink.objects.filter(Q(case=case) | Q(other=case)).order_by("pk")[:LIMIT])
    others = {link.other_id if link.case_id == case.pk else link.case_id for link in links}
    seen = Case.objects.visible_to(reader).in_bulk(others)
    found = []
    for link in links:
        other = seen.get(link.other_id if link.case_id == case.pk else link.case_id)
        if other is not None:
            turned = link.kind == LinkKind.CAUSED_BY and link.other_id == case.pk
            found.append(Linked(link, other, str(_("Led to")) if turned else str(link.get_kind_display())))
    return found


def revealed_to(reader: User, case: Case, *, now: datetime) -> frozenset[UUID]:
    """The evidence of the case that lies open to the reader right now."""
    open_now = Reveal.objects.filter(evidence__case=case, user=reader, expires_at__gt=now)
    return frozenset(open_now.values_list("evidence_id", flat=True)[:LIMIT])
