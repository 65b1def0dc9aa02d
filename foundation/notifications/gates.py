"""Whom a message asks, at the last moment, whether it is still wanted.

A gate is asked inside the short transaction that leases the message and locks its own row first. Whatever it waits
for and commits before that, such as an acknowledgement, therefore comes before the send or the send does not begin.
"""

from collections.abc import Callable

MaySend = Callable[[str, str], bool]

_gates: dict[str, MaySend] = {}


def register(kind: str, may_send: MaySend) -> None:
    """Gates of this kind are asked through ``may_send(gate_id, step)``, which locks the row it judges by."""
    _gates[kind] = may_send


def may_send(kind: str, gate_id: str, step: str) -> bool:
    """True for a message without a gate. Raises LookupError for a gate that nobody registered."""
    if not kind:
        return True
    if kind not in _gates:
        raise LookupError(f"No gate {kind} is registered.")
    return _gates[kind](gate_id, step)
