"""The inbox at the desk, and the count on its bell."""

from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.guards import StaffRequest, signed_in
from foundation.notifications.forms import ReadForm
from foundation.notifications.inbox import COUNTED, count_unread, read_inbox
from foundation.notifications.operations import mark_all_read, mark_read


@require_safe
@signed_in
def inbox(request: StaffRequest) -> HttpResponse:
    """What she was told, newest first."""
    before = request.GET.get("before", "")
    only_unread = request.GET.get("show") == "unread"
    page = read_inbox(request.user, before=int(before) if before.isdecimal() else None, unread=only_unread)
    context = {
        "page": page,
        "older": _older(page.before, only_unread=only_unread),
        "only_unread": only_unread,
        "unread": count_unread(request.user),
        "now": timezone.now(),
    }
    return render(request, "notifications/inbox.html", context)


@require_safe
@signed_in
def unread(request: StaffRequest) -> HttpResponse:
    """The number on the bell, polled."""
    return render(request, "notifications/unread.html", {"unread": count_unread(request.user), "counted": COUNTED})


@require_POST
@signed_in
def read(request: StaffRequest) -> HttpResponse:
    """Mark one item read, or all that the page could show."""
    form = ReadForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Nothing was marked: say which."))
        return redirect("notifications:inbox")
    now = timezone.now()
    if form.cleaned_data["up_to"] is not None:
        marked = mark_all_read(by=request.user, now=now, up_to=form.cleaned_data["up_to"])
    else:
        marked = mark_read([form.cleaned_data["item"]], by=request.user, now=now)
    if marked:
        messages.success(request, ngettext("%(n)d marked read.", "%(n)d marked read.", marked) % {"n": marked})
    return redirect("notifications:inbox")


def _older(before: int | None, *, only_unread: bool) -> str:
    if before is None:
        return ""
    query = {"before": before} | ({"show": "unread"} if only_unread else {})
    return f"{reverse('notifications:inbox')}?{urlencode(query)}"
