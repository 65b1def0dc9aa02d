"""Drafts: what somebody was typing."""

import pytest

from cases.drafts import draft_key, draft_of
from cases.models import Draft
from cases.operations.work import discard_draft, put_draft_aside, save_draft, take_draft_back
from foundation.workflow.moves import MoveRefused


def test_a_draft_comes_back_where_it_was_typed(case, agent, now):
    save_draft(agent, key=draft_key("note", case), fields={"note": "The lo"}, now=now)
    save_draft(agent, key=draft_key("note", case), fields={"note": "The lock"}, now=now)
    assert draft_of(agent, draft_key("note", case)) == {"note": "The lock"}
    assert Draft.objects.count() == 1


def test_a_draft_of_one_kind_never_comes_back_in_another(make_case, agent, now):
    case, other = make_case(), make_case()
    save_draft(agent, key=draft_key("note", case), fields={"note": "Internal."}, now=now)
    assert draft_of(agent, draft_key("contact", case)) == {}
    assert draft_of(agent, draft_key("note", other)) == {}


def test_a_draft_is_its_writers_alone(case, agent, colleague, now):
    save_draft(agent, key=draft_key("note", case), fields={"note": "Mine."}, now=now)
    assert draft_of(colleague, draft_key("note", case)) == {}


def test_thrown_away_it_is_gone(case, agent, now):
    save_draft(agent, key=draft_key("note", case), fields={"note": "No."}, now=now)
    discard_draft(agent, key=draft_key("note", case))
    assert not Draft.objects.exists()


def test_put_aside_it_can_be_taken_back(case, agent, now):
    key = draft_key("note", case)
    save_draft(agent, key=key, fields={"note": "The lock"}, now=now)
    assert put_draft_aside(agent, key=key, now=now)
    assert draft_of(agent, key) == {}
    assert take_draft_back(agent, key=key, now=now)
    assert draft_of(agent, key) == {"note": "The lock"}
    assert not take_draft_back(agent, key=key, now=now)


def test_what_was_typed_since_wins_over_what_is_taken_back(agent, now):
    save_draft(agent, key="intake", fields={"title": "Cat ran off", "place": "The yard"}, now=now)
    put_draft_aside(agent, key="intake", now=now)
    save_draft(agent, key="intake", fields={"title": "Dog ran off"}, now=now)
    take_draft_back(agent, key="intake", now=now)
    assert draft_of(agent, "intake") == {"title": "Dog ran off", "place": "The yard"}


def test_an_empty_form_is_not_put_aside_over_what_lies_there(agent, now):
    save_draft(agent, key="intake", fields={"title": "Cat ran off"}, now=now)
    put_draft_aside(agent, key="intake", now=now)
    assert not put_draft_aside(agent, key="intake", now=now)
    assert take_draft_back(agent, key="intake", now=now)


def test_an_emptied_form_keeps_nothing(case, agent, now):
    key = draft_key("note", case)
    save_draft(agent, key=key, fields={"note": "Was something."}, now=now)
    save_draft(agent, key=key, fields={"note": ""}, now=now)
    assert draft_of(agent, key) == {}


def test_there_is_no_draft_of_an_unknown_kind(case):
    with pytest.raises(ValueError, match="spell"):
        draft_key("spell", case)


@pytest.mark.parametrize("fields", [{"note": "x" * 60_001}, {"note": "a\x00"}, {"note": "\udfff"}, {"no\x00te": "a"}])
def test_what_cannot_be_stored_is_refused(case, agent, now, fields):
    with pytest.raises(MoveRefused):
        save_draft(agent, key=draft_key("note", case), fields=fields, now=now)


@pytest.mark.parametrize(
    "key", ["", "case:1:spell", "x" * 200, "note\x00", "case:999999999999999999999:note", "intake:aside"]
)
def test_a_key_that_names_no_form_is_refused(agent, now, key):
    with pytest.raises(MoveRefused, match="no such form"):
        save_draft(agent, key=key, fields={"note": "Hm."}, now=now)
