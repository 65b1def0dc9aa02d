"""The pages of people: who may open them, what they show, and that every write works without script."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Case
from foundation.accounts.models import User
from foundation.accounts.permissions import Level
from people.models import Person, PersonMerge
from people.operations import add_contact_point, create_person, edit_person, find_or_create_booking
from people.reported import ReportedBooking

Page = Callable[..., "Client"]


@pytest.fixture
def hannah(agent: User, now: datetime) -> Person:
    person = create_person(
        name="Hannah Whitcombe",
        kind="owner",
        country="ES",
        language="es",
        time_zone="Europe/Madrid",
        by=agent,
        now=now,
    )
    add_contact_point(person, kind="phone", value="612 34 56 78", by=agent, now=now)
    add_contact_point(person, kind="email", value="hannah@example.com", by=agent, now=now)
    return person


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in


def url(name: str, *args: object) -> str:
    return reverse(f"people:{name}", args=args)


def test_the_list_shows_who_was_learned_of_last_and_finds(signed_in: Page, agent: User, hannah: Person) -> None:
    desk = signed_in(agent)
    assert "Hannah Whitcombe" in desk.get(url("list")).content.decode()
    found = desk.get(url("list"), {"q": "5678"}).content.decode()
    assert "Hannah Whitcombe" in found
    assert "+34 612 34 56 78" in found
    assert "Nobody matches this" in desk.get(url("list"), {"q": "Roberta"}).content.decode()


def test_a_search_by_htmx_is_answered_with_the_results_alone(signed_in: Page, agent: User, hannah: Person) -> None:
    part = signed_in(agent).get(url("list"), {"q": "hanna"}, headers={"HX-Request": "true"}).content.decode()
    assert "Hannah Whitcombe" in part
    assert "<html" not in part


def test_matches_while_typing_carry_the_id(signed_in: Page, agent: User, hannah: Person) -> None:
    desk = signed_in(agent)
    assert f'data-id="{hannah.pk}"' in desk.get(url("match"), {"q": "whitcombe"}).content.decode()
    assert "data-id" not in desk.get(url("match"), {"q": "whitcombe", "not": hannah.pk}).content.decode()


def test_the_page_shows_how_to_reach_her_and_her_clock(signed_in: Page, agent: User, hannah: Person) -> None:
    page = signed_in(agent).get(url("person", hannah.pk)).content.decode()
    for shown in (
        "tel:+34612345678",
        "mailto:hannah@example.com",
        "Spain",
        "speaks Spanish",
        "where she is",
        "added the person",
    ):
        assert shown in page


def test_only_cases_the_reader_sees_are_on_the_page_or_counted(
    make_case: Callable[..., Case], signed_in: Page, agent: User, stranger: User
) -> None:
    seen, hidden = make_case(title="Rings missing"), make_case(title="Locked away")
    Case.objects.filter(pk=hidden.pk).update(confidentiality=Level.C3)
    person = Person.objects.get(name="Hannah Whitcombe")
    page = signed_in(agent).get(url("person", person.pk)).content.decode()
    assert seen.reference in page
    assert hidden.reference not in page
    assert "Locked away" not in page
    assert signed_in(stranger).get(url("person", person.pk)).status_code == 404


def test_a_page_costs_the_same_however_much_she_did(
    make_case: Callable[..., Case], signed_in: Page, agent: User, now: datetime
) -> None:
    make_case()
    person = Person.objects.get(name="Hannah Whitcombe")
    desk = signed_in(agent)
    desk.get(url("person", person.pk))

    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            desk.get(url("person", person.pk))
        return len(captured)

    before = cost()
    for turn in range(5):
        make_case(title=f"Another {turn}")
        find_or_create_booking(ReportedBooking(f"BK-{turn}"), integration=None, client=person, by=agent, now=now)
    assert cost() <= before + 2  # the pets of bookings, the names of others in its history
    assert before <= 26


def test_who_may_not_view_people_is_refused_and_who_may_only_read_finds_no_forms(
    client: Client, signed_in: Page, admin: User, legal: User, hannah: Person, settings: Any
) -> None:
    settings.DEMO = True  # where the second factor may be left out
    assert client.get(url("list")).status_code == 302
    assert signed_in(admin).get(url("person", hannah.pk)).status_code == 403
    page = signed_in(legal).get(url("person", hannah.pk))
    assert page.status_code == 200
    assert "contact-points" not in page.content.decode()
    assert signed_in(legal).post(url("edit", hannah.pk), {}).status_code == 403


def test_somebody_is_written_down_and_changed(signed_in: Page, agent: User) -> None:
    desk = signed_in(agent)
    made = desk.post(url("new"), {"name": "Ana Duarte", "kind": "sitter", "country": "PT", "language": "pt"})
    ana = Person.objects.get(name="Ana Duarte")
    assert made.url == ana.get_absolute_url()
    form = {"name": "Ana Duarte", "kind": "sitter", "country": "PT", "language": "pt"}
    opened = {f"initial-{name}": value for name, value in form.items()} | {"version": 1}
    desk.post(url("edit", ana.pk), form | opened | {"note": "After six"})
    ana.refresh_from_db()
    assert (ana.note, ana.version, ana.country) == ("After six", 2, "PT")


def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(signed_in: Page, agent: User) -> None:
    answer = signed_in(agent).post(url("new"), {"name": " \u00a0 ", "kind": "sitter", "language": "Spanish, mostly"})
    assert answer.status_code == 422
    assert "Spanish, mostly" in answer.content.decode()
    assert "as a code" in answer.content.decode()
    assert not Person.objects.exists()


def test_a_stale_form_is_answered_with_both_versions_and_the_choice_is_saved(
    signed_in: Page, agent: User, senior: User, hannah: Person, now: datetime
) -> None:
    was = {"name": "Hannah Whitcombe", "note": ""}
    edit_person(hannah, version=1, was=was, changes={"name": "Hannah Reyes"}, by=senior, now=now)
    desk = signed_in(agent)
    form = {"name": "Hanna", "kind": "owner", "country": "ES", "language": "es", "note": "Late", "version": 1}
    opened = {f"initial-{name}": form[name] for name in ("kind", "country", "language")}
    opened |= {"initial-name": "Hannah Whitcombe", "initial-note": ""}
    answer = desk.post(url("edit", hannah.pk), form | opened)
    assert answer.status_code == 409
    page = answer.content.decode()
    for shown in ("Priya Nair changed this", "Hannah Whitcombe", "Hannah Reyes", "Hanna</ins>"):
        assert shown in page
    fields = answer.context["conflict"]["hidden"]
    chosen = dict(fields) | {"name": "Hanna", "keep-name": "yours", "version": answer.context["conflict"]["version"]}
    assert desk.post(url("edit", hannah.pk), chosen).status_code == 302
    hannah.refresh_from_db()
    assert (hannah.name, hannah.note) == ("Hanna", "Late")


def test_a_phone_that_cannot_be_read_stays_in_the_field_and_may_be_kept(
    signed_in: Page, agent: User, hannah: Person
) -> None:
    desk = signed_in(agent)
    answer = desk.post(url("contact_point_add", hannah.pk), {"kind": "phone", "value": "via her brother"})
    assert answer.status_code == 422
    page = answer.content.decode()
    for shown in ("cannot be read", 'value="via her brother"', "Keep it as written", "what you typed is still here"):
        assert shown in page
    kept = {"kind": "phone", "value": "via her brother", "as_written": "on"}
    assert desk.post(url("contact_point_add", hannah.pk), kept, follow=True).status_code == 200
    assert hannah.contact_points.filter(value="via her brother").exists()


def test_a_contact_point_is_removed_with_undo_and_only_hers(
    signed_in: Page, agent: User, hannah: Person, now: datetime
) -> None:
    other = create_person(name="Curtis", kind="sitter", by=agent, now=now)
    point = hannah.contact_points.get(kind="email")
    desk = signed_in(agent)
    assert desk.post(url("contact_point_remove", other.pk, point.pk)).status_code == 404
    page = desk.post(url("contact_point_remove", hannah.pk, point.pk), follow=True)
    undo = next(m.extra_tags for m in page.context["messages"]).removeprefix("undo:")
    assert not hannah.contact_points.filter(kind="email").exists()
    desk.post(undo)
    assert hannah.contact_points.get(kind="email").value == "hannah@example.com"
    desk.post(url("contact_point_prefer", hannah.pk, hannah.contact_points.get(kind="email").pk))
    assert hannah.contact_points.get(kind="email").is_preferred


def test_a_pet_is_added_by_form(signed_in: Page, agent: User, hannah: Person) -> None:
    desk = signed_in(agent)
    desk.post(url("pet_new", hannah.pk), {"name": "Juniper", "species": "dog", "neutered": "true", "sex": "F"})
    pet = hannah.pets.get()
    assert (pet.name, pet.neutered, pet.sex) == ("Juniper", True, "F")
    desk.post(url("pet", hannah.pk, pet.pk), {"name": "Juniper", "species": "dog", "breed": "Whippet"})
    pet.refresh_from_db()
    assert (pet.breed, pet.neutered, pet.sex) == ("Whippet", None, "")


def test_two_records_are_compared_merged_and_taken_apart(
    signed_in: Page, senior: User, agent: User, hannah: Person, now: datetime
) -> None:
    double = create_person(name="Hanna Whitcomb", kind="owner", by=agent, now=now)
    add_contact_point(double, kind="email", value="hannah@example.com", by=agent, now=now)
    desk = signed_in(senior)
    assert "Hanna Whitcomb" in desk.get(url("merge", hannah.pk)).content.decode()
    both = desk.get(url("merge", hannah.pk), {"with": double.pk}).content.decode()
    assert "<ins>hannah@example.com</ins>" in both
    page = desk.post(url("merge", hannah.pk), {"with": double.pk, "keep": double.pk}, follow=True)
    assert page.redirect_chain[-1][0] == double.get_absolute_url()
    led = desk.get(hannah.get_absolute_url(), follow=True)
    assert led.redirect_chain[-1][0] == double.get_absolute_url()
    desk.post(url("merge_undo", PersonMerge.objects.get().pk))
    assert desk.get(hannah.get_absolute_url()).status_code == 200


def test_comparing_shows_no_case_the_reader_does_not_see(
    make_case: Callable[..., Case], signed_in: Page, senior: User, agent: User, now: datetime
) -> None:
    hannah = create_person(name="Hannah Reyes", kind="owner", by=agent, now=now)
    hidden = make_case(title="Locked away")
    party = hidden.parties.get(capacity="respondent").person
    make_case(reporter=None)
    Case.objects.filter(pk=hidden.pk).update(confidentiality=Level.C4)
    both = signed_in(senior).get(url("merge", hannah.pk), {"with": party.pk}).content.decode()
    assert "Curtis Hale" in both
    assert "Locked away" not in both
    assert hidden.reference not in both


def test_an_agent_may_not_open_the_merge(signed_in: Page, agent: User, hannah: Person) -> None:
    assert signed_in(agent).get(url("merge", hannah.pk)).status_code == 403


@pytest.mark.parametrize("typed", ["\x00", "%", "\\", "x" * 3000, "9" * 30, "\U0001f600", "' OR 1=1"])
def test_whatever_is_typed_into_a_search_is_answered(typed: str, signed_in: Page, senior: User, hannah: Person) -> None:
    desk = signed_in(senior)
    for name, args, key in (
        ("list", (), "q"),
        ("match", (), "q"),
        ("merge", (hannah.pk,), "q"),
        ("merge", (hannah.pk,), "with"),
    ):
        assert desk.get(url(name, *args), {key: typed}).status_code in (200, 404)


def test_amounts_have_a_column_only_where_there_are_any(
    signed_in: Callable[[User], Client], agent: User, hannah: Person, now: datetime
) -> None:
    booking = find_or_create_booking(ReportedBooking("BK-1"), integration=None, client=hannah, by=agent, now=now)
    page = signed_in(agent)
    assert "Amount" not in page.get(hannah.get_absolute_url()).content.decode()
    type(booking).objects.update(amount_minor=33600, currency="USD")
    assert "336.00 USD" in page.get(hannah.get_absolute_url()).content.decode()
