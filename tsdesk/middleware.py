"""Requests that are answered before anything else is looked at."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import is_valid_path
from django.utils import timezone

from tsdesk.api.problems import LengthRequired, ProblemRenderer, problem_document
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


class NothingKeptMiddleware:
    """Tells browsers and proxies to keep no answer: a page goes when the session or the right to see it does.

    An answer that says something of its own about keeping stays as it is; static files are answered before this.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Cache-Control", "private, no-store")
        return response


class NothingToReadMiddleware:
    """Says something to whoever opens the address of a deed, where there is only something to send.

    A form that comes back with its errors leaves that address in the browser, and Django would answer it with a blank page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        is_page = request.method == "GET" and not request.path_info.startswith("/api/")
        if response.status_code != 405 or not is_page or "HX-Request" in request.headers:
            return response
        page = render(request, "405.html", {"back": page_above(request.path_info)}, status=405)
        page.headers["Allow"] = response.headers["Allow"]
        return page


def page_above(path: str) -> str:
    """The nearest address above this one where there is anything at all, from where one is; the queue at last.

    It holds no word of the path, so that the answer is the same to the byte for a record that is not there.
    """
    steps = 0
    while path.strip("/"):
        path, steps = path.rstrip("/").rpartition("/")[0] + "/", steps + 1
        if is_valid_path(path):
            return "../" * steps
    return "/"


AROUND_THE_FILES = 1_000_000
"""Bytes of a form besides its files."""


class BodyBoundMiddleware:
    """Refuses a form too large to be taken before any of it is read. The API bounds its own bodies, view by view.

    Reading the token of a form reads all of it, so this comes before that. A body in chunks tells no length, and
    would be read as an empty one: it is refused everywhere.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "HTTP_TRANSFER_ENCODING" in request.META:
            return JsonResponse(problem_document(LengthRequired()), status=411, content_type=ProblemRenderer.media_type)
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not request.path_info.startswith("/api/") and (
            not length.isdecimal() or int(length) > settings.EVIDENCE_MAX_BYTES + AROUND_THE_FILES
        ):
            megabytes = settings.EVIDENCE_MAX_BYTES // 1_000_000
            return render(request, "413.html", {"megabytes": megabytes}, status=413)
        return self.get_response(request)
