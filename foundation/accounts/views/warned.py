"""What every page under /settings/ may say of what is not set as it should be."""

from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.accounts.settings_warnings import warnings_for


def settings_warnings(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``settings_warnings``, looked for only where it is drawn."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or not user.may(Permission.SETTINGS_VIEW):
        return {}
    return {"settings_warnings": SimpleLazyObject(lambda: warnings_for(user, now=timezone.now()))}
