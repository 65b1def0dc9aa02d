"""The kinds of thing that can happen. Each app declares its own in its events.py; codes are unique in the house."""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise


class Family(StrEnum):
    """Which filter of a timeline shows the event."""

    MESSAGE = "message"
    CALL = "call"
    NOTE = "note"
    EVIDENCE = "evidence"
    CLOCK = "clock"
    CHANGE = "change"
    ACCESS = "access"


@dataclass(frozen=True, slots=True)
class Event:
    """One kind of event.

    sentence: what a timeline says, with ``{actor}`` and the names in the entry's data as placeholders.
    texts: names of free texts it may carry; they are stored encrypted, the entry keeps only their SHA-256.
    on_timeline: False for events that belong to the trail alone (reads, sign-ins).
    """

    code: str
    sentence: str | Promise
    family: Family = Family.CHANGE
    texts: frozenset[str] = frozenset()
    on_timeline: bool = True

    def __str__(self) -> str:
        return self.code


_events: dict[str, Event] = {}


def define(
    code: str,
    sentence: str | Promise,
    *,
    family: Family = Family.CHANGE,
    texts: frozenset[str] | set[str] = frozenset(),
    on_timeline: bool = True,
) -> Event:
    """Declare an event once, at import time. Raises ValueError when the code is taken."""
    if code in _events:
        raise ValueError(f"The event {code} is declared twice.")
    event = Event(code, sentence, family, frozenset(texts), on_timeline)
    _events[code] = event
    return event


def by_code(code: str) -> Event | None:
    """The declared event of this code, or None for one of an app that is no longer installed."""
    return _events.get(code)


def all_events() -> tuple[Event, ...]:
    """Every declared event, by code."""
    return tuple(_events[code] for code in sorted(_events))
