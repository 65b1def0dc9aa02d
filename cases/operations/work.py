"""The work on a case: notes and their drafts, tasks, and the steps of playbooks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from cases import events, notices
from cases.drafts import aside, draft_key, draft_of, is_draft_key
from cases.mentions import mentioned
from cases.models import Case, Check, Draft, Note, Playbook, Task
from cases.operations.search import index_case
from cases.policies import can_see, check_decides, check_finish, check_may, check_see, check_words
from cases.workflow import CaseState
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.escalation.operations import note_activity
from foundation.workflow.moves import MoveRefused

DRAFT_CHARACTERS = 60_000
"""Of all fields of one draft together."""


@transaction.atomic
def add_note(case: Case, *, body: str, submission: UUID | None = None, by: User, now: datetime) -> Note:
    """Write an internal note, and tell those it mentions who see the case. Her draft of a note is done with.

    Sent twice with the same ``submission`` it is one note. Two people who write at once both keep theirs.
    """
    check_may(by, Permission.NOTE_WRITE)
    body = check_words(body, at_most=20_000, needed=_("A note says something."))
    case = Case.objects.locked(case.pk)
    if submission is not None and (known := Note.objects.filter(submission=submission, case=case, by=by).first()):
        return known
    note = Note.objects.create(case=case, body=body, by=by, submission=submission, created_at=now)
    among = User.objects.active() if "@" in body else User.objects.none()
    called = [person for person in mentioned(body, among=among) if person != by and can_see(person, case)]
    note.mentions.set(called)
    entry = trail.record(
        events.NOTE_ADDED, about=case, by=by, note=note.pk, mentions=[person.pk for person in called], body=body
    )  # fmt: skip
    notices.tell(notices.MentionedNotice, case, called, key=entry, by=by, now=now, note=note.pk)
    discard_draft(by, key=draft_key("note", case))
    _worked_on(case, now=now)
    index_case(case)
    return note


@transaction.atomic
def save_draft(user: User, *, key: str, fields: Mapping[str, Any], now: datetime) -> Draft:
    """Keep what somebody is typing under the key of its form. An empty form keeps nothing.

    A draft is its writer's alone and stays hers when she no longer sees the case.
    """
    if not is_draft_key(key):
        raise MoveRefused(_("There is no such form."), code="invalid")
    kept = {
        name: value
        for name, value in fields.items()
        if isinstance(value, str | bool | int | list) and value not in ("", [])
    }
    if sum(len(name) + len(str(value)) for name, value in kept.items()) > DRAFT_CHARACTERS:
        raise MoveRefused(_("This is too long to be kept as a draft."), code="invalid")
    for text in (*kept, *kept.values()):
        if isinstance(text, str) and ("\x00" in text or any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)):
            raise MoveRefused(_("The text holds a character that cannot be stored."), code="invalid")
    draft, _is_new = Draft.objects.update_or_create(user=user, key=key, defaults={"fields": kept, "saved_at": now})
    return draft


@transaction.atomic
def put_draft_aside(user: User, *, key: str, now: datetime) -> bool:
    """Clear a form, so that it can be undone: its draft waits under another key. False when there was none."""
    draft = Draft.objects.select_for_update().filter(user=user, key=key).first()
    if draft is None or not draft.fields:
        return False
    Draft.objects.update_or_create(user=user, key=aside(key), defaults={"fields": draft.fields, "saved_at": now})
    draft.delete()
    return True


@transaction.atomic
def take_draft_back(user: User, *, key: str, now: datetime) -> bool:
    """Undo of put_draft_aside. What was typed into the cleared form since wins. False when there is nothing aside."""
    draft = Draft.objects.select_for_update().filter(user=user, key=aside(key)).first()
    if draft is None:
        return False
    fields = draft.fields | draft_of(user, key)
    Draft.objects.update_or_create(user=user, key=key, defaults={"fields": fields, "saved_at": now})
    draft.delete()
    return True


def discard_draft(user: User, *, key: str) -> None:
    """Forget a draft: it was sent, or its writer threw it away."""
    Draft.objects.filter(user=user, key=key).delete()


@transaction.atomic
def add_task(
    case: Case,
    *,
    title: str,
    assignee: User | None = None,
    due_at: datetime | None = None,
    submission: UUID | None = None,
    by: User,
    now: datetime,
) -> Task:
    """Add something to do. Whoever gets it sees the case, and is told. Sent twice with one ``submission`` it is one task."""
    check_may(by, Permission.TASK_WRITE)
    title = check_words(title, at_most=200, needed=_("A task says what to do."))
    case = Case.objects.locked(case.pk)
    check_decides(case, by=by)
    if submission is not None and (known := Task.objects.filter(submission=submission, case=case).first()):
        return known
    if assignee is not None:
        check_see(assignee, case)
    task = Task.objects.create(
        case=case, title=title, assignee=assignee, due_at=due_at, created_at=now, created_by=by, submission=submission
    )  # fmt: skip
    entry = trail.record(
        events.TASK_ADDED, about=case, by=by, task=task.pk, to=assignee and assignee.pk, due_at=due_at, title=title
    )  # fmt: skip
    notices.tell(notices.TaskGivenNotice, case, [assignee], key=entry, by=by, now=now, task=task.pk)
    _worked_on(case, now=now)
    return task


@transaction.atomic
def finish_task(task: Task, *, by: User, now: datetime) -> Task:
    """Mark a task done. Raises MoveRefused, saying who and when, where somebody else was first."""
    check_may(by, Permission.TASK_WRITE)
    case = Case.objects.locked(task.case_id)
    check_decides(case, by=by)
    task = Task.objects.select_for_update(of=("self",)).select_related("done_by").get(pk=task.pk)
    if task.done_by_id == by.pk:
        return task
    check_finish(task)
    task.done_at = now
    task.done_by = by
    task.save(update_fields=["done_at", "done_by"])
    trail.record(events.TASK_DONE, about=case, by=by, task=task.pk, title=task.title)
    _worked_on(case, now=now)
    return task


@transaction.atomic
def reopen_task(task: Task, *, by: User, now: datetime) -> Task:
    """Undo a task's being done; when it is due again in the future somebody is reminded again."""
    check_may(by, Permission.TASK_WRITE)
    case = Case.objects.locked(task.case_id)
    check_decides(case, by=by)
    task = Task.objects.select_for_update(of=("self",)).get(pk=task.pk)
    if task.done_at is None:
        return task
    task.done_at = None
    task.done_by = None
    if task.due_at is not None and task.due_at > now:
        task.reminded_at = None
    task.save(update_fields=["done_at", "done_by", "reminded_at"])
    trail.record(events.TASK_REOPENED, about=case, by=by, task=task.pk, title=task.title)
    _worked_on(case, now=now)
    return task


