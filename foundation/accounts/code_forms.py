"""allauth's two forms for a code of the second factor, with our count of wrong ones.

allauth counts them in the default cache, where a lost Valkey would let everybody guess on.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from foundation.accounts import events
from foundation.accounts.sign_in import code_was_right, may_try_code, record_failed_sign_in, record_own


class _CountedCode:
    user: Any

    def clean_code(self) -> str:
        if not may_try_code(self.user):
            raise get_adapter().validation_error("too_many_login_attempts")
        try:
            code: str = super().clean_code()  # type: ignore[misc]
        except ValidationError:
            record_failed_sign_in(context.request, user=self.user, step="code")
            raise
        code_was_right(self.user)
        return code


class SignInCodeForm(_CountedCode, AuthenticateForm):  # type: ignore[misc]
    """The code asked for after the password."""


class StepUpCodeForm(_CountedCode, ReauthenticateForm):  # type: ignore[misc]
    """The code asked for before something that matters."""

    def save(self) -> None:
        super().save()
        record_own(events.STEPPED_UP, self.user, now=timezone.now(), method="code")
