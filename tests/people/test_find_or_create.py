"""A report's people are known again by id, email and phone, never by name alone."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from foundation.accounts.models import Integration, User
from foundation.audit.actors import SYSTEM
from foundation.audit.models import Entry
from people.models import Booking, ContactPoint, ExternalId, Person, Pet
from people.operations import (
    BookingRunsBackwards,
    find_or_create_booking,
    find_or_create_people,
    find_or_create_person,
    find_or_create_pet,
)
from people.operations.merging import merge_people
from people.reported import ReportedBooking, ReportedPerson, ReportedPet

HANNAH = ReportedPerson(
    name="Hannah Whitcombe",
    email="Hannah.W@example.com",
    phone="303 555 0142",
    external_id="U-1029",
    role="owner",
    language="en-US",
    country="US",
)


@pytest.fixture
def marketplace(db: None, now: datetime) -> Integration:
    return Integration.objects.create(name="marketplace", created_at=now)


def found(reported: ReportedPerson, integration: Integration | None, now: datetime) -> Person:
    return find_or_create_person(reported, integration=integration, by=SYSTEM, now=now)


def test_somebody_new_is_stored_with_all_that_was_told(marketplace: Integration, now: datetime) -> None:
    hannah = Person.objects.get(pk=found(HANNAH, marketplace, now).pk)
    assert (hannah.name, hannah.kind, hannah.language, hannah.country) == ("Hannah Whitcombe", "owner", "en-US", "US")
    assert set(hannah.contact_points.values_list("kind", "normal")) == {
        ("email", "hannah.w@example.com"),
        ("phone", "+13035550142"),
    }
    assert hannah.external_ids.get().value == "U-1029"
    entry = Entry.objects.get(event="person.created", subject_id=str(hannah.pk))
    assert entry.data == {"known_by": "external"}


@pytest.mark.parametrize(
    "again",
    [
        HANNAH,
        ReportedPerson(external_id="U-1029", name="Somebody Else"),
        ReportedPerson(email="HANNAH.W@EXAMPLE.COM"),
        ReportedPerson(phone="+1 303-555-0142", name="Hannah W"),
        ReportedPerson(phone="+1 303-555-0142"),
    ],
)
def test_somebody_known_is_known_again(again: ReportedPerson, marketplace: Integration, now: datetime) -> None:
    hannah = found(HANNAH, marketplace, now)
    assert found(again, marketplace, now) == hannah
    assert Person.objects.count() == 1


@pytest.mark.parametrize(
    "another",
    [
        ReportedPerson(name="Hannah Whitcombe"),
        ReportedPerson(phone="303 555 0142", country="US", name="Curtis Hale"),
        replace(HANNAH, external_id="U-2000"),
        ReportedPerson(name="Hannah Whitcombe", phone="no phone"),
    ],
)
def test_a_name_or_a_shared_phone_or_another_account_is_somebody_else(
    another: ReportedPerson, marketplace: Integration, now: datetime
) -> None:
    assert found(another, marketplace, now) != found(HANNAH, marketplace, now)
    assert found(HANNAH, marketplace, now) != found(replace(another, email=""), marketplace, now)


def test_an_id_of_one_integration_says_nothing_at_another(marketplace: Integration, now: datetime) -> None:
    telephony = Integration.objects.create(name="telephony", created_at=now)
    first = found(ReportedPerson(external_id="7"), marketplace, now)
    assert found(ReportedPerson(external_id="7"), telephony, now) != first
    assert found(ReportedPerson(external_id="7"), None, now) != first
    assert found(ReportedPerson(external_id="7"), None, now) == found(ReportedPerson(external_id="7"), None, now)


def test_what_a_report_adds_is_kept_and_nothing_known_is_overwritten(marketplace: Integration, now: datetime) -> None:
    hannah = found(ReportedPerson(name="Hannah", email="hannah.w@example.com"), marketplace, now)
    later = now + timedelta(days=1)
    assert found(replace(HANNAH, name="H. Whitcombe"), marketplace, later) == hannah
    hannah.refresh_from_db()
    assert (hannah.name, hannah.kind, hannah.country, hannah.updated_at) == ("Hannah", "owner", "US", later)
    assert hannah.contact_points.get(kind="phone").normal == "+13035550142"
    assert hannah.external_ids.get().value == "U-1029"
    found(replace(HANNAH, phone="+1 303 555 0142", country="ES", language="es"), marketplace, later)
    hannah.refresh_from_db()
    assert (hannah.country, hannah.language) == ("US", "en-US")
    assert hannah.contact_points.count() == 2


def test_a_phone_nobody_can_read_is_kept_as_written(marketplace: Integration, now: datetime) -> None:
    first = found(ReportedPerson(name="Ana", phone="ask at the bakery"), marketplace, now)
    second = found(ReportedPerson(name="Ana", phone="ask at the bakery"), marketplace, now)
    point = first.contact_points.get()
    assert (point.value, point.is_readable, point.href) == ("ask at the bakery", False, "")
    assert first != second


def test_somebody_without_a_name_goes_by_what_is_known_of_her(marketplace: Integration, now: datetime) -> None:
    assert found(ReportedPerson(email="ana@example.com"), marketplace, now).name == "ana@example.com"
    assert found(ReportedPerson(external_id="U-9"), marketplace, now).name == "U-9"
    assert found(ReportedPerson(role="neighbour"), marketplace, now).name == "Not named"


def test_two_sides_of_a_report_that_are_one_new_person_become_one(marketplace: Integration, now: datetime) -> None:
    sides = [
        ReportedPerson(name="Ana", email="ana@example.com"),
        ReportedPerson(name="Ana Duarte", email="Ana@example.com"),
    ]
    first, second = find_or_create_people(sides, integration=marketplace, by=SYSTEM, now=now)
    assert first == second


def test_somebody_merged_away_is_found_where_she_went(marketplace: Integration, senior: User, now: datetime) -> None:
    kept = found(ReportedPerson(name="Hannah Whitcombe", email="hannah@example.com"), marketplace, now)
    merged = found(HANNAH, marketplace, now)
    found(replace(HANNAH, email="hannah@example.com"), marketplace, now)
    merge_people(kept, merged, by=senior, now=now)
    assert found(HANNAH, marketplace, now) == kept


def test_two_new_people_cost_four_statements_and_known_ones_two(marketplace: Integration, now: datetime) -> None:
    curtis = ReportedPerson(name="Curtis Hale", phone="720 555 0117", country="US", external_id="U-7", role="sitter")
    with CaptureQueriesContext(connection) as captured:
        find_or_create_people([HANNAH, curtis], integration=marketplace, by=SYSTEM, now=now)
    assert len(captured) == 4, [query["sql"] for query in captured]  # wait, find, store, record
    with CaptureQueriesContext(connection) as captured:
        find_or_create_person(
            ReportedPerson(external_id="U-7", role="sitter", country="US"), integration=marketplace, by=SYSTEM, now=now
        )
    assert len(captured) == 2, [query["sql"] for query in captured]


@pytest.mark.django_db(transaction=True)
def test_the_same_report_eight_times_at_once_makes_one_person_and_one_booking(now: datetime) -> None:
    marketplace = Integration.objects.create(name="marketplace", created_at=now)

    def report(turn: int) -> tuple[int, int]:
        try:
            known_by = HANNAH if turn % 2 else replace(HANNAH, external_id="")
            person = find_or_create_person(known_by, integration=marketplace, by=SYSTEM, now=now)
            booking = find_or_create_booking(
                ReportedBooking("BK-1"), integration=marketplace, client=person, by=SYSTEM, now=now
            )
            return person.pk, booking.pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(report, range(8)))
    assert len(answers) == 1
    assert (Person.objects.count(), ContactPoint.objects.count(), Booking.objects.count()) == (1, 2, 1)
    assert ExternalId.objects.count() == 1


def test_a_pet_is_known_again_by_its_owner_and_name(marketplace: Integration, now: datetime) -> None:
    hannah = found(HANNAH, marketplace, now)
    juniper = find_or_create_pet(ReportedPet("Juniper", breed="Whippet"), owner=hannah, by=SYSTEM, now=now)
    assert find_or_create_pet(ReportedPet("JUNIPER"), owner=hannah, by=SYSTEM, now=now) == juniper
    assert find_or_create_pet(ReportedPet("Juniper", "cat"), owner=hannah, by=SYSTEM, now=now) != juniper
    assert find_or_create_pet(ReportedPet("Juniper"), owner=None, by=SYSTEM, now=now) != juniper
    assert find_or_create_pet(ReportedPet(), owner=hannah, by=SYSTEM, now=now) != juniper
    assert Pet.objects.count() == 4


def test_a_booking_fills_in_what_it_lacked(marketplace: Integration, now: datetime) -> None:
    hannah = found(HANNAH, marketplace, now)
    first = find_or_create_booking(ReportedBooking("BK-771902"), integration=marketplace, by=SYSTEM, now=now)
    told = ReportedBooking("BK-771902", now, now + timedelta(days=4), "boarding")
    again = find_or_create_booking(told, integration=marketplace, client=hannah, by=SYSTEM, now=now)
    other = replace(told, service="walking")
    find_or_create_booking(other, integration=marketplace, by=SYSTEM, now=now)
    first.refresh_from_db()
    assert again == first
    assert (first.client, first.service, first.starts_at) == (hannah, "boarding", now)


def test_a_booking_that_ends_before_it_starts_is_refused(marketplace: Integration, now: datetime) -> None:
    backwards = ReportedBooking("BK-1", now, now - timedelta(hours=1))
    with pytest.raises(BookingRunsBackwards, match="ends before"), transaction.atomic():
        find_or_create_booking(backwards, integration=marketplace, by=SYSTEM, now=now)
    assert not Booking.objects.exists()
