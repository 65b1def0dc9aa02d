"""Each person's own phone, and a test of what reaches her."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from foundation.accounts.guards import StaffRequest, signed_in
from foundation.notifications.forms import TESTED, CodeForm, PhoneForm
from foundation.notifications.operations import give_phone, prove_phone, remove_phone, send_test
from foundation.notifications.views.preferences import page


@require_POST
@signed_in
def give(request: StaffRequest) -> HttpResponse:
    """Keep a number and send a code to it."""
    form = PhoneForm(request.POST)
    if form.is_valid():
        try:
            give_phone(form.cleaned_data["number"], by=request.user, now=timezone.now())
        except ValidationError as refused:
            form.add_error("number", refused)
        else:
            messages.success(request, _("A code is on its way to that number."))
            return redirect("notifications:preferences")
    return page(request, phone_form=form)


@require_POST
@signed_in
def prove(request: StaffRequest) -> HttpResponse:
    """Take the code."""
    form = CodeForm(request.POST)
    if form.is_valid():
        try:
            phone = prove_phone(form.cleaned_data["code"], by=request.user, now=timezone.now())
        except ValidationError as refused:
            form.add_error("code", refused)
        else:
            if phone.verified_at is not None:
                messages.success(request, _("The number is verified. SMS and calls reach you there."))
                return redirect("notifications:preferences")
            form.add_error("code", _("That is not the code that was sent last."))
    return page(request, code_form=form)


@require_POST
@signed_in
def remove(request: StaffRequest) -> HttpResponse:
    if remove_phone(by=request.user, now=timezone.now()):
        messages.success(request, _("The number is gone. What would go there comes by mail."))
    return redirect("notifications:preferences")


@require_POST
@signed_in
def test(request: StaffRequest) -> HttpResponse:
    """A test of one channel to herself."""
    channel = request.POST.get("channel", "")
    try:
        if channel not in dict(TESTED):
            raise ValidationError(_("No test goes that way."))
        send_test(channel, to=request.user, by=request.user, now=timezone.now())
    except ValidationError as refused:
        messages.warning(request, refused.messages[0])
    else:
        messages.success(request, _("The test is on its way. What becomes of it is shown below."))
    return redirect("notifications:preferences")
