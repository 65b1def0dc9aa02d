"""Cases of any system, one a row: the columns are the fields of `POST /api/v1/cases/`, nested ones with a dot."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from cases.api.shapes_in import CaseIn
from cases.models import Channel
from cases.reports import IncidentReport, ReportRefused
from foundation.accounts.models import Integration

REQUIRED = ("external_id", "title", "category", "market", "language")
LISTS = ("authorities",)
BETWEEN = "|"
"""What stands between several values in one cell."""


def _columns(shape: Any, path: str = "") -> Iterator[str]:
    for name, field in shape.fields.items():
        if hasattr(field, "fields"):
            yield from _columns(field, f"{path}{name}.")
        else:
            yield f"{path}{name}"


class CasesCsv:
    """Needs an external id in every row, so that reading the file again makes nothing twice."""

    name = "cases-csv"
    integration = "cases-csv"
    required = REQUIRED
    optional = tuple(column for column in _columns(CaseIn()) if column not in REQUIRED)

    def report(self, cells: Mapping[str, str], *, integration: Integration | None) -> IncidentReport:
        told: dict[str, Any] = {"channel": Channel.IMPORT.value}
        for column, cell in cells.items():
            if text := cell.strip():
                group, _dot, name = column.rpartition(".")
                (told.setdefault(group, {}) if group else told)[name] = text.split(BETWEEN) if name in LISTS else text
        if "external_id" not in told:
            raise ReportRefused(external_id=_("Every row has an id of its own."))
        shape = CaseIn(data=told, context={"cells": True})
        if not shape.is_valid():
            raise ReportRefused(**dict(_flat(shape.errors)))
        return shape.report(integration=integration, of_system=True)


def _flat(errors: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """The first sentence of each field at fault, by its column."""
    for name, found in errors.items():
        if isinstance(found, dict):
            yield from _flat(found, f"{path}{name}.")
        elif found:
            first = found[0]
            yield (
                f"{path}{name}",
                " ".join(str(each) for each in first.values()) if isinstance(first, dict) else str(first),
            )
