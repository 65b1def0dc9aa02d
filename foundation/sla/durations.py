"""Business time as people write it: "15 min", "1 h 30 min", "3 d"."""

import re

from django.utils.translation import gettext as _

UNITS = {"d": 86_400, "h": 3_600, "min": 60, "s": 1}
"""Seconds in each unit, largest first. A day is 24 hours of open time, however long the office is open on one."""

LONGEST = 400 * UNITS["d"]

_SPELLINGS = {"w": 7 * UNITS["d"], "m": 60, "mins": 60, "sec": 1, "hrs": 3_600, "hr": 3_600} | UNITS
_PART = re.compile(r"\s*([0-9]{1,6}(?:[.,][0-9]{1,3})?)\s*([a-z]{1,4})")


def read_duration(text: str) -> int:
    """The seconds that are written here; ValueError with the sentence why not."""
    parts, at = [], 0
    written = text.strip().lower()
    while at < len(written):
        part = _PART.match(written, at)
        if part is None or part[2] not in _SPELLINGS:
            raise ValueError(
                _("“%(text)s” is not a time such as 15 min, 1 h 30 min or 3 d.") % {"text": text.strip()[:60]}
            )
        parts.append(float(part[1].replace(",", ".")) * _SPELLINGS[part[2]])
        at = part.end()
    seconds = round(sum(parts))
    if not 0 < seconds <= LONGEST:
        raise ValueError(_("A time is longer than nothing and at most 400 d."))
    return seconds


def write_duration(seconds: int) -> str:
    """The same in the fewest units; reading it gives the same seconds."""
    written = []
    for unit, length in UNITS.items():
        count, seconds = divmod(seconds, length)
        if count:
            written.append(f"{count} {unit}")
    return " ".join(written)
