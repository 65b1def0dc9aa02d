"""The calls that are out, and answering one."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.escalation.calls import find_call, forget_count, open_calls
from foundation.escalation.operations import acknowledge_escalation
from foundation.escalation.storms import storm_for
from foundation.workflow.moves import MoveRefused


@require_safe
@requires(Permission.ESCALATION_ACKNOWLEDGE)
def calls(request: StaffRequest) -> HttpResponse:
    """Who is called for what, since when; polled as the fragment ``calls``."""
    found, now = open_calls(request.user), timezone.now()
    context = {
        "unanswered": [call for call in found if call.waits],
        "answered": [call for call in found if not call.waits],
        "storm": storm_for(request.user, now=now),
        "storm_shown": request.user.may(Permission.ESCALATION_EDIT),
        "now": now,
    }
    fragment = "#calls" if request.headers.get("HX-Request") == "true" else ""
    return render(request, f"escalation/calls.html{fragment}", context)


@require_POST
@requires(Permission.ESCALATION_ACKNOWLEDGE)
def acknowledge(request: StaffRequest, pk: int) -> HttpResponse:
    """Say that she is on it. Whoever comes second is told who was first."""
    escalation = find_call(request.user, pk)
    if escalation is None:
        raise Http404
    try:
        acknowledge_escalation(escalation, by=request.user, now=timezone.now())
    except MoveRefused as refusal:
        messages.warning(request, str(refusal))
    else:
        forget_count(request.user)
        messages.success(request, _("It is yours. Nobody else is called while you work on it."))
    return redirect("escalation:list")
