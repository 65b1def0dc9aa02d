from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from foundation.accounts.guards import public
from foundation.accounts.models import User
from foundation.accounts.operations import change_preferences
from tsdesk.screen.preferences import chosen, remember


@require_POST
@public
def preferences(request: HttpRequest) -> HttpResponse:
    """Set what is named in the form, leave the rest, and return to where the reader was."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        target = "/"
    response = HttpResponseRedirect(target)
    choices = chosen(request.POST)
    if isinstance(request.user, User):
        own = {name: choices[name] for name in ("theme", "shortcuts", "language") if name in choices}
        change_preferences(request.user, by=request.user, now=timezone.now(), **own)
    cookies = {"theme": "theme", "density": "density", "language": settings.LANGUAGE_COOKIE_NAME}
    for name, cookie in cookies.items():
        if name in choices:
            remember(response, cookie, choices[name], secure=request.is_secure())
    return response
