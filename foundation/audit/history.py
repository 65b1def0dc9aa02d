"""Putting down what happened before the desk was there to see it: the past of a demo, or of another desk.

Inside ``telling`` every entry of the trail carries the instant it tells of as ``told_at``, and timelines show that.
``recorded_at`` stays the database's, so the trail never claims to have known a thing before it did. And nobody is
notified: news is what happens now.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime

_told_at: ContextVar[datetime | None] = ContextVar("told_at", default=None)


@contextmanager
def telling(at: datetime) -> Iterator[None]:
    """What is done inside happened at ``at``. The outbox stays closed meanwhile."""
    token = _told_at.set(at)
    try:
        yield
    finally:
        _told_at.reset(token)


def told_at() -> datetime | None:
    """The instant that is being told of, or None while things happen as they are written down."""
    return _told_at.get()
