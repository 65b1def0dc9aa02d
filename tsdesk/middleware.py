"""Requests that are answered before anything else is looked at."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from tsdesk.health import readiness


class HealthMiddleware:
    """Answers probes: no session, no sign-in, no allowed host, no redirect to HTTPS, for a probe asks by address.

    `/healthz` is the process alone, for whoever restarts it: a slow database is no reason to kill the web.
    `/readyz` is the desk as a whole, for whoever sends people to it: 503 while anything it needs is away.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path_info == "/readyz":
            found = readiness(now=timezone.now())
            return JsonResponse(found.report, status=200 if found.ready else 503)
        return self.get_response(request)
