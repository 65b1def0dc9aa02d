"""Placing a case in the queue anew, after something that its place rests on has changed."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery

from cases.listing import ListedCase
from cases.models import Capacity, Case, Clock, Incident, Party
from cases.models.incident import EmergencyCare, Harm
from cases.urgency import Placement, Standing, place
from cases.workflow import CaseState
from foundation.sla.models import ClockState, Metric

RESPONSES = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)
HURT = (Harm.MINOR, Harm.SERIOUS, Harm.DEATH)
CARED_FOR = (EmergencyCare.PERSON, EmergencyCare.ANIMAL, EmergencyCare.BOTH)

IN_DANGER = (
    Q(immediate_danger=True) | Q(people_hurt__in=HURT) | Q(animals_hurt__in=HURT) | Q(emergency_care__in=CARED_FOR)
)
"""Which incidents get the head start of somebody hurt or in danger."""


def place_case(case: Case, *, now: datetime) -> Placement:
    """Give the case its place: to be called, in the same transaction, by whatever changes an input of it.

    Two statements, of which the second only when the place has changed. ``case`` must be as the caller saves it.
    """
    return place_cases([case], now=now)[0]


def place_cases(cases: Sequence[Case], *, now: datetime) -> list[Placement]:
    """`place_case` for each of these, in the same two statements."""
    if not cases:
        return []
    standings = _standings(cases)
    placements = [place(standings[case.pk]) for case in cases]
    moved = []
    for case, placement in zip(cases, placements, strict=True):
        if (case.band, case.urgent_at) != (placement.band, placement.urgent_at):
            case.band, case.urgent_at = placement.band, placement.urgent_at
            moved.append(case)
    if moved:
        _move(moved)
    return placements


def placement_of(case: Case) -> Placement:
    """Where the case belongs and why, as things stand. One query."""
    return place(standing_of(case))


def placement_from(case: Case | ListedCase, found: Mapping[str, Any]) -> Placement:
    """`placement_of` from what `standings_statement` found: what "why is this on top" shows."""
    due_at = found["next_due_at"]
    return place(_standing(case, {**found, "next_due_at": datetime.fromisoformat(due_at) if due_at else None}))


def standing_of(case: Case) -> Standing:
    return _standings([case])[case.pk]


@cache
def standings_statement() -> tuple[str, tuple[Any, ...]]:
    """What the places of all cases rest on, as a statement to be narrowed by its ``pk``, and its parameters.

    Compiled once: every operation on a case and every look at one asks it.
    """
    running = Clock.objects.filter(case=OuterRef("pk"), state=ClockState.RUNNING)
    next_due = running.order_by().values("case").annotate(first=Min("due_at")).values("first")
    standings = Case.objects.annotate(
        next_due_at=Subquery(next_due),
        awaits_response=Exists(running.filter(metric__in=RESPONSES)),
        is_breached=Exists(running.filter(breached_at__isnull=False)),
        in_danger=Exists(Incident.objects.filter(IN_DANGER, case=OuterRef("pk"))),
        repeat_respondent=Exists(reported_before(OuterRef("pk"))),
    )
    statement, parameters = standings.values(*_FOUND).query.sql_with_params()
    return str(statement), tuple(parameters)


_OF_THESE = "SELECT * FROM (%s) AS standing WHERE pk = ANY(%%s)"
_FOUND = ("pk", "next_due_at", "awaits_response", "is_breached", "in_danger", "repeat_respondent")


def _standings(cases: Sequence[Case]) -> dict[int, Standing]:
    of_case = {case.pk: case for case in cases}
    statement, parameters = standings_statement()
    with connection.cursor() as cursor:
        cursor.execute(_OF_THESE % statement, [*parameters, list(of_case)])
        rows = [dict(zip(_FOUND, row, strict=True)) for row in cursor.fetchall()]
    return {row["pk"]: _standing(of_case[row["pk"]], row) for row in rows}


def _standing(case: Case | ListedCase, found: Mapping[str, Any]) -> Standing:
    return Standing(
        severity=case.severity,
        received_at=case.received_at,
        next_due_at=found["next_due_at"],
        awaits_response=found["awaits_response"],
        is_breached=found["is_breached"],
        is_waiting=case.state == CaseState.WAITING,
        they_wrote_last=bool(case.last_contact_in),
        in_danger=found["in_danger"],
        has_owner=case.assignee_id is not None,
        repeat_respondent=found["repeat_respondent"],
    )


def _move(cases: Sequence[Case]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_case SET band = placed.band, urgent_at = placed.at"
            " FROM unnest(%s, %s, %s::timestamptz[]) AS placed (id, band, at) WHERE cases_case.id = placed.id",
            [
                [case.pk for case in cases],
                [int(case.band) for case in cases],
                [case.urgent_at for case in cases],
            ],
        )


def reported_before(case: OuterRef | int) -> QuerySet[Party]:
    """The places, in this case, of respondents who were the respondent of an earlier one: later cases move no other."""
    earlier = Party.objects.filter(person=OuterRef("person"), capacity=Capacity.RESPONDENT, case__lt=OuterRef("case"))
    return Party.objects.filter(Exists(earlier), case=case, capacity=Capacity.RESPONDENT)
