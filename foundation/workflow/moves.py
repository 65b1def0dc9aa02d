"""A workflow is a table of moves. Operations ask it; pages, the API and the diagrams read the same table."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from foundation.audit.actors import Acting, System
from foundation.audit.events import Event


class MoveRefused(Exception):
    """A move that is not open: its text is the sentence shown to whoever tried it."""

    def __init__(self, sentence: str | Promise, *, code: str = "not_now") -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
        self.code = code


@dataclass(frozen=True, slots=True)
class Move:
    """One move: from any of ``sources`` to ``target`` (None: the state stays).

    ``permission`` None means that only the system makes it. ``system`` lets the system make a move that
    people may make too.
    """

    name: str
    sources: frozenset[str]
    target: str | None
    permission: Permission | None
    event: Event
    label: str | Promise
    system: bool = False


class Offer(NamedTuple):
    """A move as offered to somebody: ``refusal`` is None when it is open, else the reason."""

    move: Move
    refusal: str | None


class Workflow:
    """The moves of one kind of record over its states."""

    def __init__(self, name: str, states: type[TextChoices], moves: Iterable[Move]) -> None:
        self.name = name
        self.states = states
        self._moves: dict[str, Move] = {}
        for move in moves:
            if move.name in self._moves:
                raise ValueError(f"{name} declares the move {move.name} twice.")
            self._moves[move.name] = move

    def __getitem__(self, name: str) -> Move:
        return self._moves[name]

    def __iter__(self) -> Iterator[Move]:
        return iter(self._moves.values())

    def __contains__(self, name: object) -> bool:
        return name in self._moves

    @cached_property
    def labels(self) -> dict[str, str]:
        return dict(self.states.choices)

    def refusal(self, name: str, state: str, *, by: Acting) -> MoveRefused | None:
        """Why ``by`` cannot make this move from ``state`` now, or None when the table allows it."""
        move = self._moves[name]
        if state not in move.sources:
            sentence = _("%(move)s is not open to a record that is %(state)s.") % {
                "move": move.label,
                "state": str(self.labels.get(state, state)).lower(),
            }
            return MoveRefused(sentence)
        if isinstance(by, System):
            if move.permission is None or move.system:
                return None
            return MoveRefused(_("%(move)s is a person's to do.") % {"move": move.label}, code="forbidden")
        if move.permission is None:
            return MoveRefused(_("%(move)s happens by itself.") % {"move": move.label}, code="forbidden")
        if not by.may(move.permission):
            return MoveRefused(
                _("%(move)s is not among what your role may do.") % {"move": move.label}, code="forbidden"
            )
        return None

    def check(self, name: str, state: str, *, by: Acting) -> Move:
        """The move, when the table allows it. Raises MoveRefused with the sentence otherwise."""
        if refusal := self.refusal(name, state, by=by):
            raise refusal
        return self._moves[name]

    def offers(self, state: str, *, by: Acting) -> list[Offer]:
        """Every move a person can know of, each open or with the reason why not, in the table's order."""
        return [
            Offer(move, str(refusal) if (refusal := self.refusal(move.name, state, by=by)) else None)
            for move in self
            if move.permission is not None
        ]
