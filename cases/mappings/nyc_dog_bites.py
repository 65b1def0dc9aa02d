"""The dog bite reports of the City of New York (DOHMH Dog Bite Data, NYC Open Data)."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from cases.models import Channel
from cases.reports import IncidentReport, ReportRefused
from foundation.accounts.models import Integration
from people import normal
from people.reported import ReportedPet

ZONE = "America/New_York"
MONTHS = "january february march april may june july august september october november december".split()
OLDEST_MONTHS = 600
"""No dog is fifty years old: such an age was mistyped, and is kept as told only."""

_WRITTEN_DATE = re.compile(r"(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2}),? (?P<year>\d{4})")
_AGE = re.compile(r"(?P<n>\d{1,3}) ?(?P<unit>y|yr|yrs|years?|m|mo|mos|months?|w|wk|wks|weeks?|d|days?)?", re.IGNORECASE)
_MONTHS_IN = {"y": 12.0, "m": 1.0, "w": 7 / 30.4375, "d": 1 / 30.4375}
_UNKNOWN = {"", "unknown", "unk", "n/a", "none"}
_YES_OR_NO = {"true": True, "false": False}


class NycDogBites:
    """Each row is a bite on one day: no time of day, no names. Its id is `UniqueID`."""

    name = "nyc-dog-bites"
    integration = "nyc-dog-bites"
    required = ("UniqueID", "DateOfBite", "Species", "Breed", "Age", "Gender", "SpayNeuter", "Borough", "ZipCode")
    optional = ()

    def report(self, cells: Mapping[str, str], *, integration: Integration | None) -> IncidentReport:
        told = {name: normal.text(cell) for name, cell in cells.items()}
        if not 0 < len(told["UniqueID"]) <= 120:
            raise ReportRefused(UniqueID=_("A row has an id of at most 120 characters."))
        day = bite_day(told["DateOfBite"])
        if day is None:
            raise ReportRefused(DateOfBite=_("This is not a date, such as January 04, 2022."))
        began = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(ZONE))
        pet = ReportedPet(
            species=told["Species"].lower()[:40] or "dog",
            breed=breed(told["Breed"]),
            sex=told["Gender"].upper() if told["Gender"].upper() in ("M", "F") else "",
            neutered=_YES_OR_NO.get(told["SpayNeuter"].lower()),
            age_months=age_in_months(told["Age"]),
            age_text=told["Age"][:40],
        )
        borough = told["Borough"] if told["Borough"].lower() not in _UNKNOWN | {"other"} else ""
        return IncidentReport(
            title=_title(borough, pet),
            category="bite",
            channel=Channel.IMPORT,
            market="US",
            language="en",
            received_at=began,
            external_id=told["UniqueID"],
            integration=integration,
            pet=pet,
            occurred_at=began,
            occurred_date_only=True,
            time_zone=ZONE,
            place=", ".join(part for part in (borough, f"NY {told['ZipCode']}" if told["ZipCode"] else "") if part)[
                :300
            ],
        )


def _title(borough: str, pet: ReportedPet) -> str:
    where = f"Bite in {borough}" if borough else "Bite"
    return f"{where}: {pet.breed}"[:200] if pet.breed else f"{where} by a {pet.species}"[:200]


def bite_day(text: str) -> date | None:
    """A day written as "January 04, 2022", "Jan 4 2022", "2022-01-04" or "01/04/2022"; None for anything else."""
    try:
        if written := _WRITTEN_DATE.fullmatch(text):
            month = next(number for number, name in enumerate(MONTHS, 1) if name.startswith(written["month"].lower()))
            return date(int(written["year"]), month, int(written["day"]))
        if american := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text, re.ASCII):
            return date(int(american[3]), int(american[1]), int(american[2]))
        return date.fromisoformat(text) if re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII) else None
    except (ValueError, StopIteration):
        return None


def age_in_months(text: str) -> int | None:
    """An age written as "4", "4Y", "6M", "13W" or "2 years"; a bare number is years. None for anything else."""
    written = _AGE.fullmatch(text)
    if written is None:
        return None
    months = round(int(written["n"]) * _MONTHS_IN[(written["unit"] or "y")[0].lower()])
    return months if months <= OLDEST_MONTHS else None


def breed(text: str) -> str:
    """A breed on one line, as it was told; empty where nobody knew."""
    tidy = normal.text(text).strip(" ,.;:/&-")
    return "" if tidy.lower() in _UNKNOWN else tidy[:120]