def playbooks_for(category: str) -> QuerySet[Playbook]:
    """The playbooks that fit a category, given by slug."""
    return Playbook.objects.filter(Q(categories__contains=[category]) | Q(categories=[]), is_active=True)


def playbook_for(category: str) -> Playbook | None:
    """The playbook that a case of this category starts with."""
    return playbooks_for(category).order_by("position", "pk").first()


@transaction.atomic
def start_playbook(case: Case, *, playbook: Playbook, by: Acting, now: datetime) -> list[Check]:
    """Put the steps of a playbook on the case, below those it has. A playbook is started once."""
    check_may(by, Permission.TASK_WRITE)
    case = Case.objects.locked(case.pk)
    check_decides(case, by=by)
    started = list(case.checks.filter(item__playbook=playbook))
    if started:
        return started
    return _add_steps(case, playbook, by=by)


def follow_category(case: Case, *, category: str, by: Acting, now: datetime) -> None:
    """Put the playbook of a new category in the place of the one before, on a locked case that is open.

    Once a step is ticked the case keeps what it has: its page then offers the new playbook beside it.
    """
    playbook = playbook_for(category) if case.state not in (CaseState.RESOLVED, CaseState.CLOSED) else None
    if playbook is None or case.checks.filter(Q(ticked_at__isnull=False) | Q(item__playbook=playbook)).exists():
        return
    case.checks.all().delete()
    _add_steps(case, playbook, by=by)


def _add_steps(case: Case, playbook: Playbook, *, by: Acting) -> list[Check]:
    last = case.checks.aggregate(last=Max("position"))["last"] or 0
    checks = Check.objects.bulk_create(
        Check(case=case, item=item, position=last + number, texts=item.texts, is_gate=item.is_gate)
        for number, item in enumerate(playbook.items.all(), start=1)
    )
    trail.record(events.PLAYBOOK_STARTED, about=case, by=by, playbook=playbook.slug, steps=len(checks))
    return checks


@transaction.atomic
def tick_check(check: Check, *, by: User, now: datetime) -> Check:
    """Tick a step. One that is ticked stays as it is, with who ticked it first."""
    check_may(by, Permission.TASK_WRITE)
    case, check = _locked_check(check, by=by)
    if check.ticked_at is not None:
        return check
    check.ticked_at = now
    check.ticked_by = by
    check.save(update_fields=["ticked_at", "ticked_by"])
    trail.record(events.CHECK_TICKED, about=case, by=by, check=check.pk, item=check.text()[:200])
    _worked_on(case, now=now)
    return check


@transaction.atomic
def untick_check(check: Check, *, by: User, now: datetime) -> Check:
    """Take a tick back."""
    check_may(by, Permission.TASK_WRITE)
    case, check = _locked_check(check, by=by)
    if check.ticked_at is None:
        return check
    check.ticked_at = None
    check.ticked_by = None
    check.save(update_fields=["ticked_at", "ticked_by"])
    trail.record(events.CHECK_UNTICKED, about=case, by=by, check=check.pk, item=check.text()[:200])
    _worked_on(case, now=now)
    return check


def _locked_check(check: Check, *, by: User) -> tuple[Case, Check]:
    case = Case.objects.locked(check.case_id)
    check_decides(case, by=by)
    return case, Check.objects.select_for_update(of=("self",)).get(pk=check.pk)


def _worked_on(case: Case, *, now: datetime) -> None:
    """Somebody worked on the case: whoever acknowledged an escalation of it keeps it longer."""
    Case.objects.filter(pk=case.pk).update(updated_at=now)
    note_activity(case.subject, now=now)
