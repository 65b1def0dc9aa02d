from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from tsdesk.screen.preferences import CHOICES, remember


@login_not_required
@require_POST
def preferences(request: HttpRequest) -> HttpResponse:
    """Set what is named in the form, leave the rest, and return to where the reader was."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    for name, values in CHOICES.items():
        if (value := request.POST.get(name)) in values:
            remember(response, name, value, secure=request.is_secure())
    language = request.POST.get("language", "")
    if language and check_for_language(language):
        remember(response, settings.LANGUAGE_COOKIE_NAME, language, secure=request.is_secure())
    return response
