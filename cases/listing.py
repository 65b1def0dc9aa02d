"""Cases as lists show them: what a row and the peek need of each, read in one statement into plain values.

A page of the queue is asked for every few seconds by everybody on shift. Whole models of 25 cases, their people and
their clocks cost more to build than PostgreSQL takes to find them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection

from cases.querysets import CaseQuerySet

_LISTED = """
WITH found (id) AS MATERIALIZED (%s)
SELECT c.id, c.reference, c.kind, c.state, c.title, c.language, c.severity, c.confidentiality, c.channel, c.received_at,
    c.last_contact_at, c.last_contact_in, c.last_contact_role, c.waiting_on, c.outcome, c.band, c.urgent_at,
    c.assignee_id, u.name, c.escalated_to_id, v.names, i.immediate_danger, i.emergency_care, i.people_hurt, i.animals_hurt,
    (SELECT jsonb_agg(jsonb_build_array(p.capacity, p.role, n.name, n.kind) ORDER BY p.capacity, p.id)
     FROM cases_party p JOIN people_person n ON n.id = p.person_id WHERE p.case_id = c.id),
    (SELECT jsonb_agg(jsonb_build_array(k.metric, k.cycle, k.state, k.warn_percents, k.warn_seconds, k.pauses,
         k.started_at, k.due_at, k.breached_at, k.met_at, k.cancelled_at) ORDER BY k.id)
     FROM cases_clock k WHERE k.case_id = c.id)
FROM (SELECT id, row_number() OVER () AS place FROM found) f
JOIN cases_case c ON c.id = f.id
LEFT JOIN accounts_user u ON u.id = c.assignee_id
LEFT JOIN cases_incident i ON i.case_id = c.id
LEFT JOIN cases_categoryversion v ON v.id = i.category_id
ORDER BY f.place
"""


class ListedParty(NamedTuple):
    """Somebody in a case. name and kind are those of the person."""

    capacity: str
    role: str
    name: str
    kind: str


class ListedClock(NamedTuple):
    """A clock with what a chip tells of it; as the model of the same fields."""

    metric: str
    cycle: int
    state: str
    warn_percents: Sequence[int]
    warn_seconds: Sequence[int]
    pauses: Sequence[Any]
    started_at: datetime
    due_at: datetime | None
    breached_at: datetime | None
    met_at: datetime | None
    cancelled_at: datetime | None


@dataclass(frozen=True, slots=True)
class ListedCase:
    """A case in a list. Fields are named as those of the model; category and harm are empty where no incident lies."""

    pk: int
    reference: str
    kind: str
    state: str
    title: str
    language: str
    severity: int
    confidentiality: int
    channel: str
    received_at: datetime
    last_contact_at: datetime | None
    last_contact_in: bool | None
    last_contact_role: str
    waiting_on: str
    outcome: str
    band: int
    urgent_at: datetime
    assignee_id: int | None
    assignee_name: str
    escalated_to_id: int | None
    category_names: dict[str, str]
    immediate_danger: bool
    emergency_care: str
    people_hurt: str
    animals_hurt: str
    parties: Sequence[ListedParty]
    clocks: Sequence[ListedClock]

    def category(self, language: str) -> str:
        """The name of its category in a language (the primary subtag decides), English where that is missing."""
        names = self.category_names
        return names.get(language.split("-")[0].lower()) or names.get("en", "")


def listed(cases: CaseQuerySet) -> list[ListedCase]:
    """The cases of a queryset, in its order. One statement."""
    try:
        found, parameters = cases.values_list("pk").query.sql_with_params()
    except EmptyResultSet:  # nothing can match, so Django writes no statement
        return []
    with connection.cursor() as cursor:
        cursor.execute(_LISTED % found, parameters)
        return [_listed(row) for row in cursor.fetchall()]


def _listed(row: tuple[Any, ...]) -> ListedCase:
    *plain, owner, escalated_to, names, danger, care, people, animals, parties, clocks = row
    values = (
        *plain, owner or "", escalated_to, json.loads(names or "{}"), bool(danger), care or "", people or "", animals or "",
        [ListedParty(*party) for party in json.loads(parties or "[]")],
        [_clock(clock) for clock in json.loads(clocks or "[]")],
    )  # fmt: skip
    return ListedCase(*values)


def _clock(values: Sequence[Any]) -> ListedClock:
    facts, instants = values[:6], values[6:]
    return ListedClock(*facts, *(datetime.fromisoformat(at) if at else None for at in instants))
