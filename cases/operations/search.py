"""Keeping the words of a case searchable: one row per compartment, rebuilt by the operation that changed a text."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.db import connection, transaction

from cases import events
from cases.models import Case, CaseText
from cases.words import plain
from foundation.accounts.models import User
from foundation.accounts.permissions import Compartment
from foundation.audit import trail

MAX_CHARACTERS = 300_000
"""Of one case and compartment; PostgreSQL refuses a tsvector over 1 MB."""

_put_off: ContextVar[set[int] | None] = ContextVar("put_off", default=None)


@contextmanager
def indexing_once() -> Iterator[None]:
    """Rebuild the texts of whatever changes inside at the end, once a case: for whoever tells a long history.

    To be left inside the transaction that the changes are made in.
    """
    cases: set[int] = set()
    token = _put_off.set(cases)
    try:
        yield
    finally:
        _put_off.reset(token)
    for case in Case.objects.filter(pk__in=cases).order_by("pk"):
        index_case(case)


def index_case(case: Case) -> None:
    """Rebuild the search texts of a case from its own words and those of its parties, notes, contacts and evidence."""
    if (put_off := _put_off.get()) is not None:
        put_off.add(case.pk)
        return
    texts: dict[str, list[str]] = defaultdict(list)
    mine = texts[Compartment.NONE.value]
    mine += [case.reference, case.title, case.description, case.external_id]
    # A case is found by the names of records that were merged into a party's, too: somebody may know no other.
    names = case.parties.order_by("pk", "person__merged_people").values_list(
        "person__name", "person__merged_people__name"
    )
    mine += dict.fromkeys(name for pair in names for name in pair if name)
    incident = getattr(case, "incident", None)
    if incident is not None:
        mine += [incident.place, incident.authority_reference]
        mine += [incident.booking.external_id] if incident.booking else []
        for case_pet in incident.case_pets.select_related("pet").order_by("pk"):
            mine += [case_pet.pet.name, case_pet.pet.breed]
    mine += case.notes.order_by("-pk").values_list("body", flat=True)[:500]
    mine += case.contacts.order_by("-pk").values_list("body", flat=True)[:500]
    for evidence in case.evidence.order_by("-added_at", "pk")[:500]:
        texts[evidence.compartment] += [evidence.title, evidence.description]
    write_texts({(case.pk, compartment): " ".join(words) for compartment, words in texts.items()})
    CaseText.objects.filter(case=case).exclude(compartment__in=texts).delete()


@transaction.atomic
def record_search(text: str, *, by: User) -> None:
    """Put on record that somebody looked for words: what she looked for is kept encrypted."""
    trail.record(events.CASES_SEARCHED, about=by, by=by, query=text)


def write_texts(texts: dict[tuple[int, str], str]) -> None:
    """Put the words of cases in place, keyed by case and compartment, in one statement."""
    rows = [(case, compartment, plain(text)[:MAX_CHARACTERS]) for (case, compartment), text in texts.items()]
    if not rows:
        return
    places = ", ".join(["(%s, %s, to_tsvector('simple', %s))"] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO cases_casetext (case_id, compartment, words) VALUES {places} "  # noqa: S608 - only placeholders
            "ON CONFLICT (case_id, compartment) DO UPDATE SET words = EXCLUDED.words",
            [value for row in rows for value in row],
        )
