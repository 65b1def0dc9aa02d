"""What the provider of SMS and calls says of what it took. Its word counts only when it is signed with the account's token."""

from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from foundation.accounts.guards import public
from foundation.notifications.channels import twilio
from foundation.notifications.channels.phone import farewell
from foundation.notifications.operations import answer_by_key, report_delivery


@csrf_exempt
@require_POST
@public
def status(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """How far a message has come. Repeated and late words are taken without effect."""
    _check_signed(request)
    said = request.POST.get("MessageStatus") or request.POST.get("CallStatus") or ""
    report_delivery(message_id, status=said, code=request.POST.get("ErrorCode", ""), now=timezone.now())
    return HttpResponse(status=204)


@csrf_exempt
@require_POST
@public
def key(request: HttpRequest, message_id: UUID) -> HttpResponse:
    """The key that was pressed during a call; the answer is what the provider says to her before it hangs up."""
    _check_signed(request)
    sentence, person = answer_by_key(message_id, key=request.POST.get("Digits", ""), now=timezone.now())
    return HttpResponse(farewell(sentence, person), content_type="application/xml")


def _check_signed(request: HttpRequest) -> None:
    account = twilio.account()
    # The address that the provider was given, whatever a proxy has made of it.
    url = f"{settings.BASE_URL}{request.get_full_path()}"
    fields = {name: request.POST.getlist(name) for name in request.POST}
    signature = request.headers.get("X-Twilio-Signature", "")
    if account is None or not account.has_signed(signature, url, fields):
        raise PermissionDenied(_("The signature is not the provider’s."))
