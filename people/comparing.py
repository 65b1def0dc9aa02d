"""Two records of one person line by line, so that somebody can tell whether they are."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from people import places
from people.models import Booking, Person, Pet
from people.panels import panels_for

SHOWN = 10


@dataclass(frozen=True, slots=True)
class Line:
    """One thing about both: ``shared`` are the values both have."""

    label: str | Promise
    one: list[str]
    other: list[str]

    @property
    def shared(self) -> set[str]:
        return set(self.one) & set(self.other)


def comparison(one: Person, other: Person, *, reader: User, now: datetime) -> list[Line]:
    """What both are known by, and how many things of each kind would go over, of those the reader sees."""
    told, also_told = _told(one, reader, now), _told(other, reader, now)
    return [Line(label, told[label], also_told[label]) for label in told if told[label] or also_told.get(label)]


def _told(person: Person, reader: User, now: datetime) -> dict[str, list[str]]:
    points = person.contact_points.order_by("kind", "pk")[:SHOWN]
    bookings = Booking.objects.visible_to(reader)
    told = {
        _("Name"): [person.name],
        _("Kind"): [str(person.get_kind_display())],
        _("Reached by"): [point.shown for point in points],
        _("Country"): [person.country_name] if person.country else [],
        _("Language"): [places.language_name(person.language)] if person.language else [],
        _("Ids elsewhere"): [
            f"{external.integration or _('import')}: {external.value}"
            for external in person.external_ids.select_related("integration").order_by("pk")[:SHOWN]
        ],
        _("Pets"): [
            str(pet) for pet in Pet.objects.visible_to(reader).filter(owner=person).order_by("name", "pk")[:SHOWN]
        ],
        _("Bookings"): [
            booking.external_id
            for booking in (
                *bookings.filter(client=person).order_by("-pk")[:SHOWN],
                *bookings.filter(provider=person).order_by("-pk")[:SHOWN],
            )
        ],
        _("Known since"): [formats.date_format(person.created_at, "j M Y")],
    }
    for content in panels_for(person, reader=reader, now=now):
        told[str(content.title)] = [str(line) for line in content.lines]
    return told
