"""The real file of the city, where it is at hand; and the words that people wrote into such files."""

import json
import os
import string
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from cases.mappings.nyc_dog_bites import MONTHS, age_in_months, bite_day, breed
from cases.models import Case, Check, Clock
from foundation.notifications.models import OutboxMessage
from people.models import Person, Pet

REAL_FILE = Path(os.environ.get("TSDESK_DOG_BITES", "../shared/data/nyc-dog-bites-2022.csv"))
ROWS = 3_464


@pytest.mark.parametrize(
    ("told", "months"),
    [
        ("", None), ("4", 48), ("4Y", 48), ("6M", 6), ("13M", 13), ("13W", 3), ("9W", 2), ("18W", 4), ("0", 0),
        ("2 years", 24), ("5 MOS", 5), ("90d", 3), ("51Y", None), ("999", None), ("four", None), ("-4", None), ("4.5", None),
        ("4Y6M", None), ("٤", 48),
    ],
)  # fmt: skip
def test_ages_are_read_as_people_write_them(told: str, months: int | None) -> None:
    assert age_in_months(told) == months


@given(st.text(max_size=12))
def test_any_age_is_months_or_unknown(told: str) -> None:
    months = age_in_months(told)
    assert months is None or 0 <= months <= 600


@given(st.dates(min_value=date(1, 1, 1)))
def test_every_day_is_read_in_three_spellings(day: date) -> None:
    month = MONTHS[day.month - 1].title()
    assert bite_day(f"{month} {day.day:02}, {day.year:04}") == day
    assert bite_day(f"{day.month}/{day.day}/{day.year:04}") == day
    assert bite_day(day.isoformat()) == day


@given(st.text(alphabet=string.ascii_letters + string.digits + " ,/-.", max_size=24))
def test_any_text_is_a_day_or_none(told: str) -> None:
    assert bite_day(told) is None or isinstance(bite_day(told), date)


@given(st.text(max_size=300))
def test_a_breed_fits_its_column_and_is_tidied_once(told: str) -> None:
    tidy = breed(told)
    assert len(tidy) <= 120
    assert "\0" not in tidy
    assert breed(tidy).strip(" ,.;:/&-") == tidy.strip(" ,.;:/&-")


@pytest.mark.parametrize(
    ("told", "tidy"), [("UNKNOWN", ""), ("Jindo Dog,", "Jindo Dog"), ("  LAB/ PIT  BULL ", "LAB/ PIT BULL")]
)
def test_breeds_stay_as_told(told: str, tidy: str) -> None:
    assert breed(told) == tidy


def test_the_real_file_comes_in_whole_and_once(team: Any, request: pytest.FixtureRequest) -> None:
    if not REAL_FILE.exists():
        summary = request.config.pluginmanager.get_plugin("terminalreporter")
        summary.write_line(f"\n{REAL_FILE.name} is not at hand: its rows were not imported")
        return

    def run() -> dict[str, int]:
        out = StringIO()
        call_command("import_cases", REAL_FILE, mapping="nyc-dog-bites", stdout=out, stderr=StringIO())
        counts: dict[str, int] = json.loads(out.getvalue().splitlines()[-1])
        return counts

    with CaptureQueriesContext(connection) as caught:
        assert run() == {"rows": ROWS, "created": ROWS, "updated": 0, "skipped": 0, "errors": 0}
    assert len(caught) < 250, "a fixed number of statements for each batch of 500"
    assert run() == {"rows": ROWS, "created": 0, "updated": 0, "skipped": ROWS, "errors": 0}
    assert Case.objects.values("external_id").distinct().count() == ROWS
    assert (Case.objects.count(), Pet.objects.count(), Check.objects.count()) == (ROWS, ROWS, 5 * ROWS)
    assert (Person.objects.count(), Clock.objects.count(), OutboxMessage.objects.count()) == (0, 0, 0)
    assert Pet.objects.filter(age_months=None).exclude(age_text="").count() == 0
    assert not Case.objects.exclude(team=team).exists()
