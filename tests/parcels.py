"""A kind of record for tests of the foundation, which knows nothing of cases: a parcel, seen by whoever it was shown."""

from collections.abc import Callable
from dataclasses import dataclass, field

from foundation.accounts.models import User
from foundation.audit.actors import Subject
from foundation.notifications import subjects
from foundation.notifications.models import OutboxMessage
from foundation.notifications.notices import Notice, WhenHidden, register


@dataclass
class Parcel:
    number: int
    readers: set[int] = field(default_factory=set)

    @property
    def subject(self) -> Subject:
        return Subject("parcel", str(self.number))

    def show_to(self, *people: User) -> None:
        self.readers |= {person.pk for person in people}

    def hide_from(self, *people: User) -> None:
        self.readers -= {person.pk for person in people}


class Shelf:
    """All parcels of a test."""

    def __init__(self) -> None:
        self.parcels: dict[str, Parcel] = {}
        subjects.register(
            "parcel",
            find=self.find,
            label=lambda parcel: f"PC-{parcel.number}",
            describe=lambda parcel: f"Secret contents of {parcel.number}",
            url=lambda parcel: f"/parcels/{parcel.number}/",
        )

    def add(self, *readers: User) -> Parcel:
        parcel = Parcel(len(self.parcels) + 1)
        parcel.show_to(*readers)
        self.parcels[str(parcel.number)] = parcel
        return parcel

    def find(self, reader: User, pk: str) -> Parcel | None:
        parcel = self.parcels.get(pk)
        return parcel if parcel and reader.pk in parcel.readers else None


@register
class ParcelMovedNotice(Notice):
    """An ordinary notice. It borrows words that name the parcel by its label and nothing else."""

    code = "parcel_moved"
    title = "A parcel moved"
    template = "notices/delivery_failed"


@register
class ParcelOnFireNotice(Notice):
    """One that waits for nothing, and says so even to somebody who may not see the parcel."""

    code = "parcel_on_fire"
    title = "A parcel is on fire"
    template = "notices/delivery_failed"
    urgent = True
    may_be_declined = False
    when_hidden = WhenHidden.BARE


Tell = Callable[..., list[OutboxMessage]]
"""What the fixture ``tell`` is."""
