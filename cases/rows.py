"""A case as a row of the queue: everything the row shows, worked out from data that is already read."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import NamedTuple

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from cases.chips import Chip, chips_from, for_a_row, main_chip
from cases.listing import ListedCase, ListedParty
from cases.models import Capacity, PartyRole
from cases.models.case import Band, Kind
from cases.models.incident import EmergencyCare, Harm
from cases.workflow import CaseState, Outcome, WaitingOn

KIND_ICONS: dict[str, str] = {Kind.INCIDENT: "flag"}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the queue, in plain words. lang: the language of the title, empty where it is the reader's own."""

    pk: int
    band: int
    reference: str
    url: str
    peek_url: str
    severity: int
    icon: str
    category: str
    title: str
    lang: str
    names: str
    looking: Sequence[str]
    chip: Chip | None
    owner_id: int | None
    owner: str
    last_at: datetime | None
    last_in: bool
    last_from: str
    why: str


def rows_of(
    cases: Iterable[ListedCase], *, now: datetime, looking: Mapping[int, Sequence[str]] | None = None
) -> list[Row]:
    """Cases as rows, in the same order."""
    language = get_language() or "en"
    places = _place("cases:case"), _place("cases:peek")
    return [
        _row_of(case, now=now, looking=(looking or {}).get(case.pk, ()), language=language, places=places)
        for case in cases
    ]


def _place(name: str) -> str:
    """The address of any case, with %s for its reference: looking 25 of them up costs more than reading the cases."""
    return reverse(name, args=["REFERENCE"]).replace("REFERENCE", "%s")


def _row_of(case: ListedCase, *, now: datetime, looking: Sequence[str], language: str, places: tuple[str, str]) -> Row:
    chip = main_chip(chips_from(case.clocks, waiting_on=case.waiting_on, now=now))
    last_at, last_in, last_role = _last_word(case)
    return Row(
        pk=case.pk,
        band=case.band,
        reference=case.reference,
        url=places[0] % case.reference,
        peek_url=places[1] % case.reference,
        severity=case.severity,
        icon=KIND_ICONS.get(case.kind, "flag"),
        category=case.category(language) or _label(Kind, case.kind),
        title=case.title,
        lang=case.language if case.language != language else "",
        names=", ".join(_family_name(party) for party in people_of(case)),
        looking=looking,
        chip=for_a_row(chip, case.clocks, now=now) if chip else None,
        owner_id=case.assignee_id,
        owner=case.assignee_name,
        last_at=last_at,
        last_in=last_in,
        last_from=_label(PartyRole, last_role) if last_role else "",
        why=_listed(_why(case, chip))[:60],
    )


def _label(choices: type[TextChoices], value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


class Group(NamedTuple):
    """Rows under one heading. number: how many cases stand under it on all pages; None where that is not known."""

    label: str | Promise
    rows: Sequence[Row]
    number: int | None


def groups_of(rows: Sequence[Row], *, numbers: Mapping[int, int]) -> Iterator[Group]:
    """Rows by band, the order kept. What is due at no time, such as an imported case, stands under a heading of its own."""
    mixed = any(_is_due_never(row) for row in rows)
    for (band, never), members in groupby(rows, key=lambda row: (row.band, _is_due_never(row))):
        number = None if mixed and band == Band.DUE else numbers[band]
        yield Group(_("No clock runs") if never else Band(band).label, list(members), number)


def _is_due_never(row: Row) -> bool:
    return row.band == Band.DUE and (row.chip is None or row.chip.state == "met")


def people_of(case: ListedCase) -> list[ListedParty]:
    """Reporter first, then respondent; two at most."""
    order = {Capacity.REPORTER: 0, Capacity.RESPONDENT: 1}
    parties = [party for party in case.parties if party.capacity in order]
    return sorted(parties, key=lambda party: order[Capacity(party.capacity)])[:2]


def _last_word(case: ListedCase) -> tuple[datetime | None, bool, str]:
    """When somebody wrote or called last, whether it was they, and who. Before any contact the report is the last word."""
    if case.last_contact_at is not None:
        return case.last_contact_at, bool(case.last_contact_in), case.last_contact_role
    for party in case.parties:
        if party.capacity == Capacity.REPORTER:
            return case.received_at, True, party.role
    return None, False, ""


def _family_name(party: ListedParty) -> str:
    """What tells two people apart in a narrow column: the last word of a name of two or more."""
    words = party.name.split()
    return words[-1] if len(words) in (2, 3) and party.kind != "vet" else party.name


def _listed(reasons: Iterable[str]) -> str:
    """Reasons as one phrase: only the first starts large."""
    first, *rest = [*reasons, ""]
    return ", ".join([first, *(reason[:1].lower() + reason[1:] for reason in rest if reason)])


def _why(case: ListedCase, chip: Chip | None) -> Iterator[str]:
    """At most two short reasons for the place in the queue, the strongest first."""
    reasons = list(_reasons(case, chip))
    yield from reasons[:2]


def _reasons(case: ListedCase, chip: Chip | None) -> Iterator[str]:
    if case.state in (CaseState.RESOLVED, CaseState.CLOSED):
        yield _label(Outcome, case.outcome) if case.outcome else _label(CaseState, case.state)
        return
    if case.immediate_danger:
        yield _("Danger now")
    elif case.severity == 1:
        yield _("Emergency")
    yield from _pressing_reasons(case, chip)
    if _is_injury(case):
        yield _("Injury")
    if case.assignee_id is None:
        yield _("No owner")
    if case.last_contact_in:
        yield _("They wrote last")
    if chip is not None and chip.state == "warning":
        yield _("%(clock)s due") % {"clock": chip.metric_label}


def _pressing_reasons(case: ListedCase, chip: Chip | None) -> Iterator[str]:
    if case.state == CaseState.WAITING:
        yield _("%(who)s to answer") % {"who": WaitingOn(case.waiting_on).label}
    elif chip is not None and chip.state == "breached":
        yield _("%(clock)s late") % {"clock": chip.metric_label}
    if case.escalated_to_id:
        yield _("Escalated")


def _is_injury(case: ListedCase) -> bool:
    cared_for = case.emergency_care not in (EmergencyCare.UNKNOWN, EmergencyCare.NO)
    return cared_for or bool({case.people_hurt, case.animals_hurt} & {Harm.SERIOUS, Harm.DEATH})
