"""What is not set as it should be. Each app registers what it looks for; the settings show what was found.

A warning names settings and people who work here, never a record.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache
from django.utils.translation import get_language

from foundation.accounts.permissions import Permission
from foundation.audit.actors import Acting

FRESH_SECONDS = 60
MOST_EACH = 20
"""Warnings that one check may give: with more, the first of them are trouble enough."""


@dataclass(frozen=True, slots=True)
class SettingsWarning:
    """Something to mend: what it is about, what is the matter, and where to go. Shown to whoever holds
    ``permission``.

    url: empty where nothing can be set about it.

    is_grave: somebody goes uncalled or some work is left undone because of it now.
    """

    name: str
    sentence: str
    url: str
    permission: Permission
    is_grave: bool = False


Check = Callable[[datetime], Iterable[SettingsWarning]]
_checks: list[Check] = []


def register(check: Check) -> Check:
    """Add a check. It reads a bounded number of rows and is asked once a minute, whoever looks."""
    if check not in _checks:
        _checks.append(check)
    return check


def warnings_for(reader: Acting, *, now: datetime) -> list[SettingsWarning]:
    """What the reader may mend, the grave first; at most a minute old."""
    return [warning for warning in _all(now) if reader.may(warning.permission)]


def _all(now: datetime) -> list[SettingsWarning]:
    # The sentences are in the language of whoever asked.
    key = f"settings_warnings:{get_language()}"
    found: list[SettingsWarning] | None = cache.get(key)
    if found is None:
        found = [warning for check in _checks for warning in list(check(now))[:MOST_EACH]]
        found.sort(key=lambda warning: not warning.is_grave)
        cache.set(key, found, FRESH_SECONDS)
    return found
