"""Opening a case from a report, whichever door it came through."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from cases import events
from cases.models import (
    Capacity,
    Case,
    CasePet,
    CategoryVersion,
    Channel,
    Clock,
    Direction,
    Incident,
    Kind,
    Party,
    PartyRole,
    PlaybookItem,
)
from cases.models.contacts import ContactChannel
from cases.operations.access import note_conflicts_with
from cases.operations.clocks import first_clocks, starts_of, write_clocks
from cases.operations.contact_rows import write_contact
from cases.operations.levels import call_somebody_cleared, open_here
from cases.operations.placing import CARED_FOR, HURT, RESPONSES
from cases.operations.search import write_texts
from cases.operations.work import playbooks_for
from cases.policies import can_see
from cases.reports import IncidentReport, ReportRefused
from cases.severity import FACTS, Suggestion, suggest
from cases.urgency import Standing, place
from foundation.accounts.actors import integration_or_none, staff_or_none
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Compartment, Level
from foundation.accounts.routing import team_for
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.audit.trail import Happening
from foundation.sla.models import ClockState
from people.models import Booking, ContactKind, ContactPoint, Person, Pet
from people.operations import (
    BookingRunsBackwards,
    find_or_create_booking,
    find_or_create_people,
    find_or_create_pet,
    is_told_of,
)
from people.reported import ReportedPerson

CONTACT_CHANNELS = {
    Channel.EMAIL: ContactChannel.EMAIL,
    Channel.SMS: ContactChannel.SMS,
    Channel.CHAT: ContactChannel.CHAT,
    Channel.SOCIAL: ContactChannel.SOCIAL,
    Channel.IN_PERSON: ContactChannel.IN_PERSON,
}
"""On which channel somebody is spoken with while her report is taken; by telephone on any other."""

TWINS_WITHIN = timedelta(hours=1)

PROVIDERS = (PartyRole.SITTER, PartyRole.WALKER, PartyRole.PRO)


class AlreadyReported(Exception):
    """The report is a case already. ``same``: its content is the same too, so that this was a repetition."""

    def __init__(self, case: Case, *, same: bool) -> None:
        super().__init__(case.reference)
        self.case = case
        self.same = same


def open_incident(
    report: IncidentReport, *, by: Acting, now: datetime, on_the_phone: bool = False, start_clocks: bool = True
) -> Case:
    """Open a case of what somebody reports: people, booking and animals found or made, routed, clocked and placed.

    on_the_phone: it is taken while speaking with the reporter, which answers it. start_clocks False: for history.
    Raises AlreadyReported for a report that is a case, ReportRefused for one that cannot be; then nothing is stored.
    """
    report.check(now=now)
    report = replace(report, integration=report.integration or integration_or_none(by))
    try:
        with transaction.atomic():
            if known := _find_known(report):
                raise known
            return _open(report, by=by, now=now, on_the_phone=on_the_phone, clocked=start_clocks)
    except IntegrityError:
        # The same report at the same moment: the other one committed first.
        if known := _find_known(report):
            raise known from None
        raise


@transaction.atomic
def open_unless_known(
    report: IncidentReport, *, by: User, now: datetime, on_the_phone: bool = False, another_than: str = ""
) -> Case:
    """As open_incident, for a form: what ``by`` opened within the hour under the same line is perhaps this report.

    With the same content it is, else it is unless ``another_than`` names it. Of one person's forms that arrive at once
    the second waits for the first. Raises AlreadyReported and ReportRefused.
    """
    _wait_for_other_forms(by)
    twin = _find_twin(report, by=by, now=now)
    if twin is not None and twin.submission != report.submission:
        same = twin.content_sha256 == report.content_sha256
        if same or twin.reference != another_than:
            raise AlreadyReported(twin, same=same)
    return open_incident(report, by=by, now=now, on_the_phone=on_the_phone)


def _wait_for_other_forms(by: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"opening:{by.pk}"])


def _find_known(report: IncidentReport) -> AlreadyReported | None:
    """The case that this report is already, by the integration's own id or the form that sent it. One query if none."""
    is_same = Q()
    if report.external_id and report.integration is not None:
        is_same |= Q(integration=report.integration, external_id=report.external_id)
    if report.submission is not None:
        is_same |= Q(submission=report.submission)
    pk = Case.objects.filter(is_same).order_by("pk").values_list("pk", flat=True).first() if is_same else None
    if pk is None:
        return None
    case = Case.objects.get(pk=pk)
    return AlreadyReported(case, same=case.content_sha256 == report.content_sha256)


