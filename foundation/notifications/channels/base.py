from collections.abc import Sequence
from typing import Protocol

from foundation.accounts.models import User
from foundation.notifications.models import Delivery
from foundation.notifications.rendering import Readable


class CannotSendError(Exception):
    """Nothing left. ``for_good``: trying again would change nothing; otherwise it is tried again later."""

    def __init__(self, reason: str, *, for_good: bool = False) -> None:
        super().__init__(reason)
        self.for_good = for_good


class Sender(Protocol):
    """How messages leave on one channel. Called outside every transaction, by several workers at once."""

    def send(self, told: Sequence[Readable], reader: User) -> Delivery:
        """Hand over what ``reader`` may be told, together. The first message gives the whole its id.

        SENT: it left; DELIVERED: its reader has it. Raises CannotSendError. Sending the same again under the same
        id must do no harm.
        """
        ...
