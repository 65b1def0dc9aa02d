"""Importing files of other systems: every row once, one bad row costing itself alone, clocks off."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases.models import Case, Clock, ImportRun
from foundation.accounts.models import Integration
from foundation.audit.models import Entry
from foundation.notifications.models import OutboxMessage
from people.models import Pet

HEADER = "UniqueID,DateOfBite,Species,Breed,Age,Gender,SpayNeuter,Borough,ZipCode"
BITES = [
    '2276,"January 01, 2022",DOG,Pit Bull,,U,false,Queens,11358',
    '2277,"January 04, 2022",DOG,"Jindo Dog,",4Y,M,true,Other,',
    '2278,"March 31, 2022",DOG,UNKNOWN,13W,F,false,Staten Island,9O210',
]
Import = Callable[..., dict[str, int]]


@pytest.fixture
def bites(tmp_path: Path) -> Callable[..., Path]:
    """A file of bites: these rows under the header of the city's file, or these bytes."""

    def make(*rows: str, header: str = HEADER, raw: bytes | None = None) -> Path:
        path = tmp_path / "bites.csv"
        path.write_bytes(raw if raw is not None else "\n".join([header, *rows, ""]).encode())
        return path

    return make


@pytest.fixture
def run(db: None) -> Import:
    """Run the command; its counts."""

    def run(path: Path, mapping: str = "nyc-dog-bites", **options: Any) -> dict[str, int]:
        out = StringIO()
        call_command(
            "import_cases", path, mapping=mapping, stdout=out, stderr=options.pop("stderr", StringIO()), **options
        )
        counts: dict[str, int] = json.loads(out.getvalue().splitlines()[-1])
        assert counts["rows"] == sum(counts[name] for name in ("created", "updated", "skipped", "errors"))
        return counts

    return run


def counts(**given: int) -> dict[str, int]:
    return {"rows": sum(given.values()), "created": 0, "updated": 0, "skipped": 0, "errors": 0} | given


def test_rows_become_cases(run: Import, bites: Callable[..., Path], team: Any) -> None:
    assert run(bites(*BITES)) == counts(created=3)
    case = Case.objects.get(external_id="2277")
    assert (case.market, case.channel, case.state, case.confidentiality, case.severity) == ("US", "import", "new", 2, 2)
    assert case.team == team
    assert case.integration == Integration.objects.get(name="nyc-dog-bites")
    incident = case.incident
    assert incident.category.category.slug == "bite"
    assert incident.occurred_date_only
    assert incident.time_zone == "America/New_York"
    assert incident.occurred_at.isoformat() == "2022-01-04T05:00:00+00:00"
    pet = incident.pets.get()
    assert (pet.breed, pet.age_months, pet.age_text, pet.sex, pet.neutered) == ("Jindo Dog", 48, "4Y", "M", True)
    assert not case.parties.exists()
    assert case.checks.count() == 5
    assert Case.objects.get(external_id="2278").incident.place == "Staten Island, NY 9O210"


def test_a_run_says_when_it_began_and_when_it_was_done(run: Import, bites: Callable[..., Path], team: Any) -> None:
    run(bites(*BITES))
    kept = ImportRun.objects.get()
    assert kept.finished_at is not None
    assert kept.started_at < kept.finished_at


def test_no_clock_starts_and_nobody_is_told(run: Import, bites: Callable[..., Path], team: Any) -> None:
    run(bites(*BITES))
    assert Clock.objects.count() == 0
    assert OutboxMessage.objects.count() == 0


def test_the_trail_tells_of_every_case_and_of_the_run(run: Import, bites: Callable[..., Path], team: Any) -> None:
    run(bites(*BITES))
    found = dict.fromkeys(("case.created", "case.imported", "import.finished"), 0)
    for event in Entry.objects.filter(event__in=found).values_list("event", flat=True):
        found[event] += 1
    assert found == {"case.created": 3, "case.imported": 3, "import.finished": 1}
    kept = ImportRun.objects.get()
    assert (kept.rows, kept.created, kept.errors, len(kept.sha256)) == (3, 3, [], 64)