def _find_twin(report: IncidentReport, *, by: User, now: datetime) -> Case | None:
    """A case of the same line that ``by`` opened within the hour."""
    lately = Case.objects.visible_to(by).filter(opened_by=by, title=report.title, received_at__gt=now - TWINS_WITHIN)
    return lately.order_by("-pk").first()


def _open(report: IncidentReport, *, by: Acting, now: datetime, on_the_phone: bool, clocked: bool) -> Case:
    category = category_of(report.category)
    suggestion = suggest(category, {fact: getattr(report, fact) for fact in FACTS})
    reporter, respondent = people_of(report, by=by, now=now)
    team = team_for(report.market.upper(), report.language)
    case = new_case(report, category, suggestion, team, by=by, now=now)
    clocks = first_clocks(case, now=now, answered=on_the_phone) if clocked else []
    place_new(case, report, clocks, respondent)
    contact_at = case.received_at if on_the_phone else None
    if contact_at is not None:
        case.last_contact_at, case.last_contact_in = contact_at, False
        case.last_contact_role = _role(report.reporter, reporter) if reporter else ""
    case.save(force_insert=True)
    parties = parties_of(case, report, reporter, respondent, now=now)
    if parties:
        Party.objects.bulk_create(parties)
    shut_out_staff(case, parties, by=by, now=now)
    booking, pet = booking_and_pet(report, parties, by=by, now=now)
    incident = incident_of(case, report, category, booking)
    incident.save(force_insert=True)
    if pet is not None:
        CasePet.objects.create(incident=incident, pet=pet, harm=report.animals_hurt)
    copy_playbook([case], report.category)
    write_texts({(case.pk, Compartment.NONE.value): " ".join(words_of(case, report, parties, booking, pet))})
    write_clocks(clocks, now=now)
    trail.record_all([opened(case, report), *starts_of(case, clocks)], by=by)
    if contact_at is not None:
        write_contact(
            case,
            direction=Direction.OUT,
            channel=CONTACT_CHANNELS.get(Channel(case.channel), ContactChannel.PHONE),
            party=next((party for party in parties if party.capacity == Capacity.REPORTER), None),
            occurred_at=contact_at,
            by=by,
            now=now,
        )
    if isinstance(by, User) and not can_see(by, case):
        open_here(case, by, now=now)
    if case.confidentiality >= Level.C3 and clocked:
        call_somebody_cleared(case, by=by, now=now)
    return case


def opened(case: Case, report: IncidentReport) -> Happening:
    """What the trail keeps of a case that was just written."""
    facts = {
        "channel": case.channel,
        "category": report.category,
        "severity": case.severity,
        "suggested": case.severity_suggested,
        "level": case.confidentiality,
        "team": case.team_id,
        "received_at": case.received_at,
    }
    return Happening(events.CASE_CREATED, case, facts)


def category_of(slug: str) -> CategoryVersion:
    """The wording in force of a category that cases are filed under. Raises ReportRefused."""
    category = (
        CategoryVersion.objects.filter(
            category__slug=slug, category__is_active=True, category__children__isnull=True, is_current=True
        )
        .select_related("category")
        .first()
    )
    if category is None:
        raise ReportRefused(category=_("There is no category “%(slug)s”.") % {"slug": slug[:60]})
    return category


