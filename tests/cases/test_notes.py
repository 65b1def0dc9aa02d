"""Notes, and whom they mention."""

from uuid import uuid4

import pytest

from cases.drafts import draft_key, draft_of
from cases.models import Note
from cases.operations.work import add_note, save_draft
from foundation.audit.models import Entry
from foundation.notifications.models import OutboxMessage
from foundation.workflow.moves import MoveRefused


def test_a_note_is_kept_and_its_words_are_not_in_the_entry(case, agent, now):
    note = add_note(case, body="  The lock was forced.  ", by=agent, now=now)
    assert note.body == "The lock was forced."
    entry = Entry.objects.get(event="note.added")
    assert "body" in entry.texts
    assert "lock" not in str(entry.data)


def test_sent_twice_it_is_one_note(case, agent, now):
    submission = uuid4()
    first = add_note(case, body="Once.", submission=submission, by=agent, now=now)
    assert add_note(case, body="Once.", submission=submission, by=agent, now=now) == first
    assert Note.objects.count() == 1


def test_two_people_keep_both_notes(case, agent, colleague, now):
    add_note(case, body="Mine.", by=agent, now=now)
    add_note(case, body="His.", by=colleague, now=now)
    assert case.notes.count() == 2


@pytest.mark.parametrize(
    "body",
    [
        "@Tom Becker, look at the gate.",
        "Ask @tom becker.",
        "See @tom.becker@example.com.",
        "(@Tom Becker)",
        "@Tom Becker and again @Tom Becker",
    ],
)
def test_whoever_is_mentioned_is_told_once(case, agent, colleague, now, told, body):
    note = add_note(case, body=body, by=agent, now=now)
    assert list(note.mentions.all()) == [colleague]
    assert told(colleague) == ["mentioned"]


@pytest.mark.parametrize("body", ["@Tom Beckerman", "tom@Tom Becker", "Tom Becker", "@ Tom Becker", "@Nobody Here"])
def test_what_only_looks_like_a_mention_tells_nobody(case, agent, colleague, now, body):
    assert not add_note(case, body=body, by=agent, now=now).mentions.exists()


def test_the_longer_of_two_names_is_meant(case, agent, make_user, team, now):
    make_user("Jo Ann", "agent", team)
    longer = make_user("Jo Ann Lee", "agent", team)
    assert list(add_note(case, body="@Jo Ann Lee has it.", by=agent, now=now).mentions.all()) == [longer]


def test_who_does_not_see_the_case_is_not_told(case, agent, stranger, admin, now):
    note = add_note(case, body="@Lucía Ferrer and @Kit Morgan", by=agent, now=now)
    assert not note.mentions.exists()
    assert not OutboxMessage.objects.filter(recipient__in=[stranger, admin]).exists()


def test_mentioning_herself_tells_nobody(case, agent, now, told):
    add_note(case, body="@Maya Osei", by=agent, now=now)
    assert told(agent) == []


def test_what_she_was_typing_is_done_with(case, agent, now):
    save_draft(agent, key=draft_key("note", case), fields={"note": "The lo"}, now=now)
    add_note(case, body="The lock.", by=agent, now=now)
    assert draft_of(agent, draft_key("note", case)) == {}


@pytest.mark.parametrize("body", ["", "   ", "x" * 20_001, "a\x00b", "a\ud800b"])
def test_a_note_that_cannot_be_kept_is_refused(case, agent, now, body):
    with pytest.raises(MoveRefused):
        add_note(case, body=body, by=agent, now=now)
    assert not Note.objects.exists()


def test_quality_writes_no_note(case, quality, now):
    with pytest.raises(MoveRefused, match="not among what your role"):
        add_note(case, body="Hm.", by=quality, now=now)
