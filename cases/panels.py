"""What the page of a case shows beside the case itself and its timeline: people with their history, animals, evidence,
tasks, playbook and links, what the reader was typing, and whose turn it is. Most of it comes in one statement."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.models import Count, IntegerField, OuterRef, Prefetch, Q, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from cases.access import compartments_for
from cases.assignment import BECAUSE
from cases.events import HANDS_CHANGED
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
    Playbook,
    Reveal,
    Task,
)
from cases.policies import Around
from foundation.accounts.models import User
from foundation.escalation.models import Escalation
from foundation.escalation.policies import BY_HAND
from foundation.escalation.workflow import UNRESOLVED

LIMIT = 50
EVENTS = 2_000
"""The newest entries of a case that are counted by kind."""

_ASIDE = """
SELECT jsonb_build_object(
    'drafts', (SELECT jsonb_object_agg(d.key, d.fields) FROM cases_draft d
               WHERE d.user_id = %(reader)s AND d.key = ANY(%(drafts)s)),
    'events', (SELECT jsonb_object_agg(n.event, n.number) FROM (
                   SELECT event, count(*) AS number FROM (
                       SELECT e.event FROM audit_entry e WHERE e.subject_kind = 'case' AND e.subject_id = %(case)s::text
                       ORDER BY e.id DESC LIMIT %(events)s) newest
                   GROUP BY event) n),
    'checks', (SELECT jsonb_agg(k) FROM (
                   SELECT k.id, k.texts, k.is_gate, k.ticked_at, to_jsonb(u) AS ticked_by
                   FROM cases_check k LEFT JOIN (SELECT id, name FROM accounts_user) u ON u.id = k.ticked_by_id
                   WHERE k.case_id = %(case)s ORDER BY k.position, k.id LIMIT %(limit)s) k),
    'follows', EXISTS (SELECT FROM cases_check k JOIN cases_playbookitem i ON i.id = k.item_id
                       JOIN cases_playbook p ON p.id = i.playbook_id
                       WHERE k.case_id = %(case)s AND (p.categories = '{}' OR %(category)s = ANY(p.categories))),
    'playbook', (SELECT to_jsonb(p) FROM (
                   SELECT p.id, p.slug, p.names FROM cases_playbook p
                   WHERE p.is_active AND (p.categories = '{}' OR %(category)s = ANY(p.categories))
                   ORDER BY p.position, p.id LIMIT 1) p),
    'pets', (SELECT jsonb_agg(a) FROM (
                   SELECT a.id, a.harm, jsonb_build_object('id', p.id, 'name', p.name, 'breed', p.breed, 'age_text', p.age_text,
                       'species', p.species) AS pet
                   FROM cases_casepet a JOIN people_pet p ON p.id = a.pet_id
                   WHERE a.incident_id = %(case)s ORDER BY a.id LIMIT %(limit)s) a),
    'evidence', (SELECT jsonb_agg(f) FROM (
                   SELECT f.id, f.title, f.description, f.content_type, f.size, f.compartment, f.display_as FROM cases_evidence f
                   WHERE f.case_id = %(case)s AND f.compartment = ANY(%(held)s)
                   ORDER BY f.added_at, f.id LIMIT %(limit)s) f),
    'revealed', (SELECT jsonb_agg(DISTINCT r.evidence_id) FROM cases_reveal r JOIN cases_evidence f ON f.id = r.evidence_id
                 WHERE f.case_id = %(case)s AND r.user_id = %(reader)s AND r.expires_at > %(now)s),
    'tasks', (SELECT jsonb_agg(t) FROM (
                   SELECT t.id, t.title, t.due_at, t.done_at, to_jsonb(u) AS assignee
                   FROM cases_task t LEFT JOIN (SELECT id, name FROM accounts_user) u ON u.id = t.assignee_id
                   WHERE t.case_id = %(case)s ORDER BY t.done_at IS NOT NULL, t.done_at, t.due_at, t.id LIMIT %(limit)s) t),
    'teams', (SELECT jsonb_agg(jsonb_build_array(t.id, t.name) ORDER BY t.name, t.id) FROM accounts_team t WHERE t.is_active),
    'history', EXISTS (SELECT FROM cases_party p JOIN cases_party o ON o.person_id = p.person_id AND o.case_id <> p.case_id
                       WHERE p.case_id = %(case)s),
    'linked', EXISTS (SELECT FROM cases_caselink l WHERE l.case_id = %(case)s)
              OR EXISTS (SELECT FROM cases_caselink l WHERE l.other_id = %(case)s),
    'hand_over', (SELECT to_jsonb(h) FROM (
                   SELECT h.id, h.note, h.offered_at, to_jsonb(f) AS from_user, to_jsonb(t) AS to_user, to_jsonb(o) AS offered_by
                   FROM cases_handover h LEFT JOIN (SELECT id, name FROM accounts_user) f ON f.id = h.from_user_id
                       LEFT JOIN (SELECT id, name FROM accounts_user) t ON t.id = h.to_user_id
                       LEFT JOIN (SELECT id, name FROM accounts_user) o ON o.id = h.offered_by_id
                   WHERE h.case_id = %(case)s AND h.answered_at IS NULL) h),
    'grant', (SELECT to_jsonb(g) FROM (
                   SELECT g.id, g.kind, g.expires_at FROM cases_casegrant g
                   WHERE g.case_id = %(case)s AND g.user_id = %(reader)s AND g.ended_at IS NULL AND g.expires_at > %(now)s
                       AND g.kind IN ('opened_here', 'break_glass') ORDER BY g.id DESC LIMIT 1) g),
    'escalation', (SELECT to_jsonb(e) FROM (
                   SELECT e.id, e.state, e.started_at, to_jsonb(u) AS acknowledged_by
                   FROM escalation_escalation e LEFT JOIN (SELECT id, name FROM accounts_user) u ON u.id = e.acknowledged_by_id
                   WHERE e.subject_kind = 'case' AND e.subject_id = %(case)s::text AND e.state = ANY(%(unresolved)s)
                   ORDER BY e.id DESC LIMIT 1) e),
    'by_hand', EXISTS (SELECT FROM escalation_escalation e WHERE e.subject_kind = 'case' AND e.subject_id = %(case)s::text
                       AND e.state = ANY(%(unresolved)s) AND e.reason = %(by_hand)s),
    'given', (SELECT CASE e.event WHEN 'case.routed' THEN e.data END FROM audit_entry e
              WHERE e.subject_kind = 'case' AND e.subject_id = %(case)s::text AND e.event = ANY(%(hands)s)
              ORDER BY e.id DESC LIMIT 1),
    'interest', EXISTS (SELECT FROM cases_conflict c WHERE c.case_id = %(case)s AND c.user_id = %(reader)s)
)
"""


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
    """Everything beside the timeline, each list bounded. category is its name as the reader says it.

    Rows hold the fields that are shown; the others are read when they are asked for.
    playbook: the name of the one for the case's category, empty once the case has started it.
    revealed: the evidence that lies open to the reader right now. events: how many of the newest entries are of each kind.
    teams: those that a case can be moved to. given_because: why a rule gave it to its owner; empty if she has it otherwise.
    """

    category: str
    people: Sequence[Person]
    pets: Sequence[CasePet]
    evidence: Sequence[Evidence]
    revealed: frozenset[UUID]
    tasks: Sequence[Task]
    checks: Sequence[dict[str, Any]]
    checks_done: int
    playbook: str
    linked: Sequence[Linked]
    hand_over: HandOver | None
    grant: CaseGrant | None
    escalation: Escalation | None
    around: Around
    drafts: Mapping[str, dict[str, Any]]
    events: Mapping[str, int]
    teams: Sequence[tuple[int, str]]
    given_because: str


def panels_of(case: Case, *, reader: User, language: str, now: datetime, draft_keys: Sequence[str] = ()) -> Panels:
    """The panels of a case that the reader sees, each with only what she may see of it. Three statements, four with links.

    Loads ``case.parties`` with people and their contact points.
    """
    incident = getattr(case, "incident", None)
    aside = _read_aside(case, reader, incident.category.category.slug if incident else "", draft_keys, now)
    checks = _rows(Check, aside["checks"])
    hand_over = _row(HandOver, aside["hand_over"])
    playbook = None if aside["follows"] or not incident else _row(Playbook, aside["playbook"])
    return Panels(
        category=incident.category.name(language) if incident else "",
        people=_people(case, reader, have_history=aside["history"]),
        pets=_rows(CasePet, aside["pets"]),
        evidence=_rows(Evidence, aside["evidence"]),
        revealed=frozenset(UUID(pk) for pk in aside["revealed"] or ()),
        tasks=_rows(Task, aside["tasks"]),
        checks=[{"check": check, "text": check.text(language)} for check in checks],
        checks_done=sum(check.ticked_at is not None for check in checks),
        playbook=playbook.name(language) if playbook else "",
        linked=_linked(case, reader) if aside["linked"] else [],
        hand_over=hand_over,
        grant=_row(CaseGrant, aside["grant"]),
        escalation=_row(Escalation, aside["escalation"]),
        around=Around(
            open_gates=[check for check in checks if check.is_gate and check.ticked_at is None],
            hand_over=hand_over,
            is_called_by_hand=aside["by_hand"],
            has_interest=aside["interest"],
        ),
        drafts={
            key: {name: value for name, value in fields.items() if value}
            for key, fields in ((key, (aside["drafts"] or {}).get(key, {})) for key in draft_keys)
        },
        events=aside["events"] or {},
        teams=[(pk, name) for pk, name in aside["teams"] or ()],
        given_because=_given_because(case, aside["given"]),
    )


def _given_because(case: Case, given: Mapping[str, Any] | None) -> str:
    """Why her, as the rule had it; empty where its owner has the case by somebody's hand."""
    if given is None or given["to"] != case.assignee_id:
        return ""
    return _("Given by rule: %(because)s.") % {"because": BECAUSE.get(given["because"], "")}


