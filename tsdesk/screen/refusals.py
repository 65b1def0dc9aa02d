"""What a form is answered that carries no proof of having come from one of our own pages, or cannot be read."""

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.accounts.guards import page_of, to_sign_in


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say what became of the session and of her words, and where to go on. Nothing was saved."""
    back = page_of(request)
    signed_in = request.user.is_authenticated
    response = render(request, "403_csrf.html", {"back": back, "signed_out": not signed_in}, status=403)
    if request.headers.get("HX-Request") == "true" and not signed_in:
        # A part of a page has no room for this: the whole page goes.
        response["HX-Redirect"] = to_sign_in(request).headers["HX-Redirect"]
    return response


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that the request cannot be read; of too many files in one form, how many may be."""
    most = settings.DATA_UPLOAD_MAX_NUMBER_FILES if isinstance(exception, TooManyFilesSent) else None
    return render(request, "400.html", {"most_files": most}, status=400)
