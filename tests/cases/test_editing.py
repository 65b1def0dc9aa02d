"""Editing a case's details, and what becomes of a write that comes too late."""

import json
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from cases.models import Case, Party
from cases.operations.editing import (
    StaleWrite,
    add_party,
    add_reported_party,
    change_severity,
    edit_case,
    move_to_team,
    remove_party,
)
from cases.operations.moves import assign_case
from cases.search_language import parse
from cases.searching import search_cases
from foundation.audit import payloads
from foundation.audit.models import Entry
from foundation.workflow.moves import MoveRefused
from people.models import Person
from people.operations import merge_people, undo_merge_people
from people.reported import ReportedPerson


@pytest.fixture
def vet(db, now):
    return Person.objects.create(name="Dr. Imke Bos", kind="vet", created_at=now, updated_at=now)


def test_an_edit_is_kept_counted_and_told_of(case, agent, now):
    edited = edit_case(case, version=1, changes={"title": "Five rings", "place": "12 Elm St"}, by=agent, now=now)
    assert (edited.title, edited.incident.place, edited.version) == ("Five rings", "12 Elm St", 2)
    entry = Entry.objects.get(event="case.edited")
    assert entry.data == {"version": 2, "fields": ["place", "title"]}
    before = payloads.read([entry.texts["before"]["payload"]])
    assert json.loads(next(iter(before.values()))) == {"place": "", "title": "Four rings missing after a clean"}


def test_what_did_not_change_is_no_edit(case, agent, now):
    edit_case(case, version=1, changes={"title": case.title}, by=agent, now=now)
    assert not Entry.objects.filter(event="case.edited").exists()


def test_a_late_write_is_refused_with_every_side_of_every_field(case, agent, colleague, now):
    edit_case(case, version=1, changes={"title": "Five rings", "market": "CA"}, by=colleague, now=now)
    edit_case(case, version=2, changes={"title": "Six rings"}, by=colleague, now=now)
    with pytest.raises(StaleWrite) as refused:
        edit_case(case, version=1, changes={"title": "Rings", "place": "Elm St", "market": "CA"}, by=agent, now=now)
    title, place = refused.value.conflicts
    assert (title.field, title.base, title.theirs, title.yours, title.clashes) == (
        "title", "Four rings missing after a clean", "Six rings", "Rings", True,
    )  # fmt: skip
    assert (place.field, place.base, place.theirs, place.yours, place.clashes) == ("place", "", "", "Elm St", False)
    assert str(title.label) == "Title"
    assert "Tom Becker changed this case while you were writing" in str(refused.value)
    case.refresh_from_db()
    assert (case.title, case.incident.place, case.version) == ("Six rings", "", 3)


def test_the_base_of_an_instant_comes_back_as_an_instant(case, agent, colleague, now):
    first, second = now - timedelta(days=2), now - timedelta(days=1)
    edit_case(case, version=1, changes={"occurred_at": first}, by=colleague, now=now)
    edit_case(case, version=2, changes={"occurred_at": second}, by=colleague, now=now)
    with pytest.raises(StaleWrite) as refused:
        edit_case(case, version=2, changes={"occurred_at": now}, by=agent, now=now)
    assert [(diff.base, diff.theirs) for diff in refused.value.conflicts] == [(first, second)]


def test_facts_suggest_the_severity_anew_and_an_untouched_one_follows(make_case, lead, now, happened):
    case = make_case(category="injury-to-person", by=lead)
    assert case.severity == case.severity_suggested > 1
    edited = edit_case(case, version=1, changes={"emergency_care": "person"}, by=lead, now=now)
    assert (edited.severity, edited.severity_suggested) == (1, 1)
    assert "case.severity_changed" in happened(case)
    assert set(case.clocks.values_list("severity", flat=True)) == {1}


def test_an_overridden_severity_stays_whatever_is_suggested(make_case, lead, now):
    case = make_case(category="injury-to-person", by=lead)
    change_severity(case, severity=3, reason="A scratch.", by=lead, now=now)
    edited = edit_case(case, version=1, changes={"emergency_care": "person"}, by=lead, now=now)
    assert (edited.severity, edited.severity_suggested) == (3, 1)


