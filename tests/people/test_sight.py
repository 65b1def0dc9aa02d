"""Whoever hidden cases alone name is absent: not listed, not found, not opened, not told of; her animals and bookings too."""

import re
from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Case, Party
from cases.operations.seeding import seed_cases
from foundation.accounts.models import User
from foundation.accounts.permissions import Level
from foundation.audit.actors import SYSTEM
from people.matching import find_people
from people.models import Booking, Person, PersonMerge, Pet
from people.operations import create_person, find_or_create_booking, merge_people, undo_merge_people
from people.reported import ReportedBooking, ReportedPerson, ReportedPet

SEEDED = 3_000
VERA = ReportedPerson(
    name="Vera Lindqvist", email="vera@example.com", phone="+1 303 555 0199", external_id="U-77", role="owner"
)


@pytest.fixture
def hidden(make_case: Callable[..., Case]) -> Case:
    """A case that no agent sees, which names Vera, her dog and a booking."""
    made = make_case(reporter=VERA, pet=ReportedPet(name="Bosse"), booking=ReportedBooking("BK-900"))
    Case.objects.filter(pk=made.pk).update(confidentiality=Level.C4)
    return made


@pytest.fixture
def vera(hidden: Case) -> Person:
    return Person.objects.get(name="Vera Lindqvist")


