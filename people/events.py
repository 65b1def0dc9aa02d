"""What can happen to the people the desk knows. Texts are stored encrypted under the person's key."""

from django.utils.translation import gettext_lazy as _

from foundation.audit.events import define

PERSON_CREATED = define("person.created", _("{actor} added the person, first known by {known_by}"))
PERSON_EDITED = define("person.edited", _("{actor} changed {fields}"), texts={"before", "after"})
CONTACT_POINT_ADDED = define(
    "person.contact_point_added", _("{actor} added a way to reach the person: {kind}"), texts={"value"}
)
CONTACT_POINT_REMOVED = define(
    "person.contact_point_removed", _("{actor} removed a way to reach the person: {kind}"), texts={"value"}
)
CONTACT_POINT_PREFERRED = define("person.contact_point_preferred", _("{actor} marked the {kind} as preferred"))
PEOPLE_MERGED = define("person.merged", _("{actor} merged person {other} into this one"))
PERSON_MERGED_AWAY = define("person.merged_away", _("{actor} merged the person into {into}"))
PEOPLE_MERGE_UNDONE = define("person.merge_undone", _("{actor} took the merge with person {other} apart"))
PET_ADDED = define("pet.added", _("{actor} added the animal, {species}"))
PET_EDITED = define("pet.edited", _("{actor} changed {fields}"), texts={"before", "after"})
BOOKING_ADDED = define("booking.added", _("{actor} added the booking"))
