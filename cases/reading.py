"""Opening one case by its reference, with what the trail keeps of it: a reading, or an attempt."""

from datetime import datetime

from cases import events
from cases.models import Case
from cases.querysets import CaseQuerySet
from foundation.audit import reads
from foundation.audit.actors import Acting, Subject

ROUTINE = 1
"""Cases of this level are read without a trace; from the next one on, reading is recorded."""


def find_case(reference: str, *, reader: Acting, now: datetime, among: CaseQuerySet | None = None) -> Case | None:
    """The case of this reference, None where the reader sees none. An attempt on one that exists is recorded.

    among: the cases to look in, with what the caller needs loaded; only visible ones of them are found.
    Not inside a transaction: the record of a refusal must survive what is rolled back.
    """
    cases = Case.objects.all() if among is None else among
    found = cases.visible_to(reader).filter(reference=reference).first()
    if found is None:
        hidden = Case.objects.filter(reference=reference).values_list("pk", flat=True).first()
        if hidden is not None:
            reads.record_denial(events.CASE_DENIED, about=Subject("case", str(hidden)), by=reader, now=now)
    return found


def note_reading(case: Case, *, reader: Acting, now: datetime) -> None:
    """Put on record that a case above the routine level was opened, once for each reader in half an hour."""
    if case.confidentiality > ROUTINE:
        reads.record_read(events.CASE_VIEWED, about=case, by=reader, now=now)
