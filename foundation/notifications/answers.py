"""Answering a call by a key of the phone: which kind of gate takes such an answer, without knowing its app."""

from collections.abc import Callable
from datetime import datetime

from foundation.accounts.models import User

ACKNOWLEDGE = "1"
"""The key that says: I am on it."""

Answer = Callable[[str, str, User, datetime], str]

_answers: dict[str, Answer] = {}


def register(gate_kind: str, answer: Answer) -> None:
    """What such a gate is answered by: ``answer(gate_id, step, by, now)`` does it, or not, and says which in a sentence.

    The answer may come late, or twice: a provider repeats what it got no reply to.
    """
    _answers[gate_kind] = answer


def answer_of(gate_kind: str) -> Answer | None:
    """None: messages of this gate ask for no key."""
    return _answers.get(gate_kind)
