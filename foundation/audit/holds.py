"""What must not be erased. A floor that knows of legal holds registers here how to ask for one."""

from collections.abc import Callable

from foundation.audit.actors import Subject

_asked: dict[str, Callable[[str], str | None]] = {}


class Held(Exception):
    """Texts that a hold keeps; its text is the sentence with the hold's reason."""


def register(kind: str, reason: Callable[[str], str | None]) -> None:
    """Say how to ask whether a subject of this kind is on hold: from its id to the reason, or None."""
    _asked[kind] = reason


def check_not_held(subject: Subject) -> None:
    """Raise Held when the subject is on hold."""
    ask = _asked.get(subject.kind)
    if ask is not None and (reason := ask(subject.id)):
        raise Held(reason)
