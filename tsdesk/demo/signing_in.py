"""The sign-ins of the demo, for the sign-in page to offer."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import Promise, SimpleLazyObject

from foundation.accounts.permissions import Role
from foundation.audit.models import Entry
from tsdesk.demo import events
from tsdesk.demo.cast import PASSWORD, SIGN_INS, STAFF


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody whom a visitor of the demo can be."""

    email: str
    name: str
    role: str | Promise
    password: str = PASSWORD


def demo_accounts(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``demo_accounts``, empty but where the demo was loaded, on loopback. Asked when it is read."""
    return {"demo_accounts": SimpleLazyObject(_offered)}


def _offered() -> list[Account]:
    if not (settings.DEMO and settings.ON_LOOPBACK):
        return []
    if not Entry.objects.filter(event=events.DEMO_LOADED.code).exists():
        return []
    known = {colleague.key: colleague for colleague in STAFF}
    return [Account(known[key].email, known[key].name, Role(known[key].role).label) for key in SIGN_INS]