def test_a_category_that_starts_higher_raises_the_level_and_a_lower_one_leaves_it(case, lead, now):
    edited = edit_case(case, version=1, changes={"category": "bite"}, by=lead, now=now)
    assert edited.confidentiality == 2
    assert edit_case(case, version=2, changes={"category": "theft"}, by=lead, now=now).confidentiality == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"category": "nonsense"}, "category"),
        ({"channel": "pigeon"}, "channel"),
        ({"loss_minor": 100}, "loss_currency"),
        ({"loss_minor": -1, "loss_currency": "USD"}, "loss_minor"),
        ({"reference": "TS-1"}, "reference"),
        ({"confidentiality": 1}, "confidentiality"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_its_field_and_nothing_is_saved(case, agent, now, changes, field):
    with pytest.raises(ValidationError) as refused:
        edit_case(case, version=1, changes={"place": "Elm St"} | changes, by=agent, now=now)
    assert set(refused.value.message_dict) == {field}
    assert Case.objects.get(pk=case.pk).version == 1


def test_edited_words_are_found(case, agent, now):
    edit_case(case, version=1, changes={"description": "A sapphire heirloom."}, by=agent, now=now)
    assert list(search_cases(parse("sapphire"), reader=agent, now=now)) == [case]


def test_another_severity_than_the_suggested_needs_a_reason(case, agent, now):
    with pytest.raises(MoveRefused, match="Say why it is not the suggested SEV-3"):
        change_severity(case, severity=1, by=agent, now=now)
    changed = change_severity(case, severity=1, reason="She is alone with him.", by=agent, now=now)
    assert (changed.severity, changed.severity_reason) == (1, "She is alone with him.")
    back = change_severity(case, severity=3, by=agent, now=now)
    assert (back.severity, back.severity_reason) == (3, "")


def test_a_case_moved_to_another_team_waits_in_its_queue(case, agent, colleague, other_team, now, happened):
    assign_case(case, to=colleague, by=agent, now=now)
    with pytest.raises(MoveRefused, match="Taking it from her is a lead's to do"):
        move_to_team(case, team=other_team, by=agent, now=now)
    moved = move_to_team(case, team=other_team, by=colleague, now=now)
    assert (moved.team, moved.assignee) == (other_team, None)
    assert happened(case)[-1] == "case.moved_team"


def test_somebody_gets_a_place_once(case, agent, vet, now):
    first = add_party(case, person=vet, role="vet", capacity="involved", by=agent, now=now)
    assert add_party(case, person=vet, role="vet", capacity="involved", by=agent, now=now) == first


def test_a_record_that_was_merged_meanwhile_gives_the_place_to_the_one_that_stands(case, agent, lead, vet, now):
    again = Person.objects.create(name="Imke Bos", kind="vet", created_at=now, updated_at=now)
    party = add_party(case, person=again, role="vet", capacity="involved", by=agent, now=now)
    merge = merge_people(vet, again, by=lead, now=now)

    assert add_party(case, person=again, role="vet", capacity="involved", by=agent, now=now) == party
    undo_merge_people(merge, by=lead, now=now)

    party.refresh_from_db()
    assert party.person == again


def test_a_case_has_one_reporter(case, agent, vet, now):
    with pytest.raises(MoveRefused, match="The case has a reporter"):
        add_party(case, person=vet, role="vet", capacity="reporter", by=agent, now=now)


def test_somebody_new_whose_place_is_refused_is_not_kept(case, agent, now):
    told = ReportedPerson(name="Dr. Imke Bos", email="imke@example.com", role="vet")
    with pytest.raises(MoveRefused, match="The case has a reporter"):
        add_reported_party(case, reported=told, role="vet", capacity="reporter", by=agent, now=now)
    assert not Person.objects.filter(name="Dr. Imke Bos").exists()

    place = add_reported_party(case, reported=told, role="vet", capacity="involved", by=agent, now=now)
    assert place.person.name == "Dr. Imke Bos"


def test_no_case_is_filed_under_a_group_of_categories(case, agent, now):
    with pytest.raises(ValidationError, match="There is no category"):
        edit_case(case, version=1, changes={"category": "home"}, by=agent, now=now)


def test_a_place_taken_away_is_gone_and_told_of(case, agent, vet, now, happened):
    party = add_party(case, person=vet, role="vet", capacity="involved", by=agent, now=now)
    remove_party(party, by=agent, now=now)
    assert not Party.objects.filter(case=case, person=vet).exists()
    assert happened(case)[-1] == "party.removed"


def test_quality_edits_nothing(case, quality, now):
    with pytest.raises(MoveRefused, match="not among what your role may do"):
        edit_case(case, version=1, changes={"title": "No"}, by=quality, now=now)
