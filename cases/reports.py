"""A report as it comes in, through whichever door, before it is a case."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Integration
from people.reported import ReportedBooking, ReportedPerson, ReportedPet

EARLIEST_RECEIVED = datetime(2000, 1, 1, tzinfo=UTC)
CLOCK_SKEW = timedelta(minutes=5)
"""How far the clocks of other systems may run ahead of ours."""


class ReportRefused(Exception):
    """A report that cannot become a case: for each field at fault, its sentences."""

    def __init__(self, **errors: str | Promise) -> None:
        super().__init__("; ".join(f"{field}: {sentence}" for field, sentence in errors.items()))
        self.errors = {field: [sentence] for field, sentence in errors.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentReport:
    """What somebody reports. Texts are as written; ``category`` is a slug; instants are aware.

    severity: None leaves it to the suggestion; another than the suggestion needs ``severity_reason``.
    received_at: None is now. loss_minor: in minor units of ``loss_currency``.
    reporter, respondent: as told. reporter_person, respondent_person: ids of people matched by whoever took the
    report; they win over what was told, which then only gives the role.
    external_id is unique within ``integration``; ``submission`` is the form's own id, sent twice by a double click.
    """

    title: str
    category: str
    channel: str
    market: str
    language: str = "en"
    description: str = ""
    severity: int | None = None
    severity_reason: str = ""
    received_at: datetime | None = None
    external_id: str = ""
    integration: Integration | None = None
    submission: UUID | None = None
    reporter: ReportedPerson | None = None
    respondent: ReportedPerson | None = None
    reporter_person: int | None = None
    respondent_person: int | None = None
    pet: ReportedPet | None = None
    booking: ReportedBooking | None = None
    occurred_at: datetime | None = None
    occurred_date_only: bool = False
    time_zone: str = ""
    place: str = ""
    people_hurt: str = ""
    animals_hurt: str = ""
    emergency_care: str = ""
    immediate_danger: bool = False
    authorities: tuple[str, ...] = ()
    authority_reference: str = ""
    loss_minor: int | None = None
    loss_currency: str = ""

    @property
    def content_sha256(self) -> str:
        """What tells a repeated report from another one under the same external id.

        Fields left empty do not count, so a report keeps its content when the form learns new fields.
        """
        content = {
            field.name: _plain(getattr(self, field.name))
            for field in fields(self)
            if field.name not in ("integration", "submission")
            and getattr(self, field.name) not in (None, "", (), False)
        }
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def check(self, *, now: datetime) -> None:
        """Refuse what no case can hold. Raises ReportRefused."""
        received_at = self.received_at or now
        if received_at > now + CLOCK_SKEW:
            raise ReportRefused(received_at=_("This is in the future."))
        if received_at < EARLIEST_RECEIVED:
            raise ReportRefused(received_at=_("This is before the year 2000."))
        if not self.title.strip():
            raise ReportRefused(title=_("A case has a title."))
        if self.severity is not None and self.severity not in (1, 2, 3, 4):
            raise ReportRefused(severity=_("Severity is 1, 2, 3 or 4."))
        if (self.loss_minor is None) != (not self.loss_currency):
            raise ReportRefused(loss_currency=_("An amount has a currency, and a currency an amount."))
        if self.loss_minor is not None and self.loss_minor < 0:
            raise ReportRefused(loss_minor=_("A loss is not below zero."))


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, ReportedPerson | ReportedPet | ReportedBooking):
        return {name: _plain(part) for name, part in asdict(value).items() if part not in (None, "")}
    return list(value) if isinstance(value, tuple) else value
