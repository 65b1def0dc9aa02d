"""What somebody was typing: kept under a key that names the form, so that one kind never comes back in another."""

import re
from collections.abc import Collection
from typing import Any

from cases.models import Case, Draft
from foundation.accounts.models import User

_KEY = re.compile(r"(?:case:[0-9]{1,18}:)?(?P<kind>[a-z_]{1,32})")

KINDS = frozenset({"note", "contact", "task", "edit", "hand_over", "escalate", "resolve", "intake"})


def draft_key(kind: str, case: Case | None = None) -> str:
    """The key of a form: ``case:12:note``, or ``intake`` for the one that opens a case. Raises ValueError otherwise."""
    if kind not in KINDS:
        raise ValueError(f"There is no draft of the kind {kind}.")
    return f"case:{case.pk}:{kind}" if case is not None else kind


def is_draft_key(key: str) -> bool:
    """Whether a key that came from a browser names a form."""
    match = _KEY.fullmatch(key)
    return match is not None and match["kind"] in KINDS


def aside(key: str) -> str:
    """Where the draft of a form waits after it was cleared, until that is undone. No browser's key is like it."""
    return f"{key}:aside"


def drafts_of(user: User, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """The fields of her drafts for several forms, each under its key; empty where there is none. One query."""
    found = dict(Draft.objects.filter(user=user, key__in=keys).values_list("key", "fields"))
    return {key: {name: value for name, value in found.get(key, {}).items() if value} for key in keys}


def draft_of(user: User, key: str) -> dict[str, Any]:
    """The fields of her draft for exactly this form; empty without one."""
    return Draft.objects.filter(user=user, key=key).values_list("fields", flat=True).first() or {}
