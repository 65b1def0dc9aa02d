"""What allauth asks of us: its hooks, filled. They take the place of its signals."""

import base64
import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from foundation.accounts import events
from foundation.accounts.addresses import client_address
from foundation.accounts.models import User
from foundation.accounts.sign_in import (
    attempted_email,
    may_mail_reset,
    record_failed_sign_in,
    record_own,
    record_sign_in,
    record_sign_out,
)

CREDENTIAL_CHANGES = {
    "account/email/password_changed": "password",
    "account/email/password_reset": "password_by_link",
    "account/email/password_set": "password_by_link",
    "mfa/email/totp_activated": "second_factor_added",
    "mfa/email/totp_deactivated": "second_factor_removed",
    "mfa/email/recovery_codes_generated": "recovery_codes_drawn",
}
"""What allauth mails about, as the trail calls it."""


class StaffAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Staff are added by an admin and sign in with email and password; every step is in the trail."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **kwargs: Any) -> HttpResponse:
        assert isinstance(user, User)
        record_sign_in(request, user, now=timezone.now())
        response: HttpResponse = super().post_login(request, user, **kwargs)
        return response

    def logout(self, request: HttpRequest) -> None:
        if isinstance(request.user, User):
            record_sign_out(request.user, now=timezone.now())
        super().logout(request)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        record_failed_sign_in(request, email=attempted_email(request, credentials), step="password")

    def reauthenticate(self, user: AbstractBaseUser, password: str) -> bool:
        assert isinstance(user, User)
        # allauth looks for an address of its own model, which staff who never changed theirs do not have.
        proved = self.authenticate(context.request, email=user.email, password=password)
        if proved is None or proved.pk != user.pk:
            return False
        record_own(events.STEPPED_UP, user, now=timezone.now(), method="password")
        return True

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Whoever has a second factor proves herself by it; the password is enough only where there is none."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        return [method for method in methods if method["id"].startswith("mfa_")] or methods

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:
        assert isinstance(user, User)
        if user.is_active and may_mail_reset(user):
            super().send_password_reset_mail(user, email, context)

    def send_notification_mail(self, template_prefix: str, user: Any, *args: Any, **kwargs: Any) -> None:
        """allauth's one call after each change of how somebody signs in: kept in the trail, and mailed if settings say so."""
        if what := CREDENTIAL_CHANGES.get(template_prefix):
            record_own(events.CREDENTIALS_CHANGED, user, now=timezone.now(), what=what)
        super().send_notification_mail(template_prefix, user, *args, **kwargs)


class StaffMFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of second factors are stored encrypted: a copy of the database alone opens no account."""

    def encrypt(self, text: str) -> str:
        return _box().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _box().decrypt(encrypted_text.encode()).decode()


def _box() -> Fernet:
    digest = hashlib.sha256(b"second factor:" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(digest))
