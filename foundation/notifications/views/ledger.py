"""The ledger of deliveries."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.accounts.settings_pages import pages_for
from foundation.notifications.forms import LedgerForm
from foundation.notifications.ledger import people_of, read_ledger


@require_safe
@requires(Permission.SETTINGS_VIEW)
def ledger(request: StaffRequest) -> HttpResponse:
    """What was sent to whom and what became of it, newest first, by state, channel and person."""
    form = LedgerForm(request.GET, people=people_of(request.user))
    page = read_ledger(request.user, form.wanted, before=form.start)
    kept = {name: request.GET[name] for name in ("state", "channel", "person") if request.GET.get(name)}
    context = {
        "settings_pages": pages_for(request.user),
        "form": form,
        "page": page,
        "is_filtered": bool(kept),
        "older": f"{reverse('notifications:ledger')}?{urlencode(kept | {'before': page.before})}"
        if page.before
        else "",
        "now": timezone.now(),
    }
    return render(request, "notifications/ledger.html", context)
