"""The demo's mail page: what would have been in the reader's mailbox."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from foundation.accounts.guards import StaffRequest, signed_in
from foundation.notifications.demo_mail import mail_to, mails_to

SHOWN = 100


@require_safe
@signed_in
def mails(request: StaffRequest) -> HttpResponse:
    """Mail to the reader alone, newest first."""
    found = mails_to(request.user, settings.MAIL_DIRECTORY)[:SHOWN]
    return render(request, "notifications/demo_mails.html", {"mails": found, "now": timezone.now()})


@require_safe
@signed_in
def mail(request: StaffRequest, name: str) -> HttpResponse:
    """One mail whole, headers included."""
    found = mail_to(request.user, settings.MAIL_DIRECTORY, name)
    if found is None:
        raise Http404
    return render(request, "notifications/demo_mail.html", {"mail": found, "now": timezone.now()})
