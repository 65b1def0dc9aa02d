"""The small marks as HTML: icons, severities, clocks, people, times.

Written in Python and not as templates because a queue page draws a hundred and fifty of them. Shapes that
several pages share live in static/icons.svg and are referenced: the browser keeps that file, so a page
carries only the reference. Their selectors are not reachable from our sheets, inherited properties are.
"""

from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import lru_cache
from typing import Any, Protocol

from django.templatetags.static import static
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tsdesk.screen import format as write
from tsdesk.screen.keeping import by_language


class Chip(Protocol):
    """What a clock chip shows. ``percent`` is the share of the time that is used, 0 to 100;
    ``taken`` the seconds until a met clock was met, or since a paused one has stood; ``late`` how much too late it was met."""

    metric_label: str
    state: str
    percent: float
    due_at: datetime | None
    text: str
    taken: float | None
    late: float | None
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


@by_language
def severity_label(level: int) -> str:
    words = {
        1: pgettext("severity", "emergency"),
        2: pgettext("severity", "urgent"),
        3: pgettext("severity", "normal"),
        4: pgettext("severity", "low"),
    }
    return _("Severity %(level)d, %(word)s") % {"level": level, "word": words[level]}


@by_language
def severity(level: int) -> SafeString:
    return format_html(
        '<svg class="sev sev-{}" role="img" aria-label="{}"><use href="{}#sev-{}"/></svg>',
        level,
        severity_label(level),
        sprite(),
        level,
    )


_GLYPH = '<svg class="glyph" viewBox="0 0 14 14" aria-hidden="true"><path d="{}"/></svg>'
_GLYPHS = {
    "breached": _GLYPH.format("M7 2.2v5.6M7 11v.4"),
    "late": _GLYPH.format("M7 2.2v5.6M7 11v.4"),
    "paused": _GLYPH.format("M4.8 3.5v7M9.2 3.5v7"),
    "met": _GLYPH.format("M2.8 7.5 5.8 10.5 11.4 4"),
    "cancelled": _GLYPH.format("M3.5 7h7"),
}


def _ring(used: int) -> str:
    return (
        '<svg viewBox="0 0 14 14" aria-hidden="true"><circle class="track" cx="7" cy="7" r="5"/>'
        f'<circle cx="7" cy="7" r="5" pathLength="100" stroke-dasharray="{used} 100"/></svg>'
    )


@by_language
def _states() -> dict[str, str]:
    """What is said of a clock in each state, as HTML."""
    said = {
        "running": _("running, left"),
        "warning": _("warning, left"),
        "breached": _("breached, late by"),
        "paused": _("paused"),
        "met": _("met"),
        "late": "",
        "cancelled": _("ended"),
    }
    return {state: escape(words) for state, words in said.items()}


def clock(chip: Chip, *, now: datetime) -> SafeString:
    """One clock. A running one carries its due instant, so that clocks.js can count it down in place."""
    state = chip.state
    text = chip.text
    ticking = state in ("running", "warning", "breached") and chip.due_at is not None
    if not text and chip.due_at is not None and ticking:
        text = write.duration((chip.due_at - now).total_seconds())
    if not text and state == "met" and chip.late is not None:
        text = _("met %(time)s late") % {"time": write.duration(chip.late)}
    if not text and state == "met" and chip.taken is not None:
        text = write.duration(chip.taken)
    if not text and state == "paused" and chip.taken is not None:
        text = write.coarse(chip.taken)
    look = "late" if chip.late is not None else state
    label = chip.metric_label
    if state == "paused" and chip.waiting_on:
        label, text = (chip.waiting_on, text) if text else (label, chip.waiting_on)
    sign = _GLYPHS.get(look) or _ring(round(min(max(chip.percent, 0), 100)))
    due = f' data-due="{int(chip.due_at.timestamp())}"' if ticking and chip.due_at is not None else ""
    shown = escape(label)
    # Whom one waits for may be longer than its column.
    whole = f' title="{shown}"' if state == "paused" else ""
    return SafeString(
        f'<span class="clock {"met late" if look == "late" else look}"{due}>{sign}<span{whole}>{shown}</span>'
        f'<b><span class="sr">{_states()[look]} </span><span>{escape(text)}</span></b></span>'
    )


def who(name: str, *, mine: bool = False, big: bool = False) -> SafeString:
    """A disc with initials; an empty name is nobody."""
    size = " big" if big else ""
    if not name:
        return SafeString(f'<span class="who none{size}" role="img" aria-label="{_nobody()}">\u2013</span>')
    said = escape(name)
    return SafeString(
        f'<span class="who{" mine" if mine else ""}{size}" role="img" aria-label="{said}" title="{said}">'
        f"{escape(write.initials(name))}</span>"
    )


@by_language
def _nobody() -> str:
    return escape(_("Nobody"))


def when(instant: datetime, *, now: datetime, zone: tzinfo | None = None, relative: bool = False) -> SafeString:
    """A time in the reader's zone. On hover: in full, in the case's own zone when one is given."""
    reader = get_current_timezone()
    text = write.ago(instant, now=now) if relative else write.moment(instant, now=now, zone=reader)
    return SafeString(
        f'<time datetime="{instant.isoformat(timespec="seconds")}"'
        f' title="{escape(write.full_moment(instant, zone=zone or reader))}">{escape(text)}</time>'
    )


def eyes(names: Sequence[str]) -> SafeString:
    """Who else has something open: a dot for each, four at most, named for screen readers and on hover."""
    if not names:
        return SafeString("")
    listed = ", ".join(names)
    label = escape(_("%(names)s looking now") % {"names": listed})
    dots = "<i></i>" * min(len(names), 4)
    return SafeString(f'<span class="eyes" role="img" aria-label="{label}" title="{escape(listed)}">{dots}</span>')


def tag(text: Any, tone: str = "", *, icon: str = "") -> SafeString:
    """A small label. Tones: good, warn, bad, accent; none is plain."""
    sign = _small_icon(icon) if icon else ""
    return SafeString(f'<span class="tag{" " if tone else ""}{escape(tone)}">{sign}{conditional_escape(text)}</span>')


def _small_icon(name: str) -> SafeString:
    return icon(name, small=True)
