"""What is written on a case page: contacts, notes, tasks, steps of the playbook, and drafts of all of these."""

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.forms import ContactForm, NoteForm, TaskForm
from cases.models import Case, Check, Task
from cases.models.contacts import ContactChannel
from cases.operations.contacts import record_contact as record
from cases.operations.work import (
    add_note,
    add_task,
    finish_task,
    playbook_for,
    reopen_task,
    save_draft,
    start_playbook,
    tick_check,
    untick_check,
)
from cases.policies import can_see
from cases.views.case import case_page
from cases.views.finding import case_or_404
from foundation.accounts.guards import StaffRequest, requires, signed_in
from foundation.accounts.permissions import Permission
from foundation.workflow.moves import MoveRefused


def _case(request: StaffRequest, reference: str) -> Case:
    return case_or_404(request, reference)


@require_POST
@requires(Permission.CONTACT_RECORD)
def contact(request: StaffRequest, reference: str) -> HttpResponse:
    """Put down a word with somebody outside; what was typed comes back when it cannot be kept."""
    case = _case(request, reference)
    now = timezone.now()
    form = ContactForm(request.POST, case=case)
    tab = "call" if request.POST.get("channel") == ContactChannel.PHONE else "contact"
    if not form.is_valid():
        return case_page(request, case, tab=tab, contact_form=form, status=422)
    try:
        kept = record(case, by=request.user, now=now, **form.arguments(now=now))
    except MoveRefused as refused:
        form.add_error(None, str(refused))
        return case_page(request, case, tab=tab, contact_form=form, status=409)
    if kept.case_id == case.pk:
        return redirect(case)
    if not can_see(request.user, kept.case):
        messages.info(request, _("It is kept with the case that this one belongs to."))
        return redirect(case)
    messages.info(request, _("It is kept with %(reference)s.") % {"reference": kept.case.reference})
    return redirect(kept.case)


@require_POST
@requires(Permission.NOTE_WRITE)
def note(request: StaffRequest, reference: str) -> HttpResponse:
    """Add an internal note."""
    case = _case(request, reference)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return case_page(request, case, tab="note", note_form=form, status=422)
    try:
        add_note(
            case,
            body=form.cleaned_data["note"],
            submission=form.cleaned_data["submission"],
            by=request.user,
            now=timezone.now(),
        )
    except MoveRefused as refused:
        form.add_error(None, str(refused))
        return case_page(request, case, tab="note", note_form=form, status=409)
    return redirect(case)


@require_POST
@requires(Permission.TASK_WRITE)
def task(request: StaffRequest, reference: str) -> HttpResponse:
    """Add a task."""
    case = _case(request, reference)
    form = TaskForm(request.POST)
    if not form.is_valid():
        return case_page(request, case, tab="task", task_form=form, status=422)
    try:
        add_task(case, by=request.user, now=timezone.now(), **form.cleaned_data)
    except MoveRefused as refused:
        form.add_error(None, str(refused))
        return case_page(request, case, tab="task", task_form=form, status=409)
    return redirect(case)


@require_POST
@requires(Permission.TASK_WRITE)
def task_done(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Finish a task, or open it again."""
    case = _case(request, reference)
    found = get_object_or_404(Task, case=case, pk=pk)
    deed = finish_task if request.POST.get("done") == "1" else reopen_task
    try:
        deed(found, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
    return redirect(case)


@require_POST
@requires(Permission.TASK_WRITE)
def check(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Tick a step of the playbook, or take the tick back."""
    case = _case(request, reference)
    found = get_object_or_404(Check, case=case, pk=pk)
    deed = tick_check if request.POST.get("done") == "1" else untick_check
    try:
        deed(found, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
    return redirect(case)


@require_POST
@requires(Permission.TASK_WRITE)
def playbook(request: StaffRequest, reference: str) -> HttpResponse:
    """Start the playbook of the case's category, below the steps that it has."""
    case = _case(request, reference)
    incident = getattr(case, "incident", None)
    found = playbook_for(incident.category.category.slug) if incident else None
    if found is None:
        messages.error(request, _("There is no playbook for this category. Nothing was changed."))
        return redirect(case)
    try:
        start_playbook(case, playbook=found, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
    return redirect(case)


@require_POST
@signed_in
def draft(request: StaffRequest) -> JsonResponse:
    """Keep what is being typed, under the key of its form."""
    fields = {
        name: value for name, value in request.POST.items() if name not in ("key", "csrfmiddlewaretoken", "submission")
    }
    try:
        kept = save_draft(request.user, key=request.POST.get("key", ""), fields=fields, now=timezone.now())
    except MoveRefused as refused:
        return JsonResponse({"error": str(refused)}, status=422)
    return JsonResponse({"saved_at": kept.saved_at.isoformat()})
