"""Opening many cases of what was reported elsewhere in the past: unclocked, and few statements for all of them."""

from collections.abc import Sequence
from datetime import datetime

from cases import events
from cases.models import Case, CasePet, CategoryVersion, Incident, Party
from cases.operations.opening import (
    booking_and_pet,
    category_of,
    copy_playbook,
    incident_of,
    new_case,
    opened,
    parties_of,
    people_of,
    place_new,
    shut_out_staff,
    words_of,
)
from cases.operations.search import write_texts
from cases.reports import IncidentReport
from cases.severity import FACTS, suggest
from foundation.accounts.models import Team
from foundation.accounts.permissions import Compartment
from foundation.accounts.routing import team_for
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.audit.trail import Happening
from people.models import Booking, Person, Pet
from people.operations import create_pets


def open_history(reports: Sequence[IncidentReport], *, source: str, run: int, by: Acting, now: datetime) -> list[Case]:
    """A case for each report, in the same order, as open_incident opens it without clocks.

    Statements for what all have in common, some more for each report that names people or a booking. To be called in a
    transaction, with reports that are not cases yet. Raises ReportRefused for one that no case can be; then the caller
    rolls back.
    """
    categories = {slug: category_of(slug) for slug in {report.category for report in reports}}
    teams = _teams(reports)
    people = [people_of(report, by=by, now=now) for report in reports]
    cases = []
    for report, (_reporter, respondent) in zip(reports, people, strict=True):
        category = categories[report.category]
        suggestion = suggest(category, {fact: getattr(report, fact) for fact in FACTS})
        case = new_case(report, category, suggestion, teams[report.market.upper(), report.language], by=by, now=now)
        place_new(case, report, (), respondent)
        cases.append(case)
    Case.objects.bulk_create(cases)
    parties = _parties(cases, reports, people, by=by, now=now)
    known = _bookings_and_pets(reports, parties, by=by, now=now)
    _incidents(cases, reports, categories, known)
    for slug in categories:
        copy_playbook([case for case, report in zip(cases, reports, strict=True) if report.category == slug], slug)
    write_texts(
        {
            (case.pk, Compartment.NONE.value): " ".join(words_of(case, report, named, *found))
            for case, report, named, found in zip(cases, reports, parties, known, strict=True)
        }
    )
    told = {"source": source, "run": run}
    trail.record_all(
        (
            happening
            for case, report in zip(cases, reports, strict=True)
            for happening in (opened(case, report), Happening(events.CASE_IMPORTED, case, told))
        ),
        by=by,
    )
    return cases


def _teams(reports: Sequence[IncidentReport]) -> dict[tuple[str, str], Team]:
    wanted = {(report.market.upper(), report.language) for report in reports}
    return {(market, language): team_for(market, language) for market, language in wanted}


def _parties(
    cases: Sequence[Case],
    reports: Sequence[IncidentReport],
    people: Sequence[tuple[Person | None, Person | None]],
    *,
    by: Acting,
    now: datetime,
) -> list[list[Party]]:
    parties = [
        parties_of(case, report, *named, now=now) for case, report, named in zip(cases, reports, people, strict=True)
    ]
    Party.objects.bulk_create(party for named in parties for party in named)
    for case, named in zip(cases, parties, strict=True):
        shut_out_staff(case, named, by=by, now=now)
    return parties


def _bookings_and_pets(
    reports: Sequence[IncidentReport], parties: Sequence[Sequence[Party]], *, by: Acting, now: datetime
) -> list[tuple[Booking | None, Pet | None]]:
    """The booking and the animal of each report. Animals of nobody, on no booking, are always new: all at once."""
    alone = [
        place
        for place, report in enumerate(reports)
        if report.pet is not None and report.booking is None and not parties[place]
    ]
    made = dict(
        zip(alone, create_pets([pet for place in alone if (pet := reports[place].pet)], by=by, now=now), strict=True)
    )
    return [
        (None, made[place]) if place in made else booking_and_pet(report, parties[place], by=by, now=now)
        for place, report in enumerate(reports)
    ]


def _incidents(
    cases: Sequence[Case],
    reports: Sequence[IncidentReport],
    categories: dict[str, CategoryVersion],
    known: Sequence[tuple[Booking | None, Pet | None]],
) -> None:
    incidents = [
        incident_of(case, report, categories[report.category], booking)
        for case, report, (booking, _pet) in zip(cases, reports, known, strict=True)
    ]
    Incident.objects.bulk_create(incidents)
    CasePet.objects.bulk_create(
        CasePet(incident=incident, pet=pet, harm=report.animals_hurt)
        for incident, report, (_booking, pet) in zip(incidents, reports, known, strict=True)
        if pet is not None
    )
