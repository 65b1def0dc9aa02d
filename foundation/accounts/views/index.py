from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.accounts.settings_pages import pages_for


@require_safe
@requires(Permission.SETTINGS_VIEW)
def index(request: StaffRequest) -> HttpResponse:
    """What can be set, as far as the reader may."""
    return render(request, "accounts/settings.html", {"settings_pages": pages_for(request.user)})
