"""What the settings pages have in common: their frame, the history of a setting, and what to say after a clash."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from django.http import HttpResponse
from django.shortcuts import render

from cases.settings_words import Change, Lines, changes
from foundation.accounts.guards import StaffRequest
from foundation.accounts.models import User
from foundation.accounts.settings_pages import pages_for

SHOWN = 20


class Wording(Protocol):
    """A version of a policy, a calendar or a category."""

    number: int
    created_at: datetime
    created_by: User | None


W = TypeVar("W", bound=Wording)


class Past(NamedTuple):
    """A wording in the history: what it changed of the one before."""

    version: Any
    changes: list[Change]
    is_first: bool


class Clash(NamedTuple):
    """What somebody else published while this was being written."""

    version: Any
    changes: list[Change]


def history(versions: Sequence[W], lines: Callable[[W], Lines]) -> list[Past]:
    """The newest wordings, newest first. ``versions`` has one more than is shown, to tell what the last one changed."""
    older = [*versions[1:], None]
    return [
        Past(version, changes(lines(before), lines(version)) if before else [], before is None)
        for version, before in zip(versions, older, strict=True)
    ][:SHOWN]


def clash(versions: Sequence[W], based_on: int, lines: Callable[[W], Lines]) -> Clash:
    """What changed between the wording that a form was filled from and the newest. ``versions`` newest first."""
    newest = versions[0]
    seen = next((version for version in versions if version.number == based_on), None)
    return Clash(newest, changes(lines(seen), lines(newest)) if seen else [])


def settings_page(
    request: StaffRequest, template: str, context: dict[str, Any], *, now: datetime, status: int = 200
) -> HttpResponse:
    """A page within the frame of the settings."""
    framed = {"settings_pages": pages_for(request.user), "now": now, **context}
    return render(request, f"cases/settings/{template}.html", framed, status=status)
