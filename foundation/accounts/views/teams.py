"""Teams: their leads, members and the markets they take."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from foundation.accounts import operations
from foundation.accounts.forms import TeamForm
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import Team
from foundation.accounts.permissions import Permission
from foundation.accounts.policies import StaffChangeRefused
from foundation.accounts.settings_pages import pages_for

MOST = 200


@require_safe
@requires(Permission.TEAM_EDIT)
def teams(request: StaffRequest) -> HttpResponse:
    """Every team with what it takes; one without a lead stands out, because nobody is paged for it."""
    rows = Team.objects.select_related("lead").prefetch_related("routes").annotate(people=Count("memberships"))
    context = {"settings_pages": pages_for(request.user), "teams": rows.order_by("-is_active", "name")[:MOST]}
    return render(request, "accounts/teams.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.TEAM_EDIT)
def team_new(request: StaffRequest) -> HttpResponse:
    form = TeamForm(request.POST or None, initial={"time_zone": request.user.time_zone})
    if request.method == "POST" and form.is_valid():
        try:
            team = operations.create_team(**form.cleaned_data, by=request.user, now=timezone.now())
        except (ValidationError, StaffChangeRefused) as refused:
            _say(form, refused)
        else:
            messages.success(request, _("%(team)s is there.") % {"team": team.name})
            return redirect("accounts:teams")
    context = {"settings_pages": pages_for(request.user), "form": form}
    return render(request, "accounts/team.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.TEAM_EDIT)
def team(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Team, pk=pk)
    form = TeamForm(request.POST or None, team=found)
    if request.method == "POST" and form.is_valid():
        try:
            operations.edit_team(found, **form.cleaned_data, by=request.user, now=timezone.now())
        except (ValidationError, StaffChangeRefused) as refused:
            _say(form, refused)
        else:
            messages.success(request, _("%(team)s is saved.") % {"team": found.name})
            return redirect("accounts:teams")
    context = {"settings_pages": pages_for(request.user), "form": form, "team": found}
    return render(request, "accounts/team.html", context, status=422 if form.errors else 200)


def _say(form: TeamForm, refused: ValidationError | StaffChangeRefused) -> None:
    form.add_error(None, refused if isinstance(refused, ValidationError) else str(refused))
