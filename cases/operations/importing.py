"""Bringing in what another system holds: every row becomes a case once, however often its file is read.

Rows go in by batches, each in a transaction of its own. A batch that the database refuses is written again row by row,
so that one bad row costs itself alone; one that the database ended because it waited in a circle with somebody else's
writing is written again. An import that was cut off is finished by running it again.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, islice
from typing import Any, NamedTuple, Protocol

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, OperationalError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from psycopg2.errors import DeadlockDetected

from cases import events
from cases.models import Case, CasePet, ImportRun
from cases.operations.editing import CASE_FIELDS, CATEGORY, INCIDENT_FIELDS, revise_case
from cases.operations.opening_history import open_history
from cases.operations.search import index_case
from cases.reports import IncidentReport, ReportRefused
from foundation.accounts.actors import staff_or_none
from foundation.accounts.models import Integration
from foundation.audit import trail
from foundation.audit.actors import Acting
from people.operations import create_pets, edit_pet, take_turns, told_of_pet

BATCH = 500
MOST_ERRORS = 1_000
"""Of a run are kept: somebody who gets a thousand has the wrong file."""

ATTEMPTS = 4
"""At a batch that waits in a circle with others. One of a circle always goes on, so the next attempt finds it done."""


class Reading(Protocol):
    """How the rows of one kind of file become reports; ``integration`` is the system whose ids they carry."""

    @property
    def name(self) -> str: ...

    @property
    def integration(self) -> str: ...

    def report(self, cells: Mapping[str, str], *, integration: Integration | None) -> IncidentReport:
        """The report of a row. Raises ReportRefused, keyed by column."""


class SourceRow(NamedTuple):
    """A row as the file has it: its number as a spreadsheet counts, and its cells, or why they cannot be read."""

    number: int
    cells: Mapping[str, str]
    problem: str | Promise = ""


class RowError(NamedTuple):
    row: int
    field: str
    message: str


@dataclass
class Tally:
    """What became of the rows so far: rows = created + updated + skipped + errors. ``first_errors`` is bounded."""

    rows: int = 0
    created: int = 0
    updated: int = 0
    skipped: int = 0
    errors: int = 0
    first_errors: list[RowError] = field(default_factory=list)

    def refuse(self, row: int, errors: Mapping[str, Sequence[str | Promise]]) -> None:
        """Count a row as refused, and keep why."""
        self.errors += 1
        for name, sentences in errors.items():
            for sentence in sentences:
                if len(self.first_errors) < MOST_ERRORS:
                    self.first_errors.append(RowError(row, name[:100], str(sentence)[:500]))


class _Wanted(NamedTuple):
    row: int
    report: IncidentReport


def import_rows(
    rows: Iterable[SourceRow],
    *,
    mapping: Reading,
    file_name: str,
    sha256: str,
    by: Acting,
    now: datetime,
    clock: Callable[[], datetime],
    dry_run: bool = False,
    progress: Callable[[Tally], None] = lambda tally: None,
) -> Tally:
    """Open or update a case for every row, clocks off; rows that came before and say the same are left alone.

    now is when the import starts, and what is written says so; clock is asked at its end. dry_run tells what would
    happen and writes nothing. progress is called after each batch. Not inside a transaction.
    """
    tally = Tally()
    batches = _batches(rows)
    first = next(batches, [])  # before anything is written: a file whose header does not fit is refused here
    integration = _integration(mapping, now=now, dry_run=dry_run)
    run = None if dry_run or integration is None else _start(mapping, integration, file_name, sha256, by=by, now=now)
    seen: dict[str, int] = {}
    for batch in chain([first], batches):
        wanted = _read(batch, mapping, integration, tally, seen, now=now)
        if run is None:
            _weigh(wanted, integration, tally)
        else:
            _write(wanted, run, tally, by=by, now=now)
            _keep(run, tally)
        progress(tally)
    if run is not None:
        _finish(run, tally, by=by, now=clock())
    return tally


def _integration(mapping: Reading, *, now: datetime, dry_run: bool) -> Integration | None:
    if dry_run:
        return Integration.objects.filter(name=mapping.integration).first()
    return Integration.objects.get_or_create(name=mapping.integration, defaults={"created_at": now})[0]


def _start(
    mapping: Reading, integration: Integration, file_name: str, sha256: str, *, by: Acting, now: datetime
) -> ImportRun:
    return ImportRun.objects.create(
        mapping=mapping.name,
        file_name=file_name[-255:],
        sha256=sha256,
        integration=integration,
        by=staff_or_none(by),
        started_at=now,
    )


def _batches(rows: Iterable[SourceRow]) -> Iterator[list[SourceRow]]:
    stream = iter(rows)
    while batch := list(islice(stream, BATCH)):
        yield batch


def _read(
    batch: Sequence[SourceRow],
    mapping: Reading,
    integration: Integration | None,
    tally: Tally,
    seen: dict[str, int],
    *,
    now: datetime,
) -> list[_Wanted]:
    """The reports of a batch; rows that are none are counted as errors. ``seen`` holds the ids of the rows before."""
    wanted = []
    for row in batch:
        tally.rows += 1
        try:
            if row.problem:
                raise ReportRefused(**{"": row.problem})
            report = mapping.report(row.cells, integration=integration)
            report.check(now=now)
            if report.external_id in seen:
                raise ReportRefused(external_id=_("Row %(row)d has this id too.") % {"row": seen[report.external_id]})
        except ReportRefused as refused:
            tally.refuse(row.number, refused.errors)
        else:
            seen[report.external_id] = row.number
            wanted.append(_Wanted(row.number, report))
    return wanted


def _weigh(wanted: Sequence[_Wanted], integration: Integration | None, tally: Tally) -> None:
    """Count what writing these would do."""
    known = _known(wanted, integration)
    for _row, report in wanted:
        _pk, sha256 = known.get(report.external_id, (0, ""))
        if not sha256:
            tally.created += 1
        elif sha256 == report.content_sha256:
            tally.skipped += 1
        else:
            tally.updated += 1


def _known(wanted: Sequence[_Wanted], integration: Integration | None) -> dict[str, tuple[int, str]]:
    """Of the reports that are cases already, by external id: the case and the digest of what it was made of."""
    ids = [report.external_id for _row, report in wanted]
    found = Case.objects.filter(integration=integration, external_id__in=ids) if integration else Case.objects.none()
    return {external: (pk, sha256) for external, pk, sha256 in found.values_list("external_id", "pk", "content_sha256")}


def _write(wanted: Sequence[_Wanted], run: ImportRun, tally: Tally, *, by: Acting, now: datetime) -> None:
    try:
        _write_in_turn(wanted, run, tally, by=by, now=now)
    except (IntegrityError, DataError, ReportRefused, ValidationError) as error:
        if len(wanted) == 1:
            tally.refuse(wanted[0].row, _why(error))
            return
        for one in wanted:
            _write([one], run, tally, by=by, now=now)


def _write_in_turn(wanted: Sequence[_Wanted], run: ImportRun, tally: Tally, *, by: Acting, now: datetime) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return _write_together(wanted, run, tally, by=by, now=now)
        except OperationalError as error:
            if attempt == ATTEMPTS or not isinstance(error.__cause__, DeadlockDetected):
                raise


def _write_together(wanted: Sequence[_Wanted], run: ImportRun, tally: Tally, *, by: Acting, now: datetime) -> None:
    named = [person for _row, report in wanted for person in (report.reporter, report.respondent) if person]
    with transaction.atomic():
        take_turns(named, integration=run.integration)
        known = _known(wanted, run.integration)
        fresh = [report for _row, report in wanted if report.external_id not in known]
        changed = [
            (known[report.external_id][0], report)
            for _row, report in wanted
            if report.external_id in known and known[report.external_id][1] != report.content_sha256
        ]
        if fresh:
            open_history(fresh, source=run.mapping, run=run.pk, by=by, now=now)
        for pk, report in changed:
            update_from_source(pk, report, by=by, now=now)
    tally.created += len(fresh)
    tally.updated += len(changed)
    tally.skipped += len(wanted) - len(fresh) - len(changed)


@transaction.atomic
def update_from_source(pk: int, report: IncidentReport, *, by: Acting, now: datetime) -> Case:
    """Let a case say what its source says now. What the source leaves empty, its people and its severity stay."""
    case = Case.objects.locked(pk)
    told = {name: getattr(report, name) for name in (*CASE_FIELDS, CATEGORY, *INCIDENT_FIELDS)}
    told["authorities"] = list(report.authorities)
    changes = {name: value for name, value in told.items() if value not in (None, "", [], False)}
    case = revise_case(case, changes=changes, by=by, now=now)
    if report.pet is not None:
        _update_pet(case, told_of_pet(report.pet), report, by=by, now=now)
    Case.objects.filter(pk=pk).update(content_sha256=report.content_sha256)
    return case


def _update_pet(case: Case, told: dict[str, Any], report: IncidentReport, *, by: Acting, now: datetime) -> None:
    place = CasePet.objects.filter(incident=case.pk).select_related("pet").order_by("pk").first()
    if place is not None:
        edit_pet(place.pet, changes=told, by=by, now=now)
    elif report.pet is not None:
        pet = create_pets([report.pet], by=by, now=now)[0]
        CasePet.objects.create(incident_id=case.pk, pet=pet, harm=report.animals_hurt)
    index_case(case)


def _why(error: Exception) -> Mapping[str, Sequence[str | Promise]]:
    if isinstance(error, ReportRefused):
        return error.errors
    if isinstance(error, ValidationError):
        return error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
    return {"": [_("This row does not fit into the database: a value is too long, or contradicts another.")]}


def _keep(run: ImportRun, tally: Tally) -> None:
    """Put down how far the run has come, so that one that was cut off shows it."""
    run.rows, run.created, run.updated, run.skipped = tally.rows, tally.created, tally.updated, tally.skipped
    run.errors = [error._asdict() for error in tally.first_errors]
    run.save(update_fields=["rows", "created", "updated", "skipped", "errors"])


@transaction.atomic
def _finish(run: ImportRun, tally: Tally, *, by: Acting, now: datetime) -> None:
    run.finished_at = now
    run.save(update_fields=["finished_at"])
    trail.record(
        events.IMPORT_FINISHED,
        about=run,
        by=by,
        mapping=run.mapping,
        sha256=run.sha256,
        rows=tally.rows,
        created=tally.created,
        updated=tally.updated,
        skipped=tally.skipped,
        errors=tally.errors,
    )
