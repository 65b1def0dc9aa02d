"""Two imports at once: neither waits for the other for ever, and nobody is written twice."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone
from waiting import somebody_waits

from cases.csv_files import read_rows
from cases.mappings import MAPPINGS
from cases.models import Case
from cases.operations import importing
from cases.operations.importing import Tally, import_rows
from foundation.audit.actors import SYSTEM
from people.models import Person

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 120
HEADER = "external_id,title,category,market,language,reporter.role,reporter.email"


def at_once(folder: Path, files: Sequence[Sequence[str]]) -> list[Tally]:
    """The counts of each file, all let go at the same moment, each on a connection of its own."""
    barrier = Barrier(len(files))
    mapping = MAPPINGS["cases-csv"]

    def run(number: int) -> Tally:
        path = folder / f"{number}.csv"
        path.write_text("\n".join([HEADER, *files[number], ""]), encoding="utf-8")
        rows = list(read_rows(path, required=mapping.required, optional=mapping.optional))
        barrier.wait()
        try:
            return import_rows(
                rows, mapping=mapping, file_name=path.name, sha256="0" * 64, by=SYSTEM, now=timezone.now(),
                clock=timezone.now,
            )  # fmt: skip
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(files)) as pool:
        return list(pool.map(run, range(len(files))))


def test_imports_that_name_the_same_people_in_another_order_never_wait_in_a_circle(
    tmp_path: Path, team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "ATTEMPTS", 1)
    people = [f"owner{number}@example.com" for number in range(ROWS)]
    done = at_once(
        tmp_path,
        [
            [f"{side}-{number},Ring gone,theft,US,en,owner,{email}" for number, email in enumerate(order)]
            for side, order in (("A", people), ("B", list(reversed(people))))
        ],
    )
    assert [(tally.created, tally.errors) for tally in done] == [(ROWS, 0), (ROWS, 0)]
    assert Person.objects.count() == ROWS


def test_imports_of_the_same_cases_in_another_order_make_each_once(tmp_path: Path, team: Any) -> None:
    rows = [f"C-{number},Ring gone,theft,US,en,," for number in range(ROWS)]
    done = at_once(tmp_path, [rows, list(reversed(rows)), rows[::2] + rows[1::2]])
    assert sum(tally.created for tally in done) == ROWS
    assert sum(tally.errors for tally in done) == 0
    assert Case.objects.count() == ROWS


def test_an_import_that_waited_in_a_circle_goes_on_when_the_other_is_done(tmp_path: Path, team: Any) -> None:
    at_once(tmp_path, [["C-1,Ring gone,theft,US,en,,", "C-2,Lamp gone,theft,US,en,,"]])
    first, second = Case.objects.order_by("external_id")
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            Case.objects.locked(second.pk)
            again = pool.submit(at_once, tmp_path, [["C-1,Ring stolen,theft,US,en,,", "C-2,Lamp stolen,theft,US,en,,"]])
            _until_somebody_waits()
            # The import waits first, so PostgreSQL looks at it first, finds the circle and ends it.
            Case.objects.locked(first.pk)
        (done,) = again.result(timeout=20)
    assert (done.updated, done.errors) == (2, 0)
    assert set(Case.objects.values_list("title", flat=True)) == {"Ring stolen", "Lamp stolen"}


def _until_somebody_waits() -> None:
    deadline = time.monotonic() + 10
    while not somebody_waits():
        assert time.monotonic() < deadline, "nobody waits"
        time.sleep(0.02)