def new_case(
    report: IncidentReport, category: CategoryVersion, suggestion: Suggestion, team: Team, *, by: Acting, now: datetime
) -> Case:
    """The case of a report, not yet placed and not yet written."""
    severity = report.severity or suggestion.severity
    return Case(
        kind=Kind.INCIDENT,
        title=report.title.strip(),
        description=report.description,
        severity=severity,
        severity_suggested=suggestion.severity,
        severity_reason=_severity_reason(report, suggestion, by=by) if severity != suggestion.severity else "",
        confidentiality=category.level,
        team=team,
        channel=report.channel,
        market=report.market.upper(),
        language=report.language,
        integration=report.integration,
        external_id=report.external_id,
        content_sha256=report.content_sha256,
        submission=report.submission,
        opened_by=staff_or_none(by),
        received_at=report.received_at or now,
        created_at=now,
        updated_at=now,
    )


def _severity_reason(report: IncidentReport, suggestion: Suggestion, *, by: Acting) -> str:
    """A person who overrides the suggestion says why; of a system, its name is all there is to say."""
    if report.severity_reason.strip():
        return report.severity_reason.strip()
    if report.integration is None or isinstance(by, User):
        raise ReportRefused(
            severity_reason=_("SEV-%(severity)s is suggested. Say why it is another.")
            % {"severity": suggestion.severity}
        )
    return _("Set by %(integration)s.") % {"integration": report.integration.name}


def people_of(report: IncidentReport, *, by: Acting, now: datetime) -> tuple[Person | None, Person | None]:
    """The reporter and the respondent: matched by whoever took the report, else found or made from what was told."""
    matched = _matched(report)
    told = {}
    for side, person, reported in (
        ("reporter", report.reporter_person, report.reporter),
        ("respondent", report.respondent_person, report.respondent),
    ):
        if person is None and reported is not None:
            told[side] = reported
            if not is_told_of(reported, integration=report.integration):
                raise ReportRefused(
                    **{side: _("Nobody is known by this external id: add a name, an email or a phone.")}
                )
    made = find_or_create_people(list(told.values()), integration=report.integration, by=by, now=now) if told else []
    found = dict(zip(told, made, strict=True)) | matched
    return found.get("reporter"), found.get("respondent")


def _matched(report: IncidentReport) -> dict[str, Person]:
    chosen = {"reporter": report.reporter_person, "respondent": report.respondent_person}
    wanted = {side: pk for side, pk in chosen.items() if pk is not None}
    people = Person.objects.select_related("merged_into").in_bulk(list(wanted.values())) if wanted else {}
    for side, pk in wanted.items():
        if pk not in people:
            raise ReportRefused(**{side: _("This person is not known.")})
    return {side: people[pk].standing for side, pk in wanted.items()}


def place_new(case: Case, report: IncidentReport, clocks: Sequence[Clock], respondent: Person | None) -> None:
    """Place the new case, from what is at hand, as place_case would place it."""
    running = [clock for clock in clocks if clock.state == ClockState.RUNNING]
    case.band, case.urgent_at, _reasons = place(
        Standing(
            severity=case.severity,
            received_at=case.received_at,
            next_due_at=min((clock.due_at for clock in running if clock.due_at), default=None),
            awaits_response=any(clock.metric in RESPONSES for clock in running),
            in_danger=report.immediate_danger
            or report.people_hurt in HURT
            or report.animals_hurt in HURT
            or report.emergency_care in CARED_FOR,
            repeat_respondent=respondent is not None
            and Party.objects.filter(person=respondent, capacity=Capacity.RESPONDENT).exists(),
        )
    )


def parties_of(
    case: Case, report: IncidentReport, reporter: Person | None, respondent: Person | None, *, now: datetime
) -> list[Party]:
    """Their places in the case, not yet written."""
    sides = ((Capacity.REPORTER, report.reporter, reporter), (Capacity.RESPONDENT, report.respondent, respondent))
    return [
        Party(case=case, person=person, role=_role(told, person), capacity=capacity, added_at=now)
        for capacity, told, person in sides
        if person is not None
    ]


