"""Changing what a case says: its details, severity, level, team and parties."""

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from cases.detail_forms import DetailForm, LevelForm, PartyForm, SeverityForm, TeamForm, details_of
from cases.models import Case, Party
from cases.operations.access import conflicts_left
from cases.operations.editing import (
    FieldDiff,
    StaleWrite,
    add_party,
    add_reported_party,
    change_severity,
    edit_case,
    move_to_team,
    remove_party,
)
from cases.operations.levels import lower_level, raise_level
from cases.policies import can_withdraw_conflict
from cases.querysets import CaseQuerySet
from cases.reading import note_reading
from cases.views.case import CONFLICT, case_page
from cases.views.finding import case_or_404
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.workflow.moves import MoveRefused
from people.reported import ReportedPerson


def _case(request: StaffRequest, reference: str) -> Case:
    return case_or_404(request, reference, CaseQuerySet(Case).select_related("incident"))


@require_http_methods(["GET", "POST"])
@requires(Permission.CASE_TRIAGE)
def edit(request: StaffRequest, reference: str) -> HttpResponse:
    """The details as a form. When somebody saved first: what was, what is now and what was typed, field by field."""
    case = _case(request, reference)
    if request.method == "GET":
        return _form(request, case, DetailForm(initial=details_of(case)))
    form = DetailForm(_chosen(request.POST, case))
    if not form.is_valid():
        return _form(request, case, form, status=422)
    try:
        edit_case(
            case, version=form.cleaned_data["version"], changes=form.changes(), by=request.user, now=timezone.now()
        )
    except StaleWrite as stale:
        return _form(request, case, form, status=409, conflict=_conflict(request, stale))
    except ValidationError as refused:
        for name, sentences in refused.message_dict.items():
            form.add_error({"loss_minor": "loss"}.get(name, name), sentences)
        return _form(request, case, form, status=422)
    except MoveRefused as refused:
        form.add_error(None, str(refused))
        return _form(request, case, form, status=409)
    messages.success(request, _("The details are saved."))
    return redirect(case)


def _form(
    request: StaffRequest, case: Case, form: DetailForm, *, status: int = 200, conflict: Mapping[str, Any] | None = None
) -> HttpResponse:
    if status == CONFLICT:
        case = _case(request, case.reference)
    now = timezone.now()
    note_reading(case, reader=request.user, now=now)
    context = {"case": case, "form": form, "conflict": conflict, "now": now}
    return render(request, "cases/edit.html", context, status=status)


def _chosen(posted: Any, case: Case) -> Any:
    """What was posted; where the field diff was answered with "theirs", the case's own value."""
    data = posted.copy()
    kept = [
        name.removeprefix("keep-") for name, choice in posted.items() if name.startswith("keep-") and choice == "theirs"
    ]
    if kept:
        now = details_of(case)
        for name in kept:
            value = now.get(name)
            if isinstance(value, list):
                data.setlist(name, value)
            elif isinstance(value, bool):
                data.pop(name, None)
                if value:
                    data[name] = "on"
            else:
                data[name] = "" if value is None else value
    return data


def _conflict(request: StaffRequest, stale: StaleWrite) -> dict[str, Any]:
    """The field diff for parts/conflict.html: every field in doubt as a choice, every other one as it was typed."""
    doubtful = {_form_name(diff): diff for diff in stale.conflicts}
    hidden = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in doubtful and name not in ("csrfmiddlewaretoken", "version") and not name.startswith("keep-")
    ]
    return {
        "by": ", ".join(person.name for person in stale.changed_by) or _("Somebody"),
        "at": stale.current.updated_at,
        "fields": [
            {
                "name": name,
                "label": diff.label,
                "was": _said(diff.base),
                "theirs": _said(diff.theirs),
                "yours": _said(diff.yours),
                "raw": request.POST.get(name, ""),
            }
            for name, diff in doubtful.items()
        ],
        "hidden": hidden,
        "version": stale.current.version,
        "action": request.path,
        "back": stale.current.get_absolute_url(),
    }


def _form_name(diff: FieldDiff) -> str:
    return "loss" if diff.field == "loss_minor" else diff.field


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value)


@require_POST
@requires(Permission.CASE_TRIAGE)
def severity(request: StaffRequest, reference: str) -> HttpResponse:
    """Override the severity, with a reason."""
    return _do(request, reference, "severity", SeverityForm(request.POST, auto_id="severity-%s"), change_severity)


@require_POST
@requires(Permission.CASE_RAISE_LEVEL)
def level(request: StaffRequest, reference: str) -> HttpResponse:
    """Raise the level, or lower it where the role may."""
    form = LevelForm(request.POST, auto_id="level-%s")

    def change(case: Case, **fields: Any) -> object:
        return (raise_level if fields["level"] > case.confidentiality else lower_level)(case, **fields)

    return _do(request, reference, "level", form, change)


@require_POST
@requires(Permission.CASE_TRIAGE)
def team(request: StaffRequest, reference: str) -> HttpResponse:
    """Send the case to another team's queue."""
    return _do(request, reference, "team", TeamForm(request.POST, auto_id="team-%s"), move_to_team)


@require_POST
@requires(Permission.CASE_TRIAGE)
def party_add(request: StaffRequest, reference: str) -> HttpResponse:
    """Give somebody, known or new, a place in the case."""

    def add(case: Case, *, by: Any, now: Any, **fields: Any) -> object:
        place = {"role": fields["role"], "capacity": fields["capacity"], "by": by, "now": now}
        if fields["person"]:
            return add_party(case, person=fields["person"], **place)
        reported = ReportedPerson(
            name=fields["name"],
            phone=fields["phone"],
            email=fields["email"],
            role=fields["role"],
            country=case.market,
        )
        return add_reported_party(case, reported=reported, **place)

    return _do(request, reference, "party", PartyForm(request.POST, reader=request.user, auto_id="party-%s"), add)


@require_POST
@requires(Permission.CASE_TRIAGE)
def party_remove(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Take somebody's place in the case away."""
    case = _case(request, reference)
    party = get_object_or_404(Party, case=case, pk=pk)
    try:
        remove_party(party, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
        return redirect(case)
    left = list(conflicts_left(case).filter(noted_for=party.person_id).select_related("case", "user"))
    if not left:
        return redirect(case)
    names = ", ".join(conflict.user.name for conflict in left)
    messages.warning(
        request, _("For that place alone the case is shut to %(names)s. A lead can open it again.") % {"names": names}
    )
    if any(can_withdraw_conflict(conflict, by=request.user) for conflict in left):
        return redirect(f"{reverse('cases:access', args=[reference])}#interests")
    return redirect(case)


def _do(request: StaffRequest, reference: str, name: str, form: Form, deed: Callable[..., object]) -> HttpResponse:
    """Run a deed with what a small form of the case page holds; what cannot be done comes back as it was typed."""
    case = _case(request, reference)
    if not form.is_valid():
        return case_page(request, case, detail_forms={name: form}, status=422)
    try:
        deed(case, by=request.user, now=timezone.now(), **form.cleaned_data)
    except MoveRefused as refused:
        form.add_error(None, str(refused))
    if not Case.objects.visible_to(request.user).filter(pk=case.pk).exists():
        messages.info(request, _("You do not see %(reference)s any more.") % {"reference": case.reference})
        return redirect(reverse("cases:queue"))
    if form.errors:
        return case_page(request, case, detail_forms={name: form}, status=409)
    return redirect(case)
