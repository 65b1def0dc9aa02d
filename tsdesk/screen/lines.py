"""The rows of the queue as HTML, in one pass.

Written in Python as the marks are: a page has 25 rows of nine cells, is polled by everybody on shift, and what a template
would look up for each cell is the same in all of them.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tsdesk.screen import format as write
from tsdesk.screen import marks
from tsdesk.screen.keeping import by_language


class Line(Protocol):
    """What a row shows. Every text is plain; names may be empty, and so may ``lang`` where the title is in the page's."""

    @property
    def pk(self) -> int: ...
    @property
    def reference(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def peek_url(self) -> str: ...
    @property
    def severity(self) -> int: ...
    @property
    def icon(self) -> str: ...
    @property
    def category(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def lang(self) -> str: ...
    @property
    def names(self) -> str: ...
    @property
    def looking(self) -> Sequence[str]: ...
    @property
    def chip(self) -> marks.Chip | None: ...
    @property
    def owner_id(self) -> int | None: ...
    @property
    def owner(self) -> str: ...
    @property
    def last_at(self) -> datetime | None: ...
    @property
    def last_in(self) -> bool: ...
    @property
    def last_from(self) -> str: ...
    @property
    def why(self) -> str: ...


def line(row: Line, *, now: datetime, reader_id: int | None, is_current: bool = False) -> SafeString:
    """A row of the queue. reader_id: whose own disc is petrol. is_current: the one that the peek shows."""
    reference, why = escape(row.reference), escape(row.why)
    current = ' aria-current="true"' if is_current else ""
    lang = f' lang="{escape(row.lang)}"' if row.lang else ""
    names = f'<span class="for">{escape(row.names)}</span>' if row.names else ""
    chip = marks.clock(row.chip, now=now) if row.chip is not None else ""
    owner = marks.who(row.owner, mine=row.owner_id is not None and row.owner_id == reader_id)
    return SafeString(
        f'<tr class="row" id="row-{row.pk}" data-row data-peek="{escape(row.peek_url)}"{current}>'
        f'<td class="pick"><input type="checkbox" name="case" value="{row.pk}"'
        f' aria-label="{_select().replace("%(reference)s", reference)}"></td>'
        f'<td class="s">{marks.severity(row.severity)}</td>'
        f'<td class="ref">{reference}</td>'
        f'<td class="kind">{marks.icon(row.icon, row.category)}</td>'
        f'<td class="what"><div><a dir="auto" href="{escape(row.url)}"{lang}>{escape(row.title)}</a>'
        f"{names}{marks.eyes(row.looking)}</div></td>"
        f'<td class="clk">{chip}</td>'
        f'<td class="own">{owner}</td>'
        f'<td class="last">{_last_word(row, now)}</td>'
        f'<td class="why" title="{why}">{why}</td>'
        "</tr>\n"
    )


def _last_word(row: Line, now: datetime) -> str:
    if row.last_at is None:
        return ""
    came, went, them = _ways()
    start = came if row.last_in else went
    ago = write.coarse((now - row.last_at).total_seconds())
    whom = escape(row.last_from) if row.last_from else them
    return f'<span class="word">{start}{whom}</span> <span class="ago">{escape(ago)}</span></span>'


@by_language
def _select() -> str:
    return escape(_("Select %(reference)s"))


@by_language
def _ways() -> tuple[str, str, str]:
    """How a word that came in begins, one that went out, and what somebody without a role is called."""
    came = f'{marks.icon("in", small=True)}<span class="them"><span class="sr">{escape(_("from"))} </span>'
    went = f'{marks.icon("out", small=True)}<span><span class="sr">{escape(_("to"))} </span>'
    return came, went, escape(_("Them"))
