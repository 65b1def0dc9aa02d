"""What is each person's own: how the desk looks to her, and her sessions."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from foundation.accounts import operations
from foundation.accounts.forms import PreferencesForm
from foundation.accounts.guards import StaffRequest, signed_in


@require_http_methods(["GET", "POST"])
@signed_in
def me(request: StaffRequest) -> HttpResponse:
    """Her language, zone, theme and shortcuts. A language that this browser had chosen gives way to the new one."""
    user = request.user
    initial = {name: getattr(user, name) for name in ("language", "time_zone", "theme", "shortcuts")}
    form = PreferencesForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        operations.change_preferences(user, by=user, now=timezone.now(), **form.cleaned_data)
        with override(form.cleaned_data["language"]):
            messages.success(request, _("Saved."))
        response = redirect("accounts:me")
        response.delete_cookie(settings.LANGUAGE_COOKIE_NAME, samesite="Lax")
        return response
    return render(request, "accounts/me.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
@signed_in
def sessions_end(request: StaffRequest) -> HttpResponse:
    """Sign her out everywhere, here too."""
    operations.end_sessions(request.user, by=request.user, now=timezone.now())
    return redirect("account_login")
