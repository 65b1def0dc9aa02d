"""The calls that are out, as their readers see them: only those about records that the reader may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db.models import Prefetch

from foundation.accounts.models import User
from foundation.escalation.models import Escalation, Page
from foundation.escalation.reasons import reason_name
from foundation.escalation.workflow import ESCALATION_WORKFLOW, EscalationState
from foundation.notifications import subjects
from foundation.workflow.moves import Offer

FRESH_SECONDS = 5
SHOWN = 100
"""Calls looked at, newest first. A desk with more unanswered than this has another trouble."""


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody who was called, when first in this cycle, and at which level."""

    person: User
    at: datetime
    level: int


@dataclass(frozen=True, slots=True)
class Call:
    """An escalation as its page shows it."""

    escalation: Escalation
    record: Any
    label: str
    about: str
    url: str
    reasons: Sequence[str]
    called: Sequence[Called]
    offer: Offer

    @property
    def waits(self) -> bool:
        return self.escalation.state != EscalationState.ACKNOWLEDGED


def open_calls(reader: User) -> list[Call]:
    """Calls that nobody answered first, the gravest before the others, then those that somebody is on."""
    calls = [_call(escalation, record, reader) for escalation, record in _seen(reader, with_pages=True)]
    return sorted(calls, key=lambda call: (not call.waits, call.escalation.severity, call.escalation.started_at))


def count_unanswered(reader: User) -> int:
    """How many calls about records that she may see wait for somebody, at most SHOWN."""
    return sum(escalation.state != EscalationState.ACKNOWLEDGED for escalation, _record in _seen(reader))


def count_on_rail(reader: User) -> int:
    """As count_unanswered, at most FRESH_SECONDS old, and never older than her own answer to a call."""
    counted: int | None = cache.get(_count_key(reader))
    if counted is None:
        counted = count_unanswered(reader)
        cache.set(_count_key(reader), counted, FRESH_SECONDS)
    return counted


def forget_count(reader: User) -> None:
    """After she has answered a call."""
    cache.delete(_count_key(reader))


def _count_key(reader: User) -> str:
    return f"unanswered:{reader.pk}"


def find_call(reader: User, pk: int) -> Escalation | None:
    """The escalation, when she may see the record it calls for."""
    escalation = Escalation.objects.filter(pk=pk).first()
    if escalation is None or subjects.find(escalation.subject, reader) is None:
        return None
    return escalation


def _seen(reader: User, *, with_pages: bool = False) -> list[tuple[Escalation, Any]]:
    escalations = Escalation.objects.unresolved().order_by("-started_at")
    if with_pages:
        pages = Page.objects.select_related("person").order_by("paged_at", "pk")
        escalations = escalations.select_related("team", "acknowledged_by").prefetch_related(
            Prefetch("pages", pages), "causes"
        )
    found = list(escalations[:SHOWN])
    records = subjects.find_all([escalation.subject for escalation in found], reader)
    return [(one, records[one.subject]) for one in found if one.subject in records]


def _call(escalation: Escalation, record: Any, reader: User) -> Call:
    kind = subjects.kind_of(escalation.subject)
    offers = ESCALATION_WORKFLOW.offers(escalation.state, by=reader)
    return Call(
        escalation=escalation,
        record=record,
        label=kind.label(record) if kind else "",
        about=kind.describe(record) if kind else "",
        url=kind.url(record) if kind else "",
        reasons=list(
            dict.fromkeys(reason_name(cause.reason) for cause in escalation.causes.all() if cause.ended_at is None)
        ),
        called=_called(escalation),
        offer=next(offer for offer in offers if offer.move.name == "acknowledge"),
    )


def _called(escalation: Escalation) -> list[Called]:
    first: dict[int, Called] = {}
    for page in escalation.pages.all():
        if page.cycle == escalation.cycle:
            first.setdefault(page.person_id, Called(page.person, page.paged_at, page.level + 1))
    return list(first.values())
