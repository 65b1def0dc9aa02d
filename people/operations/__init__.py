"""Every write to people, their contact points, pets and bookings."""

from people.operations.finding import (
    BookingRunsBackwards,
    find_or_create_booking,
    find_or_create_people,
    find_or_create_person,
    find_or_create_pet,
)

__all__ = [
    "BookingRunsBackwards",
    "find_or_create_booking",
    "find_or_create_people",
    "find_or_create_person",
    "find_or_create_pet",
]
