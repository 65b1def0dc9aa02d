"""Each person's own choice of what the desk tells her, and when."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.accounts.guards import StaffRequest, signed_in
from foundation.notifications.forms import PreferencesForm
from foundation.notifications.operations import change_what_reaches


@require_http_methods(["GET", "POST"])
@signed_in
def preferences(request: StaffRequest) -> HttpResponse:
    """What reaches her on which channel, and her quiet hours."""
    form = PreferencesForm(request.POST if request.method == "POST" else None, reader=request.user)
    if request.method == "POST" and form.is_valid():
        change_what_reaches(wanted=form.wanted, hours=form.quiet_hours, by=request.user, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("notifications:preferences")
    return render(request, "notifications/preferences.html", {"form": form}, status=422 if form.errors else 200)
