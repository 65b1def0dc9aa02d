"""People are changed by those who may, field by field, and every way to reach them can be put back."""

from datetime import datetime, timedelta

import pytest

from foundation.accounts.models import User
from foundation.audit.models import Entry
from people.models import Person, PersonKind
from people.normal import NotReadable
from people.operations import (
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
from people.policies import PeopleRefused


@pytest.fixture
def hannah(agent: User, now: datetime) -> Person:
    return create_person(
        name="  Hannah \n Whitcombe ", kind=PersonKind.OWNER, language="en", country="US", by=agent, now=now
    )


def test_a_person_is_written_down_on_one_line_and_recorded(hannah: Person, agent: User) -> None:
    assert hannah.name == "Hannah Whitcombe"
    entry = Entry.objects.get(event="person.created")
    assert (entry.subject_id, entry.actor_id) == (str(hannah.pk), str(agent.pk))


def test_a_change_is_recorded_without_its_text_in_the_clear(hannah: Person, agent: User, now: datetime) -> None:
    edit_person(hannah, version=1, was={"name": hannah.name}, changes={"name": "Hannah Reyes"}, by=agent, now=now)
    hannah.refresh_from_db()
    assert (hannah.name, hannah.version) == ("Hannah Reyes", 2)
    entry = Entry.objects.get(event="person.edited")
    assert entry.data == {"fields": "name"}
    assert set(entry.texts) == {"before", "after"}
    assert "Reyes" not in str(entry.texts)


def test_a_change_that_changes_nothing_leaves_no_entry(hannah: Person, agent: User, now: datetime) -> None:
    edit_person(hannah, version=1, was={}, changes={"name": hannah.name, "version": 9}, by=agent, now=now)
    hannah.refresh_from_db()
    assert hannah.version == 1
    assert not Entry.objects.filter(event="person.edited").exists()


def test_of_two_who_change_one_field_the_second_is_shown_both(
    hannah: Person, agent: User, senior: User, now: datetime
) -> None:
    was = {"name": hannah.name, "note": ""}
    edit_person(hannah, version=1, was=was, changes={"name": "Hannah Reyes"}, by=senior, now=now)
    with pytest.raises(StalePerson) as stale:
        edit_person(hannah, version=1, was=was, changes={"name": "Hanna", "note": "Call"}, by=agent, now=now)
    assert [(c.field, c.was, c.theirs, c.yours) for c in stale.value.conflicts] == [
        ("name", "Hannah Whitcombe", "Hannah Reyes", "Hanna")
    ]
    hannah.refresh_from_db()
    assert (hannah.name, hannah.note) == ("Hannah Reyes", "")


def test_two_who_change_different_fields_both_succeed(hannah: Person, agent: User, senior: User, now: datetime) -> None:
    was = {"name": hannah.name, "note": ""}
    edit_person(hannah, version=1, was=was, changes={"name": "Hannah Reyes"}, by=senior, now=now)
    edit_person(hannah, version=1, was=was, changes={"note": "After six"}, by=agent, now=now)
    hannah.refresh_from_db()
    assert (hannah.name, hannah.note, hannah.version) == ("Hannah Reyes", "After six", 3)


def test_who_may_only_read_people_changes_nothing(hannah: Person, legal: User, admin: User, now: datetime) -> None:
    for reader in (legal, admin):
        with pytest.raises(PeopleRefused, match="role"):
            edit_person(hannah, version=1, was={}, changes={"name": "X"}, by=reader, now=now)
        with pytest.raises(PeopleRefused):
            create_person(name="X", kind="other", by=reader, now=now)
        with pytest.raises(PeopleRefused):
            add_contact_point(hannah, kind="email", value="a@example.com", by=reader, now=now)


def test_a_phone_is_read_as_one_of_her_country_and_kept_once(hannah: Person, agent: User, now: datetime) -> None:
    point = add_contact_point(hannah, kind="phone", value="(303) 555-0142", by=agent, now=now)
    again = add_contact_point(hannah, kind="phone", value="+1 303 555 0142", by=agent, now=now)
    assert point == again
    assert (point.normal, point.shown, point.href) == ("+13035550142", "+1 303-555-0142", "tel:+13035550142")
    assert Entry.objects.filter(event="person.contact_point_added").count() == 1


def test_what_cannot_be_read_is_refused_or_kept_as_written(hannah: Person, agent: User, now: datetime) -> None:
    with pytest.raises(NotReadable, match="cannot be read"):
        add_contact_point(hannah, kind="phone", value="via her brother", by=agent, now=now)
    assert not hannah.contact_points.exists()
    point = add_contact_point(hannah, kind="phone", value="via her brother", as_written=True, by=agent, now=now)
    assert (point.value, point.shown, point.href) == ("via her brother", "via her brother", "")


def test_a_removed_contact_point_can_be_put_back(hannah: Person, agent: User, now: datetime) -> None:
    point = add_contact_point(hannah, kind="phone", value="(303) 555-0142", by=agent, now=now)
    removed = remove_contact_point(point, by=agent, now=now)
    assert not hannah.contact_points.exists()
    back = restore_contact_point(hannah, removed=removed, by=agent, now=now)
    assert (back.value, back.normal) == ("(303) 555-0142", "+13035550142")


def test_nothing_is_put_back_at_somebody_else(hannah: Person, agent: User, now: datetime) -> None:
    other = create_person(name="Curtis", kind="sitter", by=agent, now=now)
    point = add_contact_point(hannah, kind="email", value="h@example.com", by=agent, now=now)
    removed = remove_contact_point(point, by=agent, now=now)
    with pytest.raises(PeopleRefused, match="no longer there"):
        restore_contact_point(other, removed=removed, by=agent, now=now)
    assert not other.contact_points.exists()


def test_only_one_way_to_reach_her_is_preferred(hannah: Person, agent: User, now: datetime) -> None:
    phone = add_contact_point(hannah, kind="phone", value="(303) 555-0142", by=agent, now=now)
    mail = add_contact_point(hannah, kind="email", value="h@example.com", by=agent, now=now)
    prefer_contact_point(phone, by=agent, now=now)
    prefer_contact_point(mail, by=agent, now=now + timedelta(hours=1))
    assert [point.kind for point in hannah.contact_points.filter(is_preferred=True)] == ["email"]


def test_a_pet_is_added_and_changed(hannah: Person, agent: User, now: datetime) -> None:
    pet = add_pet(hannah, facts={"name": "Juniper", "species": "dog", "breed": "Whippet"}, by=agent, now=now)
    edit_pet(pet, changes={"weight_grams": 12_600, "owner": None}, by=agent, now=now)
    pet.refresh_from_db()
    assert (pet.owner, pet.weight_grams) == (hannah, 12_600)
    assert Entry.objects.get(event="pet.edited").data == {"fields": "weight_grams"}
