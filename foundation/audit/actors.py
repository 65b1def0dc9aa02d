"""Who did a thing and what it was done to, as plain values that the trail can keep for ever."""

from typing import NamedTuple, Protocol


class Actor(NamedTuple):
    """Who acted: kind is "staff", "integration" or "system"; id is stable within the kind."""

    kind: str
    id: str


class Subject(NamedTuple):
    """What an entry, a notice or an escalation is about: kind ("case", "person", ...) and id."""

    kind: str
    id: str


class Acting(Protocol):
    """Anybody or anything that may call an operation: staff, an integration's key, or the system."""

    @property
    def actor(self) -> Actor: ...

    def may(self, permission: str) -> bool: ...


class HasSubject(Protocol):
    """A record that entries can be about."""

    @property
    def subject(self) -> Subject: ...


class System:
    """The desk itself: timers, sweeps and migrations. Holds every permission of no person."""

    actor = Actor("system", "tsdesk")

    def may(self, permission: str) -> bool:
        """The system acts through moves that name no permission; it never borrows a person's."""
        return False

    def __str__(self) -> str:
        return "tsdesk"


SYSTEM = System()
