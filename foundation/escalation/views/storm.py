"""The banner of a storm, for leads: polled with the pages it stands on, and folded for an hour."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.guards import StaffRequest, page_of, requires
from foundation.accounts.permissions import Permission
from foundation.escalation.storms import fold_storm, storm_for


@require_safe
@requires(Permission.ESCALATION_EDIT)
def storm(request: StaffRequest) -> HttpResponse:
    """The banner alone; empty while there is no storm."""
    found = storm_for(request.user, now=timezone.now())
    return render(request, "escalation/storm.html", {"storm": found, "storm_shown": True})


@require_POST
@requires(Permission.ESCALATION_EDIT)
def fold(request: StaffRequest) -> HttpResponse:
    fold_storm(request.user)
    messages.success(request, _("Folded for an hour."))
    return redirect(page_of(request))
