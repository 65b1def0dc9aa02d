"""The small marks as HTML: icons, severities, clocks, people, times.

Written in Python and not as templates because a queue page draws a hundred and fifty of them. Shapes that
several pages share live in static/icons.svg and are referenced: the browser keeps that file, so a page
carries only the reference. Their selectors are not reachable from our sheets, inherited properties are.
"""

from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Protocol

from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tsdesk.screen import format as write


class Chip(Protocol):
    """What a clock chip shows. ``percent`` is the share of the time that is used, 0 to 100;
    ``taken`` the seconds until a met clock was met, or since a paused one has stood."""

    metric_label: str
    state: str
    percent: float
    due_at: datetime | None
    text: str
    taken: float | None
    waiting_on: str


@lru_cache(maxsize=1)
def sprite() -> str:
    return static("icons.svg")


@lru_cache(maxsize=512)
def icon(name: str, label: str = "", *, small: bool = False) -> SafeString:
    """An icon of the sprite. Without a label it is decoration and hidden from screen readers."""
    size = "i small" if small else "i"
    if not label:
        return format_html('<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>', size, sprite(), name)
    return format_html(
        '<svg class="{}" role="img" aria-label="{}"><title>{}</title><use href="{}#{}"/></svg>',
        size, label, label, sprite(), name,
    )  # fmt: skip


def severity_label(level: int) -> str:
    words = {
        1: pgettext("severity", "emergency"),
        2: pgettext("severity", "urgent"),
        3: pgettext("severity", "normal"),
        4: pgettext("severity", "low"),
    }
    return _("Severity %(level)d, %(word)s") % {"level": level, "word": words[level]}


def severity(level: int) -> SafeString:
    return _severity(level, severity_label(level))


@lru_cache(maxsize=64)
def _severity(level: int, label: str) -> SafeString:
    return format_html(
        '<svg class="sev sev-{}" role="img" aria-label="{}"><use href="{}#sev-{}"/></svg>',
        level,
        label,
        sprite(),
        level,
    )


_RING = (
    '<svg viewBox="0 0 14 14" aria-hidden="true"><circle class="track" cx="7" cy="7" r="5"/>'
    '<circle cx="7" cy="7" r="5" pathLength="100" stroke-dasharray="{} 100"/></svg>'
)
_GLYPH = '<svg class="glyph" viewBox="0 0 14 14" aria-hidden="true"><path d="{}"/></svg>'
_CLOCK = '<span class="clock {}"{}>{}<span{}>{}</span><b><span class="sr">{} </span><span>{}</span></b></span>'
_GLYPHS = {
    "breached": "M7 2.2v5.6M7 11v.4",
    "paused": "M4.8 3.5v7M9.2 3.5v7",
    "met": "M2.8 7.5 5.8 10.5 11.4 4",
    "cancelled": "M3.5 7h7",
}


def clock(chip: Chip, *, now: datetime) -> SafeString:
    """One clock. A running one carries its due instant, so that clocks.js can count it down in place."""
    state = chip.state
    text = chip.text
    ticking = state in ("running", "warning", "breached") and chip.due_at is not None
    if not text and chip.due_at is not None and ticking:
        text = write.duration((chip.due_at - now).total_seconds())
    if not text and state == "met" and chip.taken is not None:
        text = write.duration(chip.taken)
    if not text and state == "paused" and chip.taken is not None:
        text = write.coarse(chip.taken)
    label = chip.metric_label
    if state == "paused" and chip.waiting_on:
        label, text = (chip.waiting_on, text) if text else (label, chip.waiting_on)
    said = {
        "running": _("running, left"),
        "warning": _("warning, left"),
        "breached": _("breached, late by"),
        "paused": _("paused"),
        "met": _("met"),
        "cancelled": _("ended"),
    }[state]
    used = round(min(max(chip.percent, 0), 100))
    sign = format_html(_GLYPH, _GLYPHS[state]) if state in _GLYPHS else format_html(_RING, used)
    due = format_html(' data-due="{}"', int(chip.due_at.timestamp())) if ticking and chip.due_at is not None else ""
    # Whom one waits for may be longer than its column.
    whole = format_html(' title="{}"', label) if state == "paused" else ""
    return format_html(_CLOCK, state, due, sign, whole, label, said, text)


def who(name: str, *, mine: bool = False, big: bool = False) -> SafeString:
    """A disc with initials; an empty name is nobody."""
    size = " big" if big else ""
    if not name:
        return format_html('<span class="who none{}" role="img" aria-label="{}">\u2013</span>', size, _("Nobody"))
    return format_html(
        '<span class="who{}{}" role="img" aria-label="{}" title="{}">{}</span>',
        " mine" if mine else "", size, name, name, write.initials(name),
    )  # fmt: skip


def when(instant: datetime, *, now: datetime, zone: tzinfo | None = None, relative: bool = False) -> SafeString:
    """A time in the reader's zone. On hover: in full, in the case's own zone when one is given."""
    reader = get_current_timezone()
    text = write.ago(instant, now=now) if relative else write.moment(instant, now=now, zone=reader)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        instant.isoformat(timespec="seconds"), write.full_moment(instant, zone=zone or reader), text,
    )  # fmt: skip
