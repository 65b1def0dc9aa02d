"""Whoever opened a case here, or broke the glass, reads it and adds notes, contacts and evidence; nothing else."""

import pytest
from django.utils import timezone

from cases.models import CaseLink, Check, Clock, Playbook, Task
from cases.operations.access import break_glass, declare_conflict
from cases.operations.clocks import explain_breach
from cases.operations.contacts import record_contact
from cases.operations.editing import (
    add_party,
    add_reported_party,
    change_severity,
    edit_case,
    move_to_team,
    remove_party,
)
from cases.operations.evidence import add_evidence
from cases.operations.levels import raise_level
from cases.operations.links import link_cases, merge_cases
from cases.operations.moves import MOVES_BY_NAME, mark_duplicate
from cases.operations.work import (
    add_note,
    add_task,
    finish_task,
    reopen_task,
    start_playbook,
    tick_check,
    untick_check,
)
from cases.workflow import CASE_WORKFLOW
from foundation.accounts.permissions import Role
from foundation.workflow.moves import MoveRefused
from people.models import Person
from people.reported import ReportedPerson


@pytest.fixture
def now():
    """The present: sight by grant is judged by the database's own clock."""
    return timezone.now()


@pytest.fixture(params=["opened_here", "glass"])
def reader(request, senior):
    return request.param, senior


@pytest.fixture
def case(make_case, reader, lead, senior, now):
    """A C3 case that a senior reads for a while: she opened it, or broke the glass."""
    how, _senior = reader
    case = make_case(category="assault", by=senior if how == "opened_here" else lead, at=now, received_at=now)
    if how == "glass":
        break_glass(case, reason="She is at the door right now.", by=senior, now=now)
    return case


DEEDS = {
    "edits": lambda case, **k: edit_case(case, version=case.version, changes={"title": "x"}, **k),
    "changes the severity": lambda case, **k: change_severity(case, severity=4, reason="x", **k),
    "moves it to a team": lambda case, **k: move_to_team(case, team=k["by"].own_teams[0], **k),
    "raises the level": lambda case, **k: raise_level(case, level=4, reason="x", **k),
    "adds a party": lambda case, **k: add_party(
        case, person=Person.objects.first(), role="witness", capacity="involved", **k
    ),
    "adds somebody new": lambda case, **k: add_reported_party(
        case, reported=ReportedPerson(name="Zoe", role="witness"), role="witness", capacity="involved", **k
    ),
    "removes a party": lambda case, **k: remove_party(case.parties.first(), **k),
    "adds a task": lambda case, **k: add_task(case, title="x", **k),
    "finishes a task": lambda case, **k: finish_task(Task.objects.get(title="open"), **k),
    "reopens a task": lambda case, **k: reopen_task(Task.objects.get(title="done"), **k),
    "starts a playbook": lambda case, **k: start_playbook(case, playbook=Playbook.objects.first(), **k),
    "ticks a step": lambda case, **k: tick_check(case.checks.first(), **k),
    "takes a tick back": lambda case, **k: untick_check(case.checks.last(), **k),
    "links it": lambda case, **k: link_cases(case, other=CaseLink.objects.get().other, kind="caused_by", **k),
    "links another to it": lambda case, **k: link_cases(
        CaseLink.objects.get().other, other=case, kind="caused_by", **k
    ),
    "merges it": lambda case, **k: merge_cases(case, merged=CaseLink.objects.get().other, **k),
    "closes it as a duplicate": lambda case, **k: mark_duplicate(case, of=CaseLink.objects.get().other, **k),
    "closes another as its duplicate": lambda case, **k: mark_duplicate(CaseLink.objects.get().other, of=case, **k),
    "explains a missed target": lambda case, **k: explain_breach(case.clocks.first(), reason="vet", **k),
    "notes a colleague's interest": lambda case, **k: declare_conflict(case, person=case.team.lead, reason="x", **k),
}


@pytest.fixture
def worked_on(case, make_case, lead, now):
    """The case with one of everything that somebody might change."""
    other = make_case(by=lead, at=now, received_at=now)
    link_cases(case, other=other, kind="related", by=lead, now=now)
    add_task(case, title="open", by=lead, now=now)
    finish_task(add_task(case, title="done", by=lead, now=now), by=lead, now=now)
    tick_check(case.checks.last(), by=lead, now=now)
    Clock.objects.filter(case=case).update(breached_at=now)
    case.refresh_from_db()
    return case


@pytest.mark.parametrize("deed", DEEDS)
def test_she_does_not_change_it(worked_on, senior, now, happened, deed):
    before = happened(worked_on)
    with pytest.raises(MoveRefused, match="You read this case for a while"):
        DEEDS[deed](worked_on, by=senior, now=now)
    assert happened(worked_on) == before


@pytest.mark.parametrize("name", sorted(set(MOVES_BY_NAME) - {"escalate", "hand_over", "close", "reopen", "resume"}))
def test_she_makes_no_move_but_to_call_somebody_or_hand_it_on(worked_on, senior, now, name):
    fields = {
        "assign": {"to": None}, "wait": {"on": "vet"}, "resolve": {"outcome": "helped"},
        "mark_duplicate": {"of": CaseLink.objects.get().other},
    }  # fmt: skip
    type(worked_on).objects.filter(pk=worked_on.pk).update(state=min(CASE_WORKFLOW[name].sources))
    with pytest.raises(MoveRefused, match="You read this case for a while"):
        MOVES_BY_NAME[name](worked_on, by=senior, now=now, **fields.get(name, {}))


def test_she_adds_notes_contacts_and_evidence(case, senior, now, happened, tmp_path, settings):
    settings.STORAGES = settings.STORAGES | {
        "evidence": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(tmp_path)}}
    }
    add_note(case, body="He is calm now.", by=senior, now=now)
    record_contact(case, direction="in", channel="phone", party=None, occurred_at=now, by=senior, now=now)
    add_evidence(case, chunks=[b"A letter."], name="a.txt", by=senior, now=now)
    assert {"note.added", "call.recorded", "evidence.added"} <= set(happened(case))


def test_her_page_shows_what_she_may_not_with_the_reason(worked_on, senior, client, settings):
    settings.DEMO = True
    client.force_login(senior, backend="allauth.account.auth_backends.AuthenticationBackend")
    said = client.get(worked_on.get_absolute_url()).content.decode()
    assert "You read this case for a while. Deciding it is up to its owner and her team." in said
    for path in ("parties/", "links/", "checks/", "tasks/", "merge/", "severity/", "edit/", "breach"):
        assert f"{worked_on.get_absolute_url()}{path}" not in said
    assert said.count('aria-describedby="for-a-while"') >= 7 + Check.objects.filter(case=worked_on).count()
    assert "pane-note" in said
    assert "pane-task" not in said


def test_a_role_that_reads_alone_gets_nothing_to_tick(make_case, lead, make_user, client, settings, now):
    settings.DEMO = True
    legal = make_user("Noor Haddad", Role.LEGAL)
    case = make_case(by=lead, at=now, received_at=now)
    add_task(case, title="Ask the clinic", by=lead, now=now)
    type(case).objects.filter(pk=case.pk).update(flagged_for_legal=True)
    client.force_login(legal, backend="allauth.account.auth_backends.AuthenticationBackend")
    said = client.get(case.get_absolute_url()).content.decode()
    assert "Ask the clinic" in said
    assert '<button class="tick"' not in said
    assert "pane-task" not in said
