"""Signing in: what is asked for, how it is counted, and what the trail keeps of it."""

import time
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, cast

from allauth.account.authentication import get_authentication_records
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from foundation.accounts import events
from foundation.accounts.addresses import client_address
from foundation.accounts.counting import throttle
from foundation.accounts.guards import StaffRequest, StaffView
from foundation.accounts.models import User
from foundation.audit import trail
from foundation.audit.actors import SYSTEM, Actor, Subject
from foundation.audit.events import Event

P = ParamSpec("P")

CODES_TRIED = 5
CODES_WINDOW = 15 * 60
RESETS_MAILED = 3
RESETS_WINDOW = 60 * 60


class Nobody:
    """Whoever tried to sign in and did not."""

    actor = Actor("nobody", "")

    def may(self, permission: str) -> bool:
        return False


NOBODY = Nobody()


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session was opened with a second factor, or one was set up in it."""
    if any(record.get("method") == "mfa" for record in get_authentication_records(request, request.user)):
        return True
    return bool(is_mfa_enabled(request.user))


def proved_lately(request: StaffRequest) -> bool:
    """Whether she proved again, in the last five minutes, who she is: by her second factor, if she has one."""
    accepted = {"mfa"} if is_mfa_enabled(request.user) else {"password"}
    since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    return any(
        record.get("reauthenticated") and record.get("method") in accepted and record.get("at", 0) > since
        for record in get_authentication_records(request, request.user)
    )


def step_up(view: StaffView[P]) -> StaffView[P]:
    """Ask for a fresh proof first. Stands under @requires. What was posted is kept and sent on after the proof."""

    @wraps(view)
    def proved(request: StaffRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not proved_lately(request):
            raise ReauthenticationRequired
        return view(request, *args, **kwargs)

    marked: Any = proved
    marked.steps_up = True
    return cast("StaffView[P]", proved)


def password_link(user: User) -> str:
    """A link that lets its holder set the password once. It ends with its use and after PASSWORD_RESET_TIMEOUT."""
    words = {"uidb36": user_pk_to_url_str(user), "key": default_token_generator.make_token(user)}
    path = reverse("account_reset_password_from_key", kwargs=words)
    return f"{settings.BASE_URL}{path}"


def attempted_email(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Which account a sign-in is for: django-axes counts by this and the address."""
    given = credentials or {}
    tried = given.get("email") or given.get("login") or given.get("username") or request.POST.get("login", "")
    return str(tried).strip().lower()[:254]


def may_try_code(user: User) -> bool:
    """Count one try at a second factor. False once too many were wrong in a quarter of an hour."""
    return throttle().count(f"code:{user.pk}", seconds=CODES_WINDOW).times <= CODES_TRIED


def code_was_right(user: User) -> None:
    throttle().forget(f"code:{user.pk}")


def may_mail_reset(user: User) -> bool:
    """Count one mail with a password link. False once she got three in an hour: nobody floods her by asking."""
    return throttle().count(f"reset:{user.pk}", seconds=RESETS_WINDOW).times <= RESETS_MAILED


@transaction.atomic
def record_sign_in(request: HttpRequest, user: User, *, now: datetime) -> None:
    methods = [record["method"] for record in get_authentication_records(request, user)]
    trail.record(events.SIGNED_IN, about=user, by=user, methods=methods, address=client_address(request))


@transaction.atomic
def record_sign_out(user: User, *, now: datetime) -> None:
    trail.record(events.SIGNED_OUT, about=user, by=user)


@transaction.atomic
def record_failed_sign_in(request: HttpRequest, *, email: str = "", user: User | None = None, step: str) -> None:
    """Keep that somebody failed, and where from. What was typed is not kept: people type passwords into that field."""
    known = user or User.objects.filter(email__iexact=email).first()
    about = known.subject if known else Subject("staff", "unknown")
    trail.record(events.SIGN_IN_FAILED, about=about, by=NOBODY, step=step, address=client_address(request))


@transaction.atomic
def record_own(event: Event, user: User, *, now: datetime, **facts: Any) -> None:
    """Keep something she did to the way she signs in."""
    trail.record(event, about=user, by=user if user.pk else SYSTEM, **facts)
