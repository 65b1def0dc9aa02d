"""A case as a row of the queue: everything the row shows, worked out from data that is already read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.chips import Chip, chips_of, for_a_row, main_chip
from cases.models import Capacity, Case, PartyRole
from cases.models.case import Band, Kind
from cases.models.incident import EmergencyCare, Harm, Incident
from cases.workflow import CaseState, WaitingOn
from people.models import Person

KIND_ICONS: dict[str, str] = {Kind.INCIDENT: "flag"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue."""

    case: Case
    icon: str
    names: str
    chip: Chip | None
    chips: Sequence[Chip]
    category: str
    why: str
    last_at: datetime | None
    last_in: bool
    last_from: str | Promise
    looking: Sequence[str] = field(default=())


def rows_of(cases: Iterable[Case], *, now: datetime, looking: Mapping[int, Sequence[str]] | None = None) -> list[Row]:
    """Cases read with ``with_row_data`` as rows, in the same order."""
    return [row_of(case, now=now, looking=(looking or {}).get(case.pk, ())) for case in cases]


def row_of(case: Case, *, now: datetime, looking: Sequence[str] = ()) -> Row:
    chips = chips_of(case, now=now)
    chip = main_chip(chips)
    last_at, last_in, last_role = _last_word(case)
    incident = getattr(case, "incident", None)
    return Row(
        case=case,
        icon=KIND_ICONS.get(case.kind, "flag"),
        names=", ".join(_family_name(person) for person in people_of(case)),
        chip=for_a_row(chip, case, now=now) if chip else None,
        chips=chips,
        category=incident.category.name(get_language() or "en") if incident else "",
        why=_listed(_why(case, chip))[:60],
        last_at=last_at,
        last_in=last_in,
        last_from=PartyRole(last_role).label if last_role in PartyRole.values else "",
        looking=looking,
    )


def bands_of(rows: Sequence[Row]) -> Iterator[tuple[Band, list[Row]]]:
    """Rows by band, the order kept."""
    for band, members in groupby(rows, key=lambda row: row.case.band):
        yield Band(band), list(members)


def people_of(case: Case) -> list[Person]:
    """Reporter first, then respondent, from the prefetched parties; two at most."""
    order = {Capacity.REPORTER: 0, Capacity.RESPONDENT: 1}
    parties = [party for party in case.parties.all() if party.capacity in order]
    return [party.person for party in sorted(parties, key=lambda party: order[Capacity(party.capacity)])][:2]


def _last_word(case: Case) -> tuple[datetime | None, bool, str]:
    """When somebody wrote or called last, whether it was they, and who. Before any contact the report is the last word."""
    if case.last_contact_at is not None:
        return case.last_contact_at, bool(case.last_contact_in), case.last_contact_role
    for party in case.parties.all():
        if party.capacity == Capacity.REPORTER:
            return case.received_at, True, party.role
    return None, False, ""


def _family_name(person: Person) -> str:
    """What tells two people apart in a narrow column: the last word of a name of two or more."""
    words = person.name.split()
    return words[-1] if len(words) in (2, 3) and person.kind != "vet" else person.name


def _listed(reasons: Iterable[str]) -> str:
    """Reasons as one phrase: only the first starts large."""
    first, *rest = [*reasons, ""]
    return ", ".join([first, *(reason[:1].lower() + reason[1:] for reason in rest if reason)])


def _why(case: Case, chip: Chip | None) -> Iterator[str]:
    """At most two short reasons for the place in the queue, the strongest first."""
    reasons = list(_reasons(case, chip))
    yield from reasons[:2]


def _reasons(case: Case, chip: Chip | None) -> Iterator[str]:
    if case.state in (CaseState.RESOLVED, CaseState.CLOSED):
        yield str(case.get_outcome_display() or case.get_state_display())
        return
    incident = getattr(case, "incident", None)
    if incident is not None and incident.immediate_danger:
        yield _("Danger now")
    elif case.severity == 1:
        yield _("Emergency")
    yield from _pressing_reasons(case, chip)
    if incident is not None and _is_injury(incident):
        yield _("Injury")
    if case.assignee_id is None:
        yield _("No owner")
    if case.last_contact_in:
        yield _("They wrote last")
    if chip is not None and chip.state == "warning":
        yield _("%(clock)s due") % {"clock": chip.metric_label}


def _pressing_reasons(case: Case, chip: Chip | None) -> Iterator[str]:
    if case.state == CaseState.WAITING:
        yield _("%(who)s to answer") % {"who": WaitingOn(case.waiting_on).label}
    elif chip is not None and chip.state == "breached":
        yield _("%(clock)s late") % {"clock": chip.metric_label}
    if case.escalated_to_id:
        yield _("Escalated")


def _is_injury(incident: Incident) -> bool:
    cared_for = incident.emergency_care not in (EmergencyCare.UNKNOWN, EmergencyCare.NO)
    return cared_for or bool({incident.people_hurt, incident.animals_hurt} & {Harm.SERIOUS, Harm.DEATH})
