"""Words between the desk and somebody outside: the only thing that moves response clocks."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cases import events
from cases.models import Capacity, Case, CaseLink, Channel, Contact, Direction, LinkKind, Party
from cases.operations.access import carry_conflicts
from cases.operations.clocks import antedate_clock, meet_clock, start_next_clock
from cases.operations.contact_rows import write_contact
from cases.operations.levels import lift_level
from cases.operations.moves import reopen_case, resume_case
from cases.operations.opening import open_incident
from cases.operations.placing import place_case
from cases.operations.search import index_case
from cases.policies import moves_clocks, told
from cases.reports import CLOCK_SKEW, IncidentReport
from cases.workflow import CaseState
from foundation.accounts.actors import staff_or_none
from foundation.audit import trail
from foundation.audit.actors import SYSTEM, Acting
from foundation.escalation.operations import note_activity
from foundation.sla.clocks import pauses_of
from foundation.sla.models import ClockState, Metric
from foundation.workflow.moves import MoveRefused
from people.reported import ReportedPerson

REOPENS_WITHIN = timedelta(days=30)
"""Word from outside so long after a case was closed, or resolved if it is not, opens it again; later a new one."""

OTHER = "other"
"""The category of a new case whose own is no longer used."""

RESPONSES = (Metric.FIRST_RESPONSE, Metric.NEXT_RESPONSE)


@transaction.atomic
def record_contact(
    case: Case,
    *,
    direction: str,
    channel: str,
    party: Party | None,
    occurred_at: datetime,
    by: Acting,
    now: datetime,
    body: str = "",
    automatic: bool = False,
    seconds: int | None = None,
    submission: UUID | None = None,
) -> Contact:
    """Put down a word with somebody outside, and do what follows from it.

    A person's word from us answers: it meets the response clocks, judged from ``occurred_at``. Their word to us starts
    the next one, ends a waiting, and opens a resolved or closed case again within 30 days; after that it goes to a new
    case linked to this one. A word about a duplicate goes to the case it is a duplicate of. The contact returned says
    which case it is on. Automatic messages and words with staff are kept and move nothing.
    seconds: how long a call took. submission: sent twice by a double click, recorded once.
    Raises MoveRefused for an ``occurred_at`` in the future or before the case was received.
    """
    asked, case = case, _lock_standing(case)
    if submission is not None and (known := Contact.objects.filter(submission=submission).first()):
        return known
    _check_occurred(asked, occurred_at, now=now)
    if party is not None and party.case_id != case.pk:
        party = case.parties.filter(person=party.person_id, capacity=party.capacity).first()
    counts = moves_clocks(party, automatic=automatic)
    from_us = direction == Direction.OUT
    if counts and not from_us and _is_long_over(case, occurred_at):
        case, party = _open_follow_up(case, party, channel=channel, body=body, occurred_at=occurred_at, by=by, now=now)
    contact = write_contact(
        case,
        direction=direction,
        channel=channel,
        party=party,
        occurred_at=occurred_at,
        by=by,
        now=now,
        body=body,
        automatic=automatic,
        seconds=seconds,
        submission=submission,
    )
    case.updated_at = now
    case.save(update_fields=["last_contact_at", "last_contact_in", "last_contact_role", "updated_at"])
    if counts and from_us:
        _answer(case, at=occurred_at, by=by, now=now)
    elif counts:
        case = _hear(case, at=occurred_at, by=by, now=now)
    place_case(case, now=now)
    index_case(case)
    note_activity(case.subject, now=now)
    return contact


def _lock_standing(case: Case) -> Case:
    """The case that a word about this one belongs to, locked: the one it was merged into or is a duplicate of.

    Asked again under the locks, because whoever writes may have had the page open since before that. All on the way are
    locked in the order of their ids, as by whoever else wants several: a newer case may lead to an older one.
    """
    locked = Case.objects.locked_settled(lambda: _way_from(case.pk))
    return locked[_way_from(case.pk)[-1]]


def _way_from(pk: int) -> list[int]:
    """The case, and those that it leads to one after the other."""
    way: list[int] = []
    further: int | None = pk
    while further is not None:
        way.append(further)
        merged_into, duplicate_of = Case.objects.values_list("merged_into", "duplicate_of").get(pk=further)
        further = merged_into or duplicate_of
    return way


def _check_occurred(case: Case, occurred_at: datetime, *, now: datetime) -> None:
    """Judged by the case it is written on: the one it goes to may be hidden from the writer, its times too."""
    if occurred_at > now + CLOCK_SKEW:
        raise MoveRefused(_("This is in the future."), code="invalid")
    if occurred_at < case.received_at - CLOCK_SKEW:
        sentence = _("This is before the case was received, %(time)s.") % {"time": told(case.received_at)}
        raise MoveRefused(sentence, code="invalid")


def _answer(case: Case, *, at: datetime, by: Acting, now: datetime) -> None:
    """A person of the desk has spoken with somebody outside: what was owed since an earlier instant is met."""
    owed = case.clocks.filter(state__in=(ClockState.RUNNING, ClockState.PAUSED), metric__in=RESPONSES)
    for metric, since in owed.values_list("metric", "started_at"):
        # What was written down late does not answer a message that came after it.
        if metric == Metric.FIRST_RESPONSE or since <= at:
            meet_clock(case, Metric(metric), at=at, by=by, now=now)
            if case.is_open and (unanswered := _oldest_after_our_last(case)):
                start_next_clock(case, Metric.NEXT_RESPONSE, starts=unanswered, by=by, now=now)
    if case.is_open and case.last_contact_at == at:
        meet_clock(case, Metric.PERIODIC_UPDATE, at=at, by=by, now=now)
        start_next_clock(case, Metric.PERIODIC_UPDATE, starts=at, by=by, now=now)


def _hear(case: Case, *, at: datetime, by: Acting, now: datetime) -> Case:
    """Somebody outside has spoken to us: the case goes on, and the oldest word without an answer sets the clock."""
    if case.state == CaseState.WAITING and _is_news(case, at):
        case = resume_case(case, by=SYSTEM, now=now)
    elif not case.is_open and at >= _over_since(case):
        case = reopen_case(case, reason="", by=SYSTEM, now=now)
    if not case.is_open or not _awaits_answer(case, at):
        return case
    if not case.clocks.filter(metric__in=RESPONSES, state__in=(ClockState.RUNNING, ClockState.PAUSED)).exists():
        start_next_clock(case, Metric.NEXT_RESPONSE, starts=at, by=by, now=now)
    else:
        antedate_clock(case, Metric.NEXT_RESPONSE, starts=at, by=by, now=now)
    return case


def _is_news(case: Case, at: datetime) -> bool:
    """Whether it was said after the case was set waiting, as far as its paused clocks tell; unknown counts as news."""
    began = [
        span.start
        for clock in case.clocks.filter(state=ClockState.PAUSED)
        for span in pauses_of(clock)
        if span.end is None
    ]
    return not began or at >= max(began)


def _awaits_answer(case: Case, at: datetime) -> bool:
    """Whether nobody of the desk has spoken since; a word written down late may have been answered long ago."""
    return not case.contacts.with_people_outside().filter(direction=Direction.OUT, occurred_at__gt=at).exists()


def _oldest_after_our_last(case: Case) -> datetime | None:
    """When they first wrote after our last word, where that was written down later than theirs."""
    words = case.contacts.with_people_outside()
    ours = words.filter(direction=Direction.OUT).aggregate(last=Max("occurred_at"))["last"]
    theirs = words.filter(direction=Direction.IN, occurred_at__gt=ours)
    return theirs.order_by("occurred_at").values_list("occurred_at", flat=True).first()


def _over_since(case: Case) -> datetime:
    """When a case that is not open was closed, or resolved if it is not closed."""
    return case.closed_at or case.resolved_at or case.received_at


def _is_long_over(case: Case, at: datetime) -> bool:
    return not case.is_open and at > _over_since(case) + REOPENS_WITHIN


def _open_follow_up(
    case: Case, party: Party | None, *, channel: str, body: str, occurred_at: datetime, by: Acting, now: datetime
) -> tuple[Case, Party | None]:
    """Open a new case for word that comes long after this one was over: the same people and matter, linked to it."""
    sides = {each.capacity: each for each in case.parties.all()}
    reporter, respondent = sides.get(Capacity.REPORTER), sides.get(Capacity.RESPONDENT)
    category = case.incident.category.category
    report = IncidentReport(
        title=case.title,
        description=body,
        category=category.slug if category.is_active else OTHER,
        channel=channel if channel in Channel.values else Channel.FORM,
        market=case.market,
        language=case.language,
        received_at=occurred_at,
        integration=case.integration,
        reporter=ReportedPerson(role=reporter.role) if reporter else None,
        reporter_person=reporter.person_id if reporter else None,
        respondent=ReportedPerson(role=respondent.role) if respondent else None,
        respondent_person=respondent.person_id if respondent else None,
        place=case.incident.place,
    )
    follow_up = open_incident(report, by=by, now=now)
    lift_level(follow_up, case.confidentiality, by=SYSTEM, now=now)
    carry_conflicts(follow_up, case, by=SYSTEM, now=now)
    CaseLink.objects.create(
        case=follow_up, other=case, kind=LinkKind.RELATED, linked_at=now, linked_by=staff_or_none(by)
    )
    for one, other in ((case, follow_up), (follow_up, case)):
        trail.record(events.CASE_LINKED, about=one, by=SYSTEM, other=other.pk, kind=LinkKind.RELATED)
    if party is not None:
        party = follow_up.parties.filter(person=party.person_id, capacity=party.capacity).first()
    return follow_up, party
