"""Intake: the form an agent fills while she is on the phone."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.drafts import draft_key, draft_of
from cases.intake_forms import IntakeForm
from cases.models import Case, CategoryVersion
from cases.operations.opening import AlreadyReported, open_unless_known
from cases.operations.work import discard_draft, put_draft_aside, take_draft_back
from cases.reports import ReportRefused
from cases.severity import FACTS, suggest
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission


@require_http_methods(["GET", "POST"])
@requires(Permission.CASE_OPEN)
def intake(request: StaffRequest) -> HttpResponse:
    """Show the form with what was typed before, or open the case."""
    user = request.user
    if request.method == "POST":
        form = IntakeForm(request.POST, user=user)
        if form.is_valid() and (opened := _open(request, form)):
            return opened
        return render(request, "cases/intake.html", _context(form, form.data), status=422)
    kept = draft_of(user, draft_key("intake"))
    form = IntakeForm(user=user, initial=_initial(kept) | {"submission": uuid4()})
    return render(request, "cases/intake.html", _context(form, form.initial) | {"kept": bool(kept)})


def _open(request: StaffRequest, form: IntakeForm) -> HttpResponse | None:
    """The page to go to once the case is open; None when it was refused, which the form then says."""
    now, report = timezone.now(), form.report()
    another, on_the_phone = request.POST.get("another", ""), form.cleaned_data["on_the_phone"]
    try:
        case = open_unless_known(report, by=request.user, now=now, on_the_phone=on_the_phone, another_than=another)
    except AlreadyReported as known:
        if not known.same:
            form.ask_whether_another(known.case)
            return None
        messages.info(request, _already_open(known.case))
        return _lead_to(request, known.case)
    except ReportRefused as refused:
        for field, sentences in refused.errors.items():
            for sentence in sentences:
                form.add_error(field if field in form.fields else None, str(sentence))
        return None
    messages.success(request, _("%(reference)s is open.") % {"reference": case.reference})
    return _lead_to(request, case)


def _lead_to(request: StaffRequest, case: Case) -> HttpResponse:
    """Go to the case that holds what was typed; the draft of it is done with."""
    discard_draft(request.user, key=draft_key("intake"))
    return redirect(case)


def _already_open(case: Case) -> str:
    return _("%(reference)s was opened with this already. Nothing was added.") % {"reference": case.reference}


@require_POST
@requires(Permission.CASE_OPEN)
def fresh(request: StaffRequest) -> HttpResponse:
    """Start the form afresh; what was typed waits until that is undone."""
    if put_draft_aside(request.user, key=draft_key("intake"), now=timezone.now()):
        undo = reverse("cases:intake_undo")
        messages.info(request, _("The form is empty again."), extra_tags=f"undo:{undo}")
    return redirect("cases:intake")


@require_POST
@requires(Permission.CASE_OPEN)
def fresh_undo(request: StaffRequest) -> HttpResponse:
    """Give back what was typed before the form was started afresh."""
    take_draft_back(request.user, key=draft_key("intake"), now=timezone.now())
    return redirect("cases:intake")


@require_safe
@requires(Permission.CASE_OPEN)
def suggestion(request: StaffRequest) -> HttpResponse:
    """What the category means, the severity that the facts typed so far suggest, and why."""
    return render(request, "cases/suggestion.html", _category_words(request.GET) | {"is_answer": True})


def _context(form: IntakeForm, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {"form": form, "now": timezone.now(), "draft_key": draft_key("intake"), **_category_words(facts)}


def _category_words(facts: Mapping[str, Any]) -> dict[str, Any]:
    """What is said about the category that was chosen; nothing before that."""
    # As typed, not yet read by the form: the database takes no NUL, not even to look for.
    slug = str(facts.get("category") or "").replace("\x00", "")
    category = CategoryVersion.objects.filter(is_current=True, category__slug=slug).first()
    if category is None:
        return {"suggestion": None, "hint": ""}
    known: dict[str, Any] = {name: facts.get(name) or "" for name in FACTS}
    known["immediate_danger"] = bool(facts.get("immediate_danger"))
    language = get_language() or "en"
    return {"suggestion": suggest(category, known, language=language), "hint": category.hint(language)}


def _initial(kept: Mapping[str, Any]) -> dict[str, Any]:
    """A draft as the form's initial values; ticked boxes are kept as ``name=value``."""
    initial: dict[str, Any] = {}
    for name, value in kept.items():
        field, is_box, choice = name.partition("=")
        if not is_box:
            initial[field] = value
        elif value in (True, "true"):
            initial[field] = True if choice == "on" else [*initial.get(field, []), choice]
    return initial
