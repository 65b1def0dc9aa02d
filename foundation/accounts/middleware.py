"""What holds for every request: a stated access, a second factor where the role asks for it, the reader's language."""

import logging
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from rest_framework.views import APIView

from foundation.accounts.guards import access_of
from foundation.accounts.refusals import record_refusal
from foundation.accounts.sign_in import has_second_factor

GetResponse = Callable[[HttpRequest], HttpResponseBase]
logger = logging.getLogger(__name__)

OPEN_WITHOUT_SECOND_FACTOR = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_authenticate",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_view_recovery_codes",
        "mfa_download_recovery_codes",
        "screen_preferences",
    }
)
"""What somebody may open who has still to set up the second factor that her role asks for."""


class DeclaredAccessMiddleware:
    """Refuses every view that does not say who may call it (guards.py). Those of DRF have DenyByDefault instead."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        if access_of(view) is None and not is_api_view(view):
            logger.error("%s.%s states no access and is refused", view.__module__, view.__qualname__)
            raise PermissionDenied(_("This page is not open to anybody yet."))

    def process_exception(self, request: HttpRequest, error: Exception) -> None:
        """Keep in the trail that somebody was refused a page; what she was refused with is answered as before."""
        if isinstance(error, PermissionDenied) and request.user.is_authenticated and request.resolver_match:
            record_refusal(request.user, request.resolver_match.view_name)


class SecondFactorMiddleware:
    """Sends whoever needs a second factor and has none to set one up; until then nothing else is open to her.

    In the demo it is optional.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponseBase | None:
        if settings.DEMO or not request.user.is_authenticated or not request.user.spec.second_factor:
            return None
        access = access_of(view)
        name = request.resolver_match.view_name if request.resolver_match else ""
        if (access is not None and access.public) or name in OPEN_WITHOUT_SECOND_FACTOR or has_second_factor(request):
            return None
        if is_api_view(view) or request.headers.get("HX-Request") == "true":
            raise PermissionDenied(_("Your role needs a second factor; set it up first."))
        return redirect("mfa_activate_totp")


class ReaderMiddleware:
    """Pages speak the reader's language and tell time in her zone. A language chosen in this browser goes first."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        with timezone.override(ZoneInfo(user.time_zone)):
            return self.get_response(request)


class RateLimitHeadersMiddleware:
    """Tells each caller of the API what it may still call: RateLimit-Limit, -Remaining and -Reset (seconds)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponse) and (rate := getattr(request, "rate_limit", None)):
            for name, value in zip(("Limit", "Remaining", "Reset"), rate, strict=True):
                response[f"RateLimit-{name}"] = str(value)
        return response


def is_api_view(view: Any) -> bool:
    """Whether DRF answers, with its own authentication and DenyByDefault."""
    return issubclass(getattr(view, "cls", type(None)), APIView)
