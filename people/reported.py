"""What a report says about somebody, her pet and a booking, before the desk knows whether it knows them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from people.models import PersonKind

KIND_OF_ROLE: Mapping[str, PersonKind] = {
    "owner": PersonKind.OWNER,
    "sitter": PersonKind.SITTER,
    "walker": PersonKind.SITTER,
    "pro": PersonKind.PRO,
    "vet": PersonKind.VET,
}
"""Which kind of person a role in a case (contract.md, role) makes her; any other role says nothing about it."""


@dataclass(frozen=True, slots=True)
class ReportedPerson:
    """Somebody as a report names her. Every field may be empty; ``phone`` and ``email`` are as written.

    role: her role in the case (contract.md). kind: PersonKind where the source knows better than the role.
    language: BCP 47. country: ISO 3166-1 alpha-2; how a phone number without a country code is read.
    """

    name: str = ""
    email: str = ""
    phone: str = ""
    external_id: str = ""
    role: str = ""
    kind: str = ""
    language: str = ""
    country: str = ""

    @property
    def person_kind(self) -> str:
        return self.kind or KIND_OF_ROLE.get(self.role, PersonKind.OTHER)


@dataclass(frozen=True, slots=True)
class ReportedPet:
    """An animal as a report tells of it. age_months only where the telling is exact enough; age_text as told."""

    name: str = ""
    species: str = "dog"
    breed: str = ""
    sex: str = ""
    neutered: bool | None = None
    age_months: int | None = None
    age_text: str = ""


@dataclass(frozen=True, slots=True)
class ReportedBooking:
    """A booking as the marketplace names it."""

    external_id: str
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    service: str = ""
