"""Deployment checks of our own, beside Django's: `manage check --deploy` runs them."""

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(checks.Tags.security, deploy=True)
def database_roles_are_apart(app_configs: Any, **kwargs: Any) -> list[checks.CheckMessage]:
    """The runtime role must not own the trail: an owner could drop the triggers that refuse changes to it."""
    if settings.DATABASE_ROLES_APART:
        return []
    return [
        checks.Warning(
            "The database's owner and its runtime role are the same, so only triggers protect the trail.",
            hint="Give the owner as TSDESK_OWNER_DATABASE_URL and a role that owns nothing as DATABASE_URL.",
            id="tsdesk.W001",
        )
    ]
