"""Two records of one person become one, and come apart again exactly."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from cases.models import Case, Party
from cases.operations.access import declare_conflict
from cases.operations.moves import take_case
from cases.operations.placing import place_case
from cases.search_language import parse
from cases.searching import search_cases
from foundation.accounts.models import Integration, User
from foundation.accounts.permissions import Level
from foundation.audit.models import Entry
from people.models import Booking, ExternalId, Person, PersonMerge, Pet
from people.operations import (
    add_contact_point,
    add_pet,
    create_person,
    edit_person,
    find_or_create_booking,
    merge_people,
    undo_merge_people,
)
from people.policies import PeopleRefused
from people.reported import ReportedBooking


@pytest.fixture
def make_person(agent: User, now: datetime) -> Callable[..., Person]:
    def make(name: str, *emails: str, **fields: Any) -> Person:
        person = create_person(**({"name": name, "kind": "other"} | fields), by=agent, now=now)
        for email in emails:
            add_contact_point(person, kind="email", value=email, by=agent, now=now)
        return person

    return make


@pytest.fixture
def kept(make_person: Callable[..., Person]) -> Person:
    return make_person("Hannah Whitcombe", "hannah@example.com")


@pytest.fixture
def merged(make_person: Callable[..., Person], agent: User, now: datetime) -> Person:
    person = make_person("H Whitcombe", "hannah@example.com", "hw@example.org", kind="owner", country="US", note="Late")
    add_pet(person, facts={"name": "Juniper"}, by=agent, now=now)
    marketplace = Integration.objects.create(name="marketplace", created_at=now)
    ExternalId.objects.create(person=person, integration=marketplace, value="U-1")
    find_or_create_booking(ReportedBooking("BK-1"), integration=marketplace, client=person, by=agent, now=now)
    find_or_create_booking(ReportedBooking("BK-2"), integration=marketplace, provider=person, by=agent, now=now)
    return person


def everything() -> list[object]:
    """All that a merge may touch, but for versions and times of change."""
    return [
        list(Person.objects.order_by("pk").values_list("pk", "kind", "name", "country", "note", "merged_into")),
        [list(model.objects.order_by("pk").values()) for model in (ExternalId, Pet, Booking, Party)],
        [list(person.contact_points.order_by("pk").values()) for person in Person.objects.order_by("pk")],
    ]


def test_all_of_the_merged_person_goes_over(kept: Person, merged: Person, senior: User, now: datetime) -> None:
    merge_people(kept, merged, by=senior, now=now)
    kept.refresh_from_db()
    merged.refresh_from_db()
    assert {point.normal for point in kept.contact_points.all()} == {"hannah@example.com", "hw@example.org"}
    assert kept.pets.get().name == "Juniper"
    assert (kept.bookings_made.count(), kept.bookings_served.count(), kept.external_ids.count()) == (1, 1, 1)
    assert (kept.name, kept.kind, kept.country, kept.note) == ("Hannah Whitcombe", "owner", "US", "Late")
    assert merged.standing == kept


def test_undo_puts_everything_back_exactly(kept: Person, merged: Person, senior: User, now: datetime) -> None:
    before = everything()
    undo_merge_people(merge_people(kept, merged, by=senior, now=now), by=senior, now=now)
    assert everything() == before
    events = Entry.objects.filter(event__startswith="person.merge").order_by("pk").values_list("event", flat=True)
    assert list(events) == ["person.merged", "person.merged_away", "person.merge_undone", "person.merge_undone"]


def test_what_changed_after_the_merge_survives_undo(kept: Person, merged: Person, senior: User, now: datetime) -> None:
    merge = merge_people(kept, merged, by=senior, now=now)
    kept.refresh_from_db()
    edit_person(kept, version=kept.version, was={"note": "Late"}, changes={"note": "After six"}, by=senior, now=now)
    kept.contact_points.get(normal="hw@example.org").delete()
    undo_merge_people(merge, by=senior, now=now)
    kept.refresh_from_db()
    assert (kept.note, kept.country) == ("After six", "")
    assert [point.normal for point in merged.contact_points.all()] == ["hannah@example.com"]


def test_her_places_in_cases_go_over_and_come_back(
    make_case: Callable[..., Case], kept: Person, merged: Person, senior: User, now: datetime
) -> None:
    shared, own = make_case(), make_case()
    for case, person in ((shared, kept), (shared, merged), (own, merged)):
        Party.objects.create(case=case, person=person, role="witness", capacity="involved", added_at=now)
    before = everything()
    merge = merge_people(kept, merged, by=senior, now=now)
    involved = Party.objects.filter(capacity="involved")
    assert set(involved.filter(person=kept).values_list("case", flat=True)) == {shared.pk, own.pk}
    assert list(involved.filter(person=merged).values_list("case", flat=True)) == [shared.pk]
    undo_merge_people(merge, by=senior, now=now)
    assert everything() == before


def test_a_respondent_of_two_cases_is_a_repeated_one_from_the_merge_until_its_undo(
    make_case: Callable[..., Case], kept: Person, merged: Person, senior: User, now: datetime
) -> None:
    first, second = make_case(), make_case()
    for case, person in ((first, kept), (second, merged)):
        case.parties.filter(capacity="respondent").delete()
        Party.objects.create(case=case, person=person, role="sitter", capacity="respondent", added_at=now)
        place_case(case, now=now)
    alone = Case.objects.get(pk=second.pk).urgent_at
    merge = merge_people(kept, merged, by=senior, now=now)
    assert Case.objects.get(pk=second.pk).urgent_at < alone
    undo_merge_people(merge, by=senior, now=now)
    assert Case.objects.get(pk=second.pk).urgent_at == alone


def test_her_cases_are_found_by_the_names_of_both_records(
    make_case: Callable[..., Case], make_person: Callable[..., Person], senior: User, now: datetime
) -> None:
    kept, merged = make_person("Rosalind Quist"), make_person("Linda Marsh")
    case = make_case()
    Party.objects.create(case=case, person=merged, role="witness", capacity="involved", added_at=now)
    merge = merge_people(kept, merged, by=senior, now=now)
    for name in ("rosalind quist", "linda marsh"):
        assert [found.pk for found in search_cases(parse(name), reader=senior, now=now)] == [case.pk]
    undo_merge_people(merge, by=senior, now=now)
    assert not search_cases(parse("rosalind quist"), reader=senior, now=now)
    assert [found.pk for found in search_cases(parse("linda marsh"), reader=senior, now=now)] == [case.pk]


@pytest.mark.parametrize("address_is_of", ["kept", "merged"])
def test_staff_whose_address_comes_with_a_merge_are_shut_out_of_her_cases_until_its_undo(
    make_case: Callable[..., Case],
    kept: Person,
    merged: Person,
    agent: User,
    senior: User,
    now: datetime,
    address_is_of: str,
) -> None:
    mine, other = (kept, merged) if address_is_of == "kept" else (merged, kept)
    case = make_case()
    take_case(case, by=agent, now=now)
    add_contact_point(mine, kind="email", value=agent.email.upper(), by=senior, now=now)
    Party.objects.create(case=case, person=other, role="witness", capacity="involved", added_at=now)
    merge = merge_people(kept, merged, by=senior, now=now)
    assert not Case.objects.visible_to(agent).filter(pk=case.pk).exists()
    assert Case.objects.get(pk=case.pk).assignee is None
    undo_merge_people(merge, by=senior, now=now)
    assert Case.objects.visible_to(agent).get(pk=case.pk).assignee == agent
    about = Entry.objects.filter(subject_kind="case", subject_id=case.pk, event__startswith="access.")
    assert list(about.order_by("pk").values_list("event", flat=True)) == [
        "access.conflict_declared",
        "access.conflict_withdrawn",
    ]


def test_an_interest_that_stood_before_the_merge_outlives_its_undo(
    make_case: Callable[..., Case], kept: Person, merged: Person, agent: User, senior: User, now: datetime
) -> None:
    add_contact_point(kept, kind="email", value=agent.email, by=senior, now=now)
    case = make_case()
    declare_conflict(case, person=agent, reason="My neighbour.", by=agent, now=now)
    Party.objects.create(case=case, person=merged, role="witness", capacity="involved", added_at=now)
    undo_merge_people(merge_people(kept, merged, by=senior, now=now), by=senior, now=now)
    assert not Case.objects.visible_to(agent).filter(pk=case.pk).exists()


def test_the_trail_of_a_merge_tells_of_no_case(
    make_case: Callable[..., Case], kept: Person, merged: Person, senior: User, now: datetime
) -> None:
    hidden = make_case()
    Case.objects.filter(pk=hidden.pk).update(confidentiality=Level.C4)
    Party.objects.create(case=hidden, person=merged, role="witness", capacity="involved", added_at=now)
    merge_people(kept, merged, by=senior, now=now)
    told = [entry.data for entry in Entry.objects.filter(event__startswith="person.merged")]
    assert sorted(told, key=str) == [{"into": kept.pk}, {"other": merged.pk}]


def test_merges_come_apart_from_the_outside_in(
    make_person: Callable[..., Person], kept: Person, merged: Person, senior: User, now: datetime
) -> None:
    outer = make_person("Hannah W", "third@example.com")
    before = everything()
    first = merge_people(kept, merged, by=senior, now=now)
    second = merge_people(outer, kept, by=senior, now=now)
    assert Person.objects.get(pk=merged.pk).standing == outer
    with pytest.raises(PeopleRefused, match="Take that merge apart first"):
        undo_merge_people(first, by=senior, now=now)
    undo_merge_people(second, by=senior, now=now)
    undo_merge_people(first, by=senior, now=now)
    assert everything() == before


def test_a_merge_is_not_undone_twice(kept: Person, merged: Person, senior: User, now: datetime) -> None:
    merge = undo_merge_people(merge_people(kept, merged, by=senior, now=now), by=senior, now=now)
    with pytest.raises(PeopleRefused, match="already"):
        undo_merge_people(merge, by=senior, now=now)


def test_an_agent_may_not_merge_and_nobody_is_merged_with_herself_or_twice(
    make_person: Callable[..., Person], kept: Person, merged: Person, agent: User, senior: User, now: datetime
) -> None:
    with pytest.raises(PeopleRefused, match="senior"):
        merge_people(kept, merged, by=agent, now=now)
    with pytest.raises(PeopleRefused, match="same record"):
        merge_people(kept, kept, by=senior, now=now)
    merge_people(kept, merged, by=senior, now=now)
    with pytest.raises(PeopleRefused, match="meanwhile"):
        merge_people(make_person("Third"), merged, by=senior, now=now)
    assert PersonMerge.objects.count() == 1


def test_undo_leaves_a_place_where_it_is_that_the_merged_person_has_by_another_way_since(
    make_case: Callable[..., Case], kept: Person, merged: Person, senior: User, now: datetime
) -> None:
    case = make_case()
    facts = {"case": case, "role": "sitter", "capacity": "involved", "added_at": now}
    went = Party.objects.create(person=merged, **facts)
    merge = merge_people(kept, merged, by=senior, now=now)
    came = Party.objects.create(person=merged, **facts)
    undo_merge_people(merge, by=senior, now=now)
    assert list(case.parties.filter(capacity="involved").order_by("pk").values_list("pk", "person")) == [
        (went.pk, kept.pk),
        (came.pk, merged.pk),
    ]