def shut_out_staff(case: Case, parties: Sequence[Party], *, by: Acting, now: datetime) -> None:
    """A member of staff who is a party herself does not see the case. One query while nobody is."""
    if not parties:
        return
    people = {party.person_id: party.person for party in parties}
    addresses = ContactPoint.objects.filter(person__in=people, kind=ContactKind.EMAIL)
    staff = User.objects.annotate(address=Lower("email")).filter(address=OuterRef("normal"))
    for person in addresses.filter(Exists(staff)).order_by().values_list("person", flat=True).distinct():
        note_conflicts_with(case, people[person], by=by, now=now)


def _role(told: ReportedPerson | None, person: Person) -> str:
    """Her role in the case: as told, else what she is known as; the kinds of people are roles too."""
    return told.role if told is not None and told.role in PartyRole.values else person.kind


def booking_and_pet(
    report: IncidentReport, parties: Sequence[Party], *, by: Acting, now: datetime
) -> tuple[Booking | None, Pet | None]:
    owner = next((party.person for party in parties if party.role == PartyRole.OWNER), None)
    provider = next((party.person for party in parties if party.role in PROVIDERS), None)
    pet = find_or_create_pet(report.pet, owner=owner, by=by, now=now) if report.pet else None
    if report.booking is None:
        return None, pet
    try:
        booking = find_or_create_booking(
            report.booking,
            integration=report.integration,
            client=owner,
            provider=provider,
            pets=[pet] if pet else [],
            by=by,
            now=now,
        )
    except BookingRunsBackwards as error:
        raise ReportRefused(booking=error.sentence) from None
    return booking, pet


def incident_of(case: Case, report: IncidentReport, category: CategoryVersion, booking: Booking | None) -> Incident:
    """What happened, not yet written."""
    return Incident(
        case=case,
        category=category,
        occurred_at=report.occurred_at,
        occurred_date_only=report.occurred_date_only,
        time_zone=report.time_zone,
        place=report.place,
        booking=booking,
        people_hurt=report.people_hurt,
        animals_hurt=report.animals_hurt,
        emergency_care=report.emergency_care,
        immediate_danger=report.immediate_danger,
        authorities=list(report.authorities),
        authority_reference=report.authority_reference,
        loss_minor=report.loss_minor,
        loss_currency=report.loss_currency,
    )


def copy_playbook(cases: Sequence[Case], category: str) -> None:
    """Copy the steps of the first playbook for this category onto new cases, in one statement."""
    steps, parameters = _steps(category)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_check (case_id, item_id, position, texts, is_gate)"  # noqa: S608 - Django's own SQL
            f" SELECT opened.pk, step.* FROM unnest(%s) AS opened (pk), ({steps}) AS step",
            [[case.pk for case in cases], *parameters],
        )


@lru_cache(maxsize=256)
def _steps(category: str) -> tuple[str, tuple[Any, ...]]:
    """How to ask for the steps of the first playbook for this category; which those are is read each time."""
    first = playbooks_for(category).order_by("position", "pk").values("pk")[:1]
    items = PlaybookItem.objects.filter(playbook=Subquery(first)).order_by("position")
    sql, parameters = items.values_list("pk", "position", "texts", "is_gate").query.sql_with_params()
    return sql, tuple(parameters)


def words_of(
    case: Case, report: IncidentReport, parties: Sequence[Party], booking: Booking | None, pet: Pet | None
) -> list[str]:
    """What a new case is found by: the words that index_case would gather."""
    words = [case.reference, case.title, case.description, case.external_id, report.place, report.authority_reference]
    words += [party.person.name for party in parties]
    words += [booking.external_id] if booking else []
    return words + ([pet.name, pet.breed] if pet else [])
