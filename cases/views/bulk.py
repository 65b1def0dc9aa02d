"""Deeds on the cases that are ticked in the queue: one result a row, and undo."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from cases.detail_forms import BulkSeverityForm
from cases.models import Case
from cases.operations.bulk import LIMIT, Result, bulk_assign, bulk_link, bulk_severity, bulk_wait, undo_bulk
from cases.search_language import MAX_LENGTH
from cases.workflow import WaitingOn
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission

SESSION_KEY = "bulk"


@require_POST
@requires(Permission.CASE_TRIAGE)
def bulk(request: StaffRequest) -> HttpResponse:
    """Do one deed on the ticked cases and come back with what became of each."""
    cases = _ticked(request)
    if not cases:
        messages.info(request, _("No case is ticked."))
        return _back(request)
    results = _do(request, cases)
    if results is not None:
        request.session[SESSION_KEY] = _summary(results)
    return _back(request)


@require_POST
@requires(Permission.CASE_TRIAGE)
def bulk_undo(request: StaffRequest) -> HttpResponse:
    """Undo the last bulk deed of this session, case by case."""
    kept = request.session.pop(SESSION_KEY, None) or {}
    back = kept.get("undo") or {}
    cases = list(Case.objects.visible_to(request.user).filter(reference__in=list(back)[:LIMIT]))
    results = undo_bulk(cases, back=back, by=request.user, now=timezone.now())
    done = sum(result.done for result in results)
    refused = " ".join(result.sentence for result in results if not result.done)
    said = ngettext("%(n)d case put back.", "%(n)d cases put back.", done) % {"n": done}
    (messages.warning if refused else messages.success)(request, f"{said} {refused}".strip())
    return _back(request)


def _do(request: StaffRequest, cases: list[Case]) -> list[Result] | None:
    """The results of the deed that the form names; None when the form leaves something out, which it then says."""
    now = timezone.now()
    match request.POST.get("deed"):
        case "assign":
            to = User.objects.active().filter(pk=number_of(request.POST.get("to"))).first()
            if to is not None:
                return bulk_assign(cases, to=to, by=request.user, now=now)
            messages.error(request, _("Choose whom to assign to. Nothing was changed."))
        case "severity":
            form = BulkSeverityForm(request.POST)
            if form.is_valid():
                return bulk_severity(cases, by=request.user, now=now, **form.cleaned_data)
            messages.error(request, " ".join(str(sentence) for each in form.errors.values() for sentence in each))
        case "wait":
            on = request.POST.get("on", "")
            if on in WaitingOn.values:
                return bulk_wait(cases, on=on, by=request.user, now=now)
            messages.error(request, _("Choose whom to wait for. Nothing was changed."))
        case "link":
            if len(cases) > 1:
                return bulk_link(cases, by=request.user, now=now)
            messages.error(request, _("Tick two cases or more to link them. Nothing was changed."))
        case _:
            messages.error(request, _("No deed was chosen. Nothing was changed."))
    return None


def _ticked(request: StaffRequest) -> list[Case]:
    """The ticked cases that the reader sees, in the order they were ticked; at most LIMIT."""
    numbers = [number for number in map(number_of, request.POST.getlist("case")[:LIMIT]) if number]
    found = Case.objects.visible_to(request.user).in_bulk(numbers)
    return [found[number] for number in numbers if number in found]


def _summary(results: list[Result]) -> dict[str, Any]:
    done = [result for result in results if result.done]
    said = _("Done on %(done)d of %(all)d.") % {"done": len(done), "all": len(results)}
    refused = [{"reference": result.reference, "sentence": result.sentence} for result in results if not result.done]
    if len(refused) == 1:
        said = f"{said} {refused[0]['reference']}: {refused[0]['sentence']}"
    return {"summary": said, "refused": refused, "undo": {result.reference: result.back for result in done}}


def number_of(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 18 else 0


def _back(request: StaffRequest) -> HttpResponse:
    """To the list that was ticked in. The deed is done by now: no text, however long, may keep the answer from her."""
    return redirect(f"{reverse('cases:queue')}?{urlencode({'q': request.POST.get('q', 'is:open')[:MAX_LENGTH]})}")
