from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, Protocol

from foundation.accounts.models import User
from foundation.notifications.models import Delivery
from foundation.notifications.rendering import Readable


class CannotSendError(Exception):
    """Nothing left, as far as is known.

    code: why, in a word or as the provider numbers it. for_good: trying again would change nothing; otherwise it is
    tried again later, after ``retry_after`` at the earliest. is_hers: it lies with the reader (no phone, line busy), so
    the channel works and no admin need hear of it.
    """

    def __init__(
        self,
        reason: str,
        *,
        code: str = "",
        for_good: bool = False,
        retry_after: timedelta | None = None,
        is_hers: bool = False,
    ) -> None:
        super().__init__(reason)
        self.code = code
        self.for_good = for_good
        self.retry_after = retry_after
        self.is_hers = is_hers


class Left(NamedTuple):
    """What became of a message. SENT: it left; DELIVERED: its reader has it. provider_id: how the provider calls it."""

    state: Delivery
    provider_id: str = ""


class Sender(Protocol):
    """How messages leave on one channel. Called outside every transaction, by several workers at once."""

    def send(self, told: Sequence[Readable], reader: User) -> Left:
        """Hand over what ``reader`` may be told, together. The first message gives the whole its id.

        Raises CannotSendError. Sending the same again under the same id must do no harm.
        """
        ...
