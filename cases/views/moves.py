"""The moves of a case made from its page."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.forms import MOVE_FORMS, BreachReasonForm
from cases.models import Case, Clock
from cases.operations.clocks import explain_breach
from cases.operations.moves import MOVES_BY_NAME, accept_hand_over, decline_hand_over
from cases.views.case import case_page
from cases.views.finding import case_or_404
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.workflow.moves import MoveRefused


@require_POST
@requires(Permission.CASE_VIEW)
def move(request: StaffRequest, reference: str) -> HttpResponse:
    """Make the move that the button names. The workflow's table decides whether her role may."""
    case = case_or_404(request, reference)
    name = request.POST.get("move", "")
    if name not in MOVE_FORMS:
        messages.error(request, _("There is no such move. Nothing was changed."))
        return redirect(case)
    form = MOVE_FORMS[name](request.POST, case=case, reader=request.user)
    if not form.is_valid():
        return case_page(request, case, open_move=name, move_form=form, status=422)
    try:
        MOVES_BY_NAME[name](case, by=request.user, now=timezone.now(), **form.cleaned_data)
    except MoveRefused as refused:
        form.add_error(None, str(refused))
        return case_page(request, case, open_move=name, move_form=form, status=409)
    if not Case.objects.visible_to(request.user).filter(pk=case.pk).exists():
        messages.success(request, _("Done. You do not see %(reference)s any more.") % {"reference": case.reference})
        return redirect("cases:queue")
    return redirect(case)


@require_POST
@requires(Permission.CASE_TAKE)
def hand_over_answer(request: StaffRequest, reference: str) -> HttpResponse:
    """Accept or decline the case that was offered."""
    case = case_or_404(request, reference)
    answer = accept_hand_over if request.POST.get("answer") == "accept" else decline_hand_over
    try:
        answer(case, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
    if not Case.objects.visible_to(request.user).filter(pk=case.pk).exists():
        return redirect("cases:queue")
    return redirect(case)


@require_POST
@requires(Permission.CASE_TRIAGE)
def breach_reason(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Say why a target was missed."""
    case = case_or_404(request, reference)
    clock = get_object_or_404(Clock, case=case, pk=pk)
    form = BreachReasonForm(request.POST)
    if form.is_valid():
        try:
            explain_breach(clock, reason=form.cleaned_data["reason"], by=request.user, now=timezone.now())
        except MoveRefused as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, _("Choose why it was missed."))
    return redirect(case)