def _read_aside(case: Case, reader: User, category: str, draft_keys: Sequence[str], now: datetime) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(
            _ASIDE,
            {
                "case": case.pk, "reader": reader.pk, "category": category, "drafts": list(draft_keys), "now": now,
                "held": list(compartments_for(reader, case)), "unresolved": [str(state) for state in UNRESOLVED],
                "by_hand": BY_HAND, "limit": LIMIT, "events": EVENTS,
                "hands": [event.code for event in HANDS_CHANGED],
            },
        )  # fmt: skip
        aside: dict[str, Any] = json.loads(cursor.fetchone()[0])
    return aside


M = TypeVar("M", bound=models.Model)


def _row(model: type[M], values: Mapping[str, Any] | None) -> M | None:
    """A row of a table from the fields of it that came as JSON, as if the others had been deferred."""
    if values is None:
        return None
    fields: dict[str, Any] = {name: model._meta.get_field(name) for name in values}
    related = {name: _row(field.related_model, values[name]) for name, field in fields.items() if field.is_relation}
    plain = {name: fields[name].to_python(value) for name, value in values.items() if name not in related}
    plain |= {f"{name}_id": other.pk if other else None for name, other in related.items()}
    in_order = [field.attname for field in model._meta.concrete_fields if field.attname in plain]
    row = model.from_db(None, in_order, [plain[name] for name in in_order])
    for name, other in related.items():
        setattr(row, name, other)
    return row