def test_an_imported_case_is_found_by_its_words(run: Import, bites: Callable[..., Path], team: Any, agent: Any) -> None:
    from cases.search_language import parse
    from cases.searching import search_cases

    run(bites(*BITES))
    found = search_cases(parse("jindo"), reader=agent, now=Case.objects.latest("pk").created_at)
    assert [case.external_id for case in found] == ["2277"]


def test_the_same_file_again_changes_nothing(run: Import, bites: Callable[..., Path], team: Any) -> None:
    run(bites(*BITES))
    before = list(Case.objects.order_by("pk").values())
    assert run(bites(*BITES)) == counts(skipped=3)
    assert list(Case.objects.order_by("pk").values()) == before
    assert Pet.objects.count() == 3


def test_a_row_that_says_otherwise_now_updates_its_case(run: Import, bites: Callable[..., Path], team: Any) -> None:
    run(bites(*BITES))
    changed = BITES[0].replace("Pit Bull,,", "Poodle,2,").replace("Queens", "Bronx")
    assert run(bites(changed, *BITES[1:])) == counts(updated=1, skipped=2)
    case = Case.objects.get(external_id="2276")
    assert case.title == "Bite in Bronx: Poodle"
    assert (case.incident.place, case.version) == ("Bronx, NY 11358", 2)
    assert case.incident.pets.get().age_months == 24
    assert Pet.objects.count() == 3
    edited = Entry.objects.get(event="case.edited", subject_id=str(case.pk))
    assert edited.data["fields"] == ["place", "title"]
    assert set(edited.texts) == {"before", "after"}
    assert run(bites(changed, *BITES[1:])) == counts(skipped=3)


def test_a_dry_run_writes_nothing(run: Import, bites: Callable[..., Path], team: Any) -> None:
    assert run(bites(*BITES), dry_run=True) == counts(created=3)
    assert (Case.objects.count(), ImportRun.objects.count(), Entry.objects.count()) == (0, 0, 0)
    assert not Integration.objects.filter(name="nyc-dog-bites").exists()
    run(bites(*BITES[:1]))
    changed = BITES[0].replace("Queens", "Bronx")
    assert run(bites(changed, *BITES[1:]), dry_run=True) == counts(updated=1, created=2)


@pytest.mark.parametrize(
    ("bad", "field", "says"),
    [
        ('9,"Januember 01, 2022",DOG,,,U,false,Queens,1', "DateOfBite", "not a date"),
        ('9,"February 30, 2022",DOG,,,U,false,Queens,1', "DateOfBite", "not a date"),
        ("9,,DOG,,,U,false,Queens,1", "DateOfBite", "not a date"),
        ('9,"January 01, 1922",DOG,,,U,false,Queens,1', "received_at", "2000"),
        ('9,"January 01, 2922",DOG,,,U,false,Queens,1', "received_at", "future"),
        (',"January 01, 2022",DOG,,,U,false,Queens,1', "UniqueID", "id"),
        ("9," + "x" * 25_000 + ",DOG,,,U,false,Queens,1", "", "longer"),
        ('9,"January 01, 2022",DOG,a\0b,,U,false,Queens,1', "", "NUL"),
        ('9,"January 01, 2022",DOG', "", "3 cells"),
        ('9,"January 01, 2022",DOG,,,U,false,Queens,1,more', "", "10 cells"),
        ('9,"January" 01, 2022",DOG,,,U,false,Queens,1', "", "not CSV"),
        ('2276,"January 01, 2022",DOG,,,U,false,Queens,1', "external_id", "Row 2"),
    ],
)
def test_a_bad_row_costs_itself_alone(
    run: Import, bites: Callable[..., Path], team: Any, bad: str, field: str, says: str
) -> None:
    stderr = StringIO()
    assert run(bites(BITES[0], bad, *BITES[1:]), stderr=stderr) == counts(created=3, errors=1)
    [error] = ImportRun.objects.get().errors
    assert (error["row"], error["field"]) == (3, field)
    assert says in error["message"]
    assert "row 3" in stderr.getvalue()


