"""The panels of a person's page. Higher floors add theirs at start-up: a list of cases, claims, strikes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foundation.accounts.models import User
from people.models import Person


@dataclass(frozen=True, slots=True)
class PanelContent:
    """What to draw: a template, and what it finds under the name ``panel``.

    title and lines: the same in words, for comparing two people.
    """

    title: str
    template: str
    panel: Mapping[str, Any]
    lines: Sequence[str]


Panel = Callable[[Person, User, datetime], PanelContent | None]
"""Given the person, the reader and the instant: the panel with what the reader may see, or None for no panel."""

_panels: dict[str, Panel] = {}


def add_person_panel(name: str, panel: Panel) -> None:
    """Show a panel on every person's page, in the order of adding. Safe to repeat."""
    _panels[name] = panel


def panels_for(person: Person, *, reader: User, now: datetime) -> list[PanelContent]:
    """The panels that have something to say to this reader."""
    return [content for panel in _panels.values() if (content := panel(person, reader, now)) is not None]