def _rows(model: type[M], found: Sequence[Mapping[str, Any]] | None) -> list[M]:
    return [row for values in found or () if (row := _row(model, values)) is not None]


def evidence_of(case: Case, *, reader: User) -> list[Evidence]:
    """The evidence in the compartments that the reader holds."""
    held = compartments_for(reader, case)
    return list(
        Evidence.objects.filter(case=case, compartment__in=held).select_related("added_by", "party__person")[:LIMIT]
    )


def _people(case: Case, reader: User, *, have_history: bool) -> list[Person]:
    """have_history: whether anybody of them is in another case at all; without that there is nothing to count."""
    parties = (
        Party.objects.select_related("person").prefetch_related("person__contact_points").order_by("capacity", "pk")
    )
    if have_history:
        parties = parties.annotate(other_cases=_other_cases(case, reader))
    prefetch_related_objects([case], Prefetch("parties", parties))
    order = {"reporter": 0, "respondent": 1}
    found = sorted(list(case.parties.all())[:LIMIT], key=lambda party: order.get(party.capacity, 2))
    return [Person(party, getattr(party, "other_cases", 0)) for party in found]


def _other_cases(case: Case, reader: User) -> Coalesce:
    """How many cases besides this one that the reader sees have the person of a party."""
    seen = Case.objects.visible_to(reader).exclude(pk=case.pk)
    others = Party.objects.filter(person=OuterRef("person"), case__in=seen).order_by().values("person")
    number = others.annotate(number=Count("case", distinct=True)).values("number")
    return Coalesce(Subquery(number, output_field=IntegerField()), 0)


def _linked(case: Case, reader: User) -> list[Linked]:
    """Links from both sides, without those to a case that the reader may not see."""
    seen = Case.objects.visible_to(reader)
    links = CaseLink.objects.filter(Q(case=case, other__in=seen) | Q(other=case, case__in=seen))
    found = []
    for link in links.select_related("case", "other").order_by("pk")[:LIMIT]:
        other = link.other if link.case_id == case.pk else link.case
        turned = link.kind == LinkKind.CAUSED_BY and link.other_id == case.pk
        found.append(Linked(link, other, str(_("Led to")) if turned else str(link.get_kind_display())))
    return found


def revealed_to(reader: User, case: Case, *, now: datetime) -> frozenset[UUID]:
    """The evidence of the case that lies open to the reader right now."""
    open_now = Reveal.objects.filter(evidence__case=case, user=reader, expires_at__gt=now)
    return frozenset(open_now.values_list("evidence_id", flat=True)[:LIMIT])