@pytest.fixture
def desk(client: Client, senior: User) -> Client:
    client.force_login(senior, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def names(text: str, reader: User) -> set[str]:
    return {match.person.name for match in find_people(text, reader=reader)}


def intake(**told: object) -> dict[str, object]:
    required = {"submission": uuid4(), "title": "Rings gone", "category": "theft", "channel": "phone", "market": "US"}
    roles = {"language": "en", "reporter_role": "owner", "respondent_role": "sitter"}
    return required | roles | told


@pytest.mark.parametrize("typed", ["vera lindqvist", "Vera Lindkvist", "5550199", "vera@example.com", "U-77", "BK-900"])
def test_somebody_is_found_by_nothing_until_a_case_that_one_sees_names_her(
    typed: str, vera: Person, agent: User, make_case: Callable[..., Case]
) -> None:
    assert names(typed, agent) == set()
    make_case(reporter=VERA, title="Another", booking=ReportedBooking("BK-900"))
    assert "Vera Lindqvist" in names(typed, agent)


def test_whoever_sees_the_case_sees_whom_it_names(vera: Person, hidden: Case, legal: User, agent: User) -> None:
    assert names("vera lindqvist", legal) == {"Vera Lindqvist"}
    assert Pet.objects.visible_to(legal).filter(name="Bosse").exists()
    assert Booking.objects.visible_to(legal).filter(external_id="BK-900").exists()
    assert not Pet.objects.visible_to(agent).filter(name="Bosse").exists()
    assert not Booking.objects.visible_to(agent).filter(external_id="BK-900").exists()


def test_hidden_people_take_no_place_among_the_results(
    make_case: Callable[..., Case], agent: User, vera: Person, now: datetime
) -> None:
    for number in range(4):
        made = make_case(reporter=ReportedPerson(name="Vera Lind", email=f"v{number}@example.com", role="owner"))
        Case.objects.filter(pk=made.pk).update(confidentiality=Level.C4)
    create_person(name="Veronika Lindgren", kind="owner", by=agent, now=now)
    assert [match.person.name for match in find_people("vera lind", reader=agent, limit=1)] == ["Veronika Lindgren"]


def test_her_pages_answer_as_those_of_nobody(desk: Client, vera: Person) -> None:
    point = vera.contact_points.get(kind="email")
    for name, further in (
        ("person", {}),
        ("edit", {}),
        ("merge", {}),
        ("contact_point_add", {}),
        ("contact_point_prefer", {"point": point.pk}),
        ("contact_point_remove", {"point": point.pk}),
        ("pet_new", {}),
        ("pet", {"pet": vera.pets.get().pk}),
    ):
        for ask in (desk.get, desk.post):
            about = ask(reverse(f"people:{name}", kwargs={"pk": vera.pk} | further))
            nobody = ask(reverse(f"people:{name}", kwargs={"pk": 999_999_999} | further))
            assert about.status_code == nobody.status_code, name
            assert "Vera" not in about.content.decode()
    assert vera.contact_points.get(kind="email") == point
    assert "Vera" not in desk.get(reverse("people:list")).content.decode()


def test_a_match_that_is_withheld_reads_like_none(desk: Client, vera: Person) -> None:
    for known, unknown in (("3035550199", "3035550198"), ("vera@example.com", "nora@example.com")):
        answers = [desk.get(reverse("people:match"), {"q": typed}) for typed in (known, unknown)]
        assert answers[0].content == answers[1].content
        listed = [desk.get(reverse("people:list"), {"q": typed}).content.decode() for typed in (known, unknown)]
        assert "Nobody matches this" in listed[0]
        palette = [desk.get(reverse("palette"), {"q": typed}).content for typed in (known, unknown)]
        assert palette[0] == palette[1]


def test_nobody_is_made_a_party_by_a_number_that_was_never_shown(
    desk: Client, vera: Person, make_case: Callable[..., Case]
) -> None:
    mine = make_case()
    before = Party.objects.count()
    for number in (vera.pk, 999_999_999):
        answer = desk.post(reverse("cases:intake"), intake(reporter_person=number, reporter_name="Somebody"))
        assert answer.status_code == 422
        assert "This person is not known." in answer.content.decode()
        answer = desk.post(
            reverse("cases:party_add", args=[mine.reference]),
            {"person": number, "name": "Somebody", "role": "owner", "capacity": "involved"},
        )
        assert answer.status_code == 422
        assert "Vera" not in answer.content.decode()
    assert Party.objects.count() == before


def test_a_report_with_her_exact_phone_joins_her_and_lets_her_be_seen(desk: Client, senior: User, vera: Person) -> None:
    opened = desk.post(reverse("cases:intake"), intake(reporter_name="Vera L", reporter_phone="303 555 0199"))
    assert opened.status_code == 302
    assert Party.objects.filter(person=vera).count() == 2
    assert names("vera lindqvist", senior) == {"Vera Lindqvist"}
    page = desk.get(vera.get_absolute_url()).content.decode()
    assert "vera@example.com" in page
    assert "Bosse" not in page
    assert "BK-900" not in page


def test_somebody_of_a_booking_who_is_hidden_is_not_named_on_it(
    desk: Client, senior: User, vera: Person, make_case: Callable[..., Case], now: datetime
) -> None:
    seen = make_case(title="Seen")
    hannah = seen.parties.get(capacity="reporter").person
    booking = find_or_create_booking(
        ReportedBooking("BK-1"), integration=None, client=hannah, provider=vera, pets=list(vera.pets.all()), by=senior, now=now
    )  # fmt: skip
    page = desk.get(hannah.get_absolute_url()).content.decode()
    assert booking.external_id in page
    assert "Vera" not in page
    assert "Bosse" not in page


def test_a_merged_record_is_seen_as_the_one_that_stands_for_it(
    desk: Client, senior: User, lead: User, vera: Person, hidden: Case, now: datetime
) -> None:
    older = create_person(name="V. Lindqvist-Berg", kind="owner", by=lead, now=now)
    oldest = create_person(name="Wera Berg", kind="owner", by=lead, now=now)
    merge_people(older, oldest, by=lead, now=now)
    done = merge_people(vera, older, by=lead, now=now)
    for record in (oldest, older, vera):
        assert desk.get(reverse("people:person", args=[record.pk])).status_code == 404
        assert names(record.name, senior) == set()
    assert desk.post(reverse("people:merge_undo", args=[done.pk])).status_code == 404
    assert not PersonMerge.objects.filter(undone_at__isnull=False).exists()
    Case.objects.filter(pk=hidden.pk).update(confidentiality=Level.C1)
    assert desk.get(reverse("people:person", args=[oldest.pk])).url == vera.get_absolute_url()


def test_what_a_merge_left_with_the_merged_record_still_hides_the_one_that_stands(
    vera: Person, hidden: Case, lead: User, legal: User, agent: User, now: datetime
) -> None:
    double = create_person(name="Vera Lindqvist", kind="owner", by=lead, now=now)
    for person in (vera, double):
        Party.objects.create(case=hidden, person=person, role="owner", capacity="involved", added_at=now)
    merge_people(double, vera, by=lead, now=now)
    Party.objects.filter(person=double).delete()
    assert Party.objects.filter(person=vera, case=hidden).exists()
    assert names("vera lindqvist", agent) == set()
    assert names("vera lindqvist", legal) == {"Vera Lindqvist"}


def test_a_history_names_nobody_who_is_hidden(
    desk: Client, lead: User, vera: Person, make_case: Callable[..., Case], now: datetime
) -> None:
    hannah = make_case(title="Seen").parties.get(capacity="reporter").person
    done = merge_people(hannah, vera, by=lead, now=now)
    assert "Vera" in desk.get(hannah.get_absolute_url()).content.decode()
    undo_merge_people(done, by=lead, now=now)
    assert "Vera" not in desk.get(hannah.get_absolute_url()).content.decode()


def test_whoever_is_named_by_no_case_any_more_is_seen_again(
    vera: Person, hidden: Case, legal: User, agent: User
) -> None:
    Party.objects.filter(person=vera).delete()
    assert names("vera lindqvist", agent) == {"Vera Lindqvist"}


def test_asking_who_is_seen_reads_indexes_alone(
    make_case: Callable[..., Case], desk: Client, agent: User, now: datetime
) -> None:
    seed_cases(SEEDED, seed=1, by=SYSTEM, now=now)
    make_case()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # what autovacuum does in its own time
    with CaptureQueriesContext(connection) as captured:
        assert names("hannah whitcombe", agent)
        desk.get(reverse("people:list"))
    asked = [query["sql"] for query in captured if re.match(r'\s*(SELECT|WITH).*"cases_', query["sql"], re.DOTALL)]
    about_people = [sql for sql in asked if "people_person" in sql]
    assert about_people
    for sql in about_people:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {sql}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
        assert not re.search("Seq Scan on cases_(case|party|incident) ", plan), plan
