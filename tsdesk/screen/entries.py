"""The entries of a timeline as HTML, in one pass: a page holds 50, and the poll of a case draws all of them anew."""

from datetime import datetime, tzinfo
from typing import Protocol

from django.utils.html import escape, linebreaks
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tsdesk.screen import marks
from tsdesk.screen.keeping import by_language


class Entry(Protocol):
    """What one line of a timeline shows. Every text is plain, and empty where there is none; ``look`` is its CSS class."""

    @property
    def pk(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def look(self) -> str: ...
    @property
    def icon(self) -> str: ...
    @property
    def sentence(self) -> str: ...
    @property
    def head(self) -> str: ...
    @property
    def aside(self) -> str: ...
    @property
    def body(self) -> str: ...
    @property
    def quote(self) -> str: ...
    @property
    def is_note(self) -> bool: ...
    @property
    def erased(self) -> bool: ...


def entry(item: Entry, *, zone: tzinfo | None = None) -> SafeString:
    """One entry under the heading of its day, so that only its time of day is told. zone: that of the case, on hover."""
    if item.head:
        aside = _staff_only() if item.is_note else f"<span>{escape(item.aside)}</span>"
        head = f"<b>{escape(item.head)}</b>{aside}"
    else:
        head = f"<span>{escape(item.sentence)}{': ' if item.quote else ''}{escape(item.quote)}</span>"
    if item.erased:
        body = f'<div class="body"><p class="faint">{_erased()}</p></div>'
    else:
        body = f'<div class="body">{linebreaks(item.body, autoescape=True)}</div>' if item.body else ""
    return SafeString(
        f'<li class="event {escape(item.look)}" id="entry-{item.pk}"><span class="mark">{marks.icon(item.icon)}</span>'
        f'<div class="box"><div class="head">{head}{marks.when(item.at, now=item.at, zone=zone)}</div>{body}</div></li>\n'
    )


@by_language
def _staff_only() -> str:
    return marks.tag(_("Staff only"), icon="lock")


@by_language
def _erased() -> str:
    return escape(_("The text was erased."))
