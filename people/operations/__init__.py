"""Every write to people, their contact points, pets and bookings."""

from people.operations.editing import (
    Conflict,
    StalePerson,
    add_contact_point,
    add_pet,
    create_person,
    edit_person,
    edit_pet,
    prefer_contact_point,
    remove_contact_point,
    restore_contact_point,
)
from people.operations.finding import (
    BookingRunsBackwards,
    create_pets,
    find_or_create_booking,
    find_or_create_people,
    find_or_create_person,
    find_or_create_pet,
    is_told_of,
    take_turns,
    told_of_pet,
)
from people.operations.merging import merge_people, undo_merge_people

__all__ = [
    "BookingRunsBackwards",
    "Conflict",
    "StalePerson",
    "add_contact_point",
    "add_pet",
    "create_person",
    "create_pets",
    "edit_person",
    "edit_pet",
    "find_or_create_booking",
    "find_or_create_people",
    "find_or_create_person",
    "find_or_create_pet",
    "is_told_of",
    "merge_people",
    "prefer_contact_point",
    "remove_contact_point",
    "restore_contact_point",
    "take_turns",
    "told_of_pet",
    "undo_merge_people",
]
