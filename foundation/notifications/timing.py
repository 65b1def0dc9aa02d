"""When a message may leave: the quiet hours of its reader, the two minutes of a bundle, the wait before a retry. Pure."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

BUNDLE = timedelta(minutes=2)
"""The first message to a person goes at once; later ones wait until this long after it (sla-and-escalation.md 19)."""

FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(minutes=15)
MAX_ATTEMPTS = 20
"""A mail server may be away for about three hours before a message is given up."""

MAX_ATTEMPTS_TO_A_PHONE = 5
"""An SMS, a call and a chat are about now: after a minute and a half mail carries them."""

QUICK = frozenset({"sms", "voice", "chat"})


def quiet_until(now: datetime, *, starts: time, ends: time, zone: str) -> datetime | None:
    """When the quiet hours around ``now`` are over, or None when it is not quiet. Equal ends mean no quiet hours.

    An end inside a gap of the clock is shifted by the gap; an ambiguous one is its first occurrence, unless
    that has passed.
    """
    local = now.astimezone(ZoneInfo(zone))
    wall = local.time()
    if starts <= ends:
        quiet, days = starts <= wall < ends, 0
    else:
        quiet, days = wall >= starts or wall < ends, int(wall >= starts)
    if not quiet:
        return None
    end = datetime.combine(local.date() + timedelta(days=days), ends, tzinfo=local.tzinfo)
    resumes = end.astimezone(now.tzinfo)
    return resumes if resumes > now else end.replace(fold=1).astimezone(now.tzinfo)


def attempts_on(channel: str) -> int:
    """How often a message is tried on a channel before the next one carries it."""
    return MAX_ATTEMPTS_TO_A_PHONE if channel in QUICK else MAX_ATTEMPTS


def retry_after(attempts: int, asked: timedelta | None = None) -> timedelta:
    """How long to wait after the n-th attempt (from 1) failed: doubling from five seconds to a quarter of an hour.

    asked: how long the other side asked to be left alone, which is granted up to the same quarter of an hour.
    """
    doubled: timedelta = FIRST_RETRY * 2 ** min(attempts - 1, 16)
    return min(max(doubled, asked or timedelta()), LONGEST_RETRY)
