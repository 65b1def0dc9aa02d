"""Each person's own choice of what the desk tells her, when, and on which phone."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from foundation.accounts.guards import StaffRequest, signed_in
from foundation.notifications.deliveries import ChannelTestNotice, PhoneCodeNotice
from foundation.notifications.forms import TESTED, CodeForm, PhoneForm, PreferencesForm
from foundation.notifications.ledger import own_tests
from foundation.notifications.models import Phone
from foundation.notifications.operations import change_what_reaches
from foundation.notifications.phones import for_reading

TESTS_SHOWN = 6
SHOWN_FOR = timedelta(hours=1)


@require_http_methods(["GET", "POST"])
@signed_in
def preferences(request: StaffRequest) -> HttpResponse:
    """What reaches her on which channel, and her quiet hours."""
    form = PreferencesForm(request.POST if request.method == "POST" else None, reader=request.user)
    if request.method == "POST" and form.is_valid():
        change_what_reaches(wanted=form.wanted, hours=form.quiet_hours, by=request.user, now=timezone.now())
        messages.success(request, _("Saved."))
        return redirect("notifications:preferences")
    return page(request, form=form)


def page(
    request: StaffRequest,
    *,
    form: PreferencesForm | None = None,
    phone_form: PhoneForm | None = None,
    code_form: CodeForm | None = None,
) -> HttpResponse:
    """The page, with whichever of its forms was refused."""
    now = timezone.now()
    phone = Phone.objects.filter(user=request.user).first()
    context = {
        "form": form or PreferencesForm(None, reader=request.user),
        "phone": phone,
        "phone_number": for_reading(phone.number) if phone else "",
        "phone_form": phone_form or PhoneForm(),
        "code_form": code_form or CodeForm(),
        "code_holds": phone is not None and phone.code_until > now,
        "tested": TESTED,
        "tests": own_tests(
            request.user, (ChannelTestNotice.code, PhoneCodeNotice.code), since=now - SHOWN_FOR, limit=TESTS_SHOWN
        ),
        "now": now,
    }
    wrong = any(each is not None and each.errors for each in (form, phone_form, code_form))
    fragment = "#outcomes" if request.headers.get("HX-Request") == "true" and request.method == "GET" else ""
    return render(request, f"notifications/preferences.html{fragment}", context, status=422 if wrong else 200)
