"""Reading an inbox: what its owner may see of it now. A notice about a record that she lost sight of is absent."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.template.loader import render_to_string

from foundation.accounts.models import User
from foundation.notifications import notices, rendering
from foundation.notifications.models import InboxItem

PAGE = 25
COUNTED = 100
"""Nobody needs an exact count beyond this: the bell then says 99+."""


@dataclass(frozen=True, slots=True)
class Line:
    """An item in words; ``label`` names its record."""

    item: InboxItem
    label: str
    html: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    """Lines, newest first. ``before`` continues with older ones; None: there are none."""

    lines: Sequence[Line]
    before: int | None


def read_inbox(user: User, *, before: int | None = None, unread: bool = False) -> InboxPage:
    """A page of her inbox. Its queries do not grow with its length."""
    items = InboxItem.objects.of(user)
    if unread:
        items = items.unread()
    if before is not None:
        items = items.filter(pk__lt=before)
    newest = items.newest(PAGE + 1)
    shown = newest[:PAGE]
    told = rendering.readable([item.message for item in shown], user)
    actors = rendering.actor_names(one.message for one in told)
    items_by_message = {item.message_id: item for item in shown}
    lines = [_line(items_by_message[one.message.pk], one, actors) for one in told]
    return InboxPage(lines, shown[-1].pk if len(newest) > PAGE else None)


def count_unread(user: User) -> int:
    """How many unread items she may see, counted up to COUNTED."""
    items = InboxItem.objects.of(user).unread().newest(COUNTED)
    return len(rendering.readable([item.message for item in items], user)) if items else 0


def _line(item: InboxItem, told: rendering.Readable, actors: dict[tuple[str, str], str]) -> Line:
    message, record = told
    if record is None:
        return Line(item, "", render_to_string(f"{rendering.BARE}.inbox.html", rendering.bare_words(message)))
    words = rendering.words(message, record, actors)
    template = f"{notices.by_code(message.notice).template}.inbox.html"
    return Line(item, words["label"], render_to_string(template, words))
