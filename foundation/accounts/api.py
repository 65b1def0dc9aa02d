"""Who calls the API and what a view of it asks: a key in the Authorization header, or the session of a page.

A view declares ``permissions``: what each method, or each action of a viewset, asks for.

    permissions = {"GET": Permission.CASE_VIEW, "POST": Permission.CASE_OPEN}
    permissions = {"list": Permission.CASE_VIEW, "moves": (Permission.CASE_VIEW, Permission.CASE_RESOLVE)}
    permissions = {"GET": PUBLIC}

What is not declared is refused.
"""

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from foundation.accounts.addresses import client_address, lies_in
from foundation.accounts.guards import Access
from foundation.accounts.keys import digest, looks_like_a_key
from foundation.accounts.models import ApiKey, User
from foundation.accounts.operations import note_key_use
from foundation.accounts.permissions import Permission
from foundation.accounts.refusals import record_refusal


class ApiKeyAuthentication(BaseAuthentication):
    """``Authorization: Bearer KEY``. Both ``request.user`` and ``request.auth`` are then the ApiKey.

    An unknown, revoked or expired key and one used from elsewhere get the same answer: it says nothing about which.
    """

    def authenticate(self, request: Request) -> tuple[ApiKey, ApiKey] | None:
        scheme, _space, credentials = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        text = credentials.decode("latin-1").strip()
        now = timezone.now()
        key = (
            ApiKey.objects.filter(sha256=digest(text)).select_related("integration").first()
            if looks_like_a_key(text)
            else None
        )
        if key is None or not key.live(now) or not lies_in(client_address(request), key.allowed_networks):
            raise AuthenticationFailed(_("This key is not valid here."))
        note_key_use(key, now=now)
        return key, key

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class StaffSession(SessionAuthentication):
    """Somebody signed in to the pages, calling the API from there; writes carry the CSRF token as a form does."""


class DenyByDefault(BasePermission):
    """Lets a call through when the view declares what it asks for and the caller holds all of it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        access = declared_access(view, request.method or "", getattr(view, "action", None))
        if access is None:
            # A method that nobody offers is no secret, to whoever is somebody: 405 says which are.
            if isinstance(request.user, ApiKey | User) and request.method not in view.allowed_methods:
                raise MethodNotAllowed(request.method or "")
            return False
        if access.public:
            return True
        caller = request.user
        if not isinstance(caller, ApiKey | User):
            return False
        if not all(caller.may(asked) for asked in access.permissions):
            record_refusal(caller, request.resolver_match.view_name if request.resolver_match else "")
            return False
        return True


def declared_access(view: Any, method: str, action: str | None = None) -> Access | None:
    """What a view, or its class, asks for this action or method. None when it does not say: then it is refused.

    HEAD asks what GET does. OPTIONS tells the methods of a view and asks for a caller only.
    """
    declared = getattr(view, "permissions", {})
    for name in (action, method, "GET" if method == "HEAD" else None):
        if name is not None and name in declared:
            return _access(declared[name])
    return Access() if method == "OPTIONS" and declared else None


def _access(declared: Access | Permission | tuple[Permission, ...]) -> Access:
    if isinstance(declared, Access):
        return declared
    return Access(frozenset((declared,) if isinstance(declared, Permission) else declared))


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema writes the key."""

    target_class = "foundation.accounts.api.ApiKeyAuthentication"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class StaffSessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema writes the session."""

    target_class = "foundation.accounts.api.StaffSession"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME}
