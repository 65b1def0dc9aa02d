"""Keys of the API: making one, which is shown once, and ending it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from foundation.accounts import operations
from foundation.accounts.forms import KeyForm
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import ApiKey
from foundation.accounts.permissions import Permission
from foundation.accounts.settings_pages import pages_for

MOST = 200


@never_cache
@require_http_methods(["GET", "POST"])
@requires(Permission.KEY_EDIT)
def keys(request: StaffRequest) -> HttpResponse:
    """The keys, newest first. A new one's text stands on the answer to its form and nowhere else."""
    form, secret, now = KeyForm(request.POST or None), "", timezone.now()
    if request.method == "POST" and form.is_valid():
        _key, secret = operations.create_api_key(
            integration_name=form.cleaned_data["integration"],
            scopes=form.cleaned_data["scopes"],
            expires_at=form.expires_at(now),
            allowed_networks=form.cleaned_data["networks"],
            by=request.user,
            now=now,
        )
        form = KeyForm()
    rows = ApiKey.objects.select_related("integration", "created_by").order_by("-pk")[:MOST]
    context = {
        "settings_pages": pages_for(request.user),
        "keys": [(key, key.live(now)) for key in rows],
        "form": form,
        "secret": secret,
        "now": now,
    }
    return render(request, "accounts/keys.html", context, status=422 if form.errors else 201 if secret else 200)


@require_POST
@requires(Permission.KEY_EDIT)
def key_revoke(request: StaffRequest, pk: int) -> HttpResponse:
    key = get_object_or_404(ApiKey, pk=pk)
    operations.revoke_api_key(key, by=request.user, now=timezone.now())
    messages.success(request, _("The key %(prefix)s is revoked.") % {"prefix": key.prefix})
    return redirect("accounts:keys")