def test_a_byte_that_is_not_utf_8_costs_its_row_alone(run: Import, bites: Callable[..., Path], team: Any) -> None:
    raw = "\n".join([HEADER, *BITES]).encode().replace(b"Queens", b"Qu\xe9ens")
    assert run(bites(raw=raw)) == counts(created=2, errors=1)


@pytest.mark.parametrize("raw", ["utf-8-sig", "windows line ends", "no last line end", "empty lines"])
def test_files_come_in_several_coats(run: Import, bites: Callable[..., Path], team: Any, raw: str) -> None:
    text = "\n".join([HEADER, *BITES])
    coats = {
        "utf-8-sig": text.encode("utf-8-sig"),
        "windows line ends": text.replace("\n", "\r\n").encode(),
        "no last line end": text.encode(),
        "empty lines": text.replace("\n", "\n\n").encode(),
    }
    assert run(bites(raw=coats[raw])) == counts(created=3)


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"", "empty"),
        ((HEADER + "\n").encode("utf-16"), "UTF-16"),
        (HEADER.replace("UniqueID", "Unique").encode(), "missing: 'UniqueID'"),
        ((HEADER + ",Colour").encode(), "not known: 'Colour'"),
        ((HEADER + ",Age").encode(), "twice: 'Age'"),
        (b",".join(b"c%d" % n for n in range(300)), "more than 200"),
        (b'"' + b"x" * 4_100_000, "cannot be read"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(
    run: Import, bites: Callable[..., Path], raw: bytes, says: str
) -> None:
    with pytest.raises(CommandError, match=says):
        run(bites(raw=raw))
    assert ImportRun.objects.count() == 0


def test_a_file_that_is_not_there_is_said_to_be_so(run: Import, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        run(tmp_path / "nothing.csv")


def test_formulas_are_text(run: Import, bites: Callable[..., Path], team: Any) -> None:
    run(bites('1,"January 01, 2022",DOG,=HYPERLINK(A1),+4Y,U,false,@Queens,-1'))
    pet = Pet.objects.get()
    assert (pet.breed, pet.age_months, pet.age_text) == ("=HYPERLINK(A1)", None, "+4Y")
    assert Case.objects.get().incident.place == "@Queens, NY -1"


def test_cases_of_any_system_come_by_the_names_of_the_api(run: Import, bites: Callable[..., Path], team: Any) -> None:
    header = (
        "external_id,title,category,market,language,received_at,reporter.role,reporter.email,pet.name,authorities,"
        "loss.amount,loss.currency"
    )
    path = bites(
        "A-1,Ring gone,theft,US,en,2024-05-01T10:00:00Z,owner,hannah@example.com,,police|health,120.50,USD",
        "A-2,Bitten,bite,us,es,,owner,hannah@example.com,Biscuit,,,",
        "A-3,No such category,thft,US,en,,,,,,,",
        "A-4,Naive,theft,US,en,2024-05-01T10:00:00,,,,,,",
        "A-5,Role missing,theft,US,en,,,x@example.com,,,,",
        header=header,
    )
    assert run(path, "cases-csv") == counts(created=2, errors=3)
    assert [(error["row"], error["field"]) for error in ImportRun.objects.get().errors] == [
        (5, "received_at"),
        (6, "reporter.role"),
        (4, "category"),
    ]
    ring = Case.objects.get(external_id="A-1")
    assert (ring.incident.loss_minor, ring.incident.authorities) == (12050, ["police", "health"])
    assert ring.parties.get().person == Case.objects.get(external_id="A-2").parties.get().person
    assert run(path, "cases-csv") == counts(skipped=2, errors=3)


def test_a_row_that_the_database_refuses_costs_itself_alone(
    run: Import, bites: Callable[..., Path], team: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cases.mappings import MAPPINGS, nyc_dog_bites

    monkeypatch.setattr(nyc_dog_bites, "breed", lambda text: text)
    monkeypatch.setattr(nyc_dog_bites, "_title", lambda borough, pet: pet.breed or "Bite")
    long = f'7,"January 01, 2022",DOG,{"x" * 300},,U,false,Queens,1'
    assert "nyc-dog-bites" in MAPPINGS
    assert run(bites(BITES[0], long, *BITES[1:])) == counts(created=3, errors=1)
