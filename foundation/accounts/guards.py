"""What every view says of itself: who may call it. A view that says nothing is refused (middleware.py).

    @requires(Permission.CASE_VIEW)     somebody signed in whose role holds the capability
    @signed_in                          anybody signed in
    @public                             nobody need be signed in

Lacking a capability is a 403 with a sentence. Not seeing a record is a 404: that is the query's affair.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.http import escape_leading_slashes, url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit.actors import Acting

P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


@dataclass(frozen=True, slots=True)
class Access:
    """What an endpoint asks of its caller: nothing (public), a session, or every one of ``permissions``."""

    permissions: frozenset[Permission] = frozenset()
    public: bool = False

    def __str__(self) -> str:
        if self.public:
            return "public"
        return " + ".join(sorted(self.permissions)) or "signed in"


PUBLIC = Access(public=True)
SIGNED_IN = Access()

StaffView = Callable[Concatenate[StaffRequest, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def requires(*permissions: Permission) -> Callable[[StaffView[P]], View[P]]:
    """Open the view to whoever holds all of these. Without a permission it cannot be written: see signed_in."""
    if not permissions:
        raise TypeError("requires() needs a permission; a view for all staff is @signed_in.")
    return _guarded(Access(frozenset(permissions)))


def signed_in(view: StaffView[P]) -> View[P]:
    """Open the view to all staff. What they find in it is the query's affair."""
    return _guarded(SIGNED_IN)(view)


def public(view: View[P]) -> View[P]:
    """Open the view to everybody: sign-in, health and the like, never a record."""

    @wraps(view)
    def opened(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        return view(request, *args, **kwargs)

    marked: Any = login_not_required(opened)
    marked.access = PUBLIC
    return cast("View[P]", opened)


def access_of(view: Any) -> Access | None:
    """What the view says of itself, or None when it says nothing."""
    access = getattr(view, "access", None)
    return access if isinstance(access, Access) else None


def check_holds(permissions: frozenset[Permission], *, by: Acting) -> None:
    """Raise PermissionDenied with the sentence when ``by`` lacks one of these."""
    missing = [permission for permission in sorted(permissions) if not by.may(permission)]
    if missing:
        raise PermissionDenied(_("Your role does not include this: %(missing)s.") % {"missing": ", ".join(missing)})


def page_of(request: HttpRequest) -> str:
    """The page somebody was on, as a path to come back to: never that of a form's deed or of a part of a page."""
    is_part = request.headers.get("HX-Request") == "true"
    if request.method in ("GET", "HEAD") and not is_part:
        return request.get_full_path()
    came_from = request.headers.get("HX-Current-URL" if is_part else "Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(came_from)
    # A path of two slashes would be another host to a browser.
    path = escape_leading_slashes(parts.path) or "/"
    return f"{path}?{parts.query}" if parts.query else path


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """Send somebody to the sign-in page and back. htmx would swap the page into a panel: it is told to leave it."""
    response = redirect_to_login(page_of(request))
    if request.headers.get("HX-Request") == "true":
        return HttpResponse(status=401, headers={"HX-Redirect": response.url})
    return response


def _guarded(access: Access) -> Callable[[StaffView[P]], View[P]]:
    def decorate(view: StaffView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            check_holds(access.permissions, by=request.user)
            return view(cast(StaffRequest, request), *args, **kwargs)

        marked: Any = guarded
        marked.access = access
        marked.required_permissions = access.permissions
        return cast("View[P]", guarded)

    return decorate
