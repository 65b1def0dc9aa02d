"""One small class per message: what it is called, how it travels, and which words it is made of.

Each app declares its notices in its own notices.py, which its AppConfig.ready() imports. A notice never decides
that something happened and never picks when: operations enqueue it, the outbox times it, a worker sends it.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from django.utils.functional import Promise

from foundation.accounts.models import User
from foundation.notifications.models import Channel, OutboxMessage


class WhenHidden(StrEnum):
    """What becomes of a message whose record its reader may not see by the time it would be sent."""

    CANCEL = "cancel"
    BARE = "bare"  # a few words without content: that somebody is needed, and where to look


class Notice:
    """A message to members of staff.

    code: its name in the outbox, and of its templates ``notices/CODE.{subject.txt,body.txt,inbox.html}``.
    title: what a page of preferences calls it.
    channels: where it goes unless its operation says otherwise.
    bundles: whether it may wait two minutes to share a mail with others. Pages never wait.
    may_be_declined: whether a preference can switch it off on a channel.
    falls_back: whether another channel carries what this one cannot.
    has_short_words: whether it brings ``.short.txt`` for SMS and chat; others say a reference and a severity.
    to_unverified: whether it goes to a phone that she has not proved yet. Only the code that proves it does.
    """

    code: ClassVar[str]
    title: ClassVar[str | Promise]
    channels: ClassVar[tuple[str, ...]] = (Channel.IN_APP, Channel.MAIL)
    urgent: ClassVar[bool] = False
    bundles: ClassVar[bool] = True
    may_be_declined: ClassVar[bool] = True
    falls_back: ClassVar[bool] = True
    has_short_words: ClassVar[bool] = False
    to_unverified: ClassVar[bool] = False
    when_hidden: ClassVar[WhenHidden] = WhenHidden.CANCEL

    def facts(self, message: OutboxMessage, record: Any) -> Mapping[str, Any]:
        """Further words for the templates, read when the message is sent. ``record`` is what the reader may see."""
        return {}

    def concerns(self, reader: User) -> bool:
        """Whether one could ever be for her. Her page of preferences leaves the others out."""
        return True

    @property
    def template(self) -> str:
        return f"notices/{self.code}"


NoticeClass = TypeVar("NoticeClass", bound=type[Notice])

_notices: dict[str, Notice] = {}


def register(notice: NoticeClass) -> NoticeClass:
    """Class decorator. Raises ValueError when the code is taken."""
    if notice.code in _notices:
        raise ValueError(f"The notice {notice.code} is declared twice.")
    _notices[notice.code] = notice()
    return notice


def by_code(code: str) -> Notice:
    """Raises LookupError for a notice that no app declares."""
    try:
        return _notices[code]
    except KeyError:
        raise LookupError(f"No app declares the notice {code}.") from None


def all_notices() -> Iterable[Notice]:
    """Every declared notice, by code."""
    return tuple(_notices[code] for code in sorted(_notices))
