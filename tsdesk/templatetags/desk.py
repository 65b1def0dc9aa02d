"""The words of every template: {% load desk %}. Each draws one part of the screen; none reads the database."""

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.forms import BoundField, Form
from django.forms.models import ModelChoiceIterator
from django.template import Context
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from cases.words import amid
from tsdesk.screen import constant, keeping, marks
from tsdesk.screen import format as write
from tsdesk.screen.entries import Entry, entry
from tsdesk.screen.lines import Line, line

register = template.Library()
register.tag("keep", keeping.keep)
register.tag("translate", constant.translate)
register.tag("url", constant.url)


def _now(context: Context) -> datetime:
    """One instant a page, so that two chips of one page agree."""
    given = context.get("now")
    return given if isinstance(given, datetime) else timezone.now()


@register.simple_tag
def icon(name: str, label: str = "", small: bool = False) -> SafeString:
    return marks.icon(name, str(label), small=small)


@register.simple_tag
def severity(level: int) -> SafeString:
    return marks.severity(int(level))


@register.simple_tag
def severity_name(level: int) -> str:
    return marks.severity_label(int(level))


@register.simple_tag(takes_context=True)
def clock(context: Context, chip: marks.Chip) -> SafeString:
    return marks.clock(chip, now=_now(context))


@register.simple_tag(takes_context=True)
def clocks(context: Context, chips: Iterable[marks.Chip]) -> SafeString:
    now = _now(context)
    drawn = "".join(marks.clock(chip, now=now) for chip in chips)
    return SafeString(f'<div class="clocks">{drawn}</div>')


@register.simple_tag(takes_context=True)
def who(context: Context, person: Any, big: bool = False) -> SafeString:
    """A member of staff, a party, or None for nobody. The reader's own disc is petrol."""
    reader = context.get("user")
    mine = person is not None and getattr(reader, "pk", None) is not None and person == reader
    return marks.who(str(getattr(person, "name", person) or "") if person else "", mine=mine, big=big)


@register.simple_tag
def eyes(people: Iterable[Any]) -> SafeString:
    """Who else has this open: a dot for each, named for screen readers and on hover."""
    return marks.eyes([str(person) for person in people])


@register.simple_tag(takes_context=True)
def lines(context: Context, rows: Iterable[Line], current: int | None = None) -> SafeString:
    """The rows of the queue; ``current`` is the case that the peek shows."""
    now, reader_id = _now(context), getattr(context.get("user"), "pk", None)
    drawn = (line(row, now=now, reader_id=reader_id, is_current=row.pk == current) for row in rows)
    return SafeString("".join(drawn))


def _zone(zone: tzinfo | str | None) -> tzinfo | None:
    if isinstance(zone, str):
        return ZoneInfo(zone) if zone else None
    return zone


@register.simple_tag
def entries(items: Iterable[Entry], zone: tzinfo | str | None = None) -> SafeString:
    """The entries of one day of a timeline; ``zone`` is that of the case."""
    local = _zone(zone)
    return SafeString("".join(entry(item, zone=local) for item in items))


@register.simple_tag(takes_context=True)
def when(
    context: Context, instant: datetime | None, zone: tzinfo | str | None = None, relative: bool = False
) -> SafeString:
    if instant is None:
        return SafeString("")
    return marks.when(instant, now=_now(context), zone=_zone(zone), relative=relative)


@register.simple_tag(takes_context=True)
def ago(context: Context, instant: datetime | None, zone: tzinfo | str | None = None) -> SafeString:
    return when(context, instant, zone, relative=True)


@register.simple_tag(takes_context=True)
def since(context: Context, instant: datetime | None) -> str:
    """How long ago in one unit, for narrow columns: 6m, 1h, 3d."""
    return write.coarse((_now(context) - instant).total_seconds()) if instant else ""


@register.simple_tag
def duration(seconds: float | None) -> str:
    return "" if seconds is None else write.duration(float(seconds))


@register.simple_tag
def money(minor: int | None, currency: str) -> str:
    return "" if minor is None else write.money(int(minor), currency)


@register.simple_tag
def amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else write.amount(int(minor), currency)


@register.simple_tag
def size(octets: int | None) -> str:
    return "" if octets is None else write.file_size(int(octets))


@register.simple_tag
def tag(text: Any, tone: str = "", icon: str = "") -> SafeString:
    """A small label. Tones: good, warn, bad, accent; none is plain."""
    return marks.tag(text, tone, icon=icon)


@register.simple_tag
def lang_span(text: Any, language: str | None = "") -> SafeString:
    """Text in another language than the page says so, for screen readers and hyphenation."""
    if not language or language.split("-")[0] == (get_language() or "").split("-")[0]:
        return format_html("{}", text)
    return format_html('<span lang="{}">{}</span>', language, text)


@register.simple_tag
def meter(done: int, total: int) -> SafeString:
    """A bar; the figures stand beside it as text, so it is hidden from screen readers."""
    width = round(80 * done / total, 1) if total else 0
    return format_html(
        '<svg class="meter" viewBox="0 0 80 4" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="80" height="4"/><rect class="on" width="{}" height="4"/></svg>',
        f"{width:g}",
    )


def _attributes(attributes: dict[str, Any]) -> SafeString:
    return format_html_join(
        "",
        ' {}="{}"',
        ((name.replace("_", "-"), value) for name, value in attributes.items() if value not in (None, False)),
    )


@register.simple_tag
def action(offer: Any, kind: str = "", href: str = "", key: str = "", label: str = "", **attributes: Any) -> SafeString:
    """A move as a button: open, or shown refused with its reason in sight ({% refusal %}).

    ``offer`` has ``move`` (``name``, ``label``) and ``refusal``. With ``href`` it is a link, otherwise it
    submits ``move=NAME`` with the form it stands in. Further attributes are written with hyphens.
    """
    move, text = offer.move, label or offer.move.label
    look = f"btn {kind}".strip()
    if offer.refusal:
        return format_html(
            '<button class="{}" type="button" aria-disabled="true" aria-describedby="no-{}">{}</button>',
            look,
            move.name,
            text,
        )
    hint = format_html(" <kbd>{}</kbd>", key) if key else ""
    if key:
        attributes["data_key"] = key
    attributes["data_palette"] = str(text)
    rest = _attributes(attributes)
    if href:
        return format_html('<a class="{}" href="{}"{}>{}{}</a>', look, href, rest, text, hint)
    return format_html(
        '<button class="{}" type="submit" name="move" value="{}"{}>{}{}</button>', look, move.name, rest, text, hint
    )


@register.simple_tag
def refusal(offer: Any) -> SafeString:
    """Why a move is not open, where {% action %} points."""
    if not offer.refusal:
        return SafeString("")
    return format_html(
        '<p class="refused" id="no-{}">{}<span>{}</span></p>',
        offer.move.name,
        marks.icon("gate", small=True),
        offer.refusal,
    )


FIELDS = keeping.Kept(most=1_000)
"""Fields as they were drawn while nothing was wrong with them."""


@register.simple_tag
def field(bound: BoundField, label: str = "", note: str | None = None, **attributes: Any) -> SafeString:
    """A form field whole: label, control, help (``note``, else the field's own), error.

    Further attributes go to the control.
    """
    key = ("field", label, note, *attributes.items())
    return _drawn(bound, key, lambda: _field(bound, label, note, attributes))


@register.filter
def midway(label: str) -> str:
    """A label in the middle of a sentence: `{{ party.get_role_display|midway }}`."""
    return amid(label)


@register.simple_tag
def control(bound: BoundField, **attributes: Any) -> SafeString:
    """The control of a field alone, as wide as its content, where its words stand around it in a line."""
    attrs = {"class": "field fit"} | {name.replace("_", "-"): value for name, value in attributes.items()}
    return _drawn(bound, ("control", *attrs.items()), lambda: _control(bound, attrs))


def _drawn(bound: BoundField, key: tuple[Any, ...], draw: Callable[[], SafeString]) -> SafeString:
    """A field of a blank form from what is kept, when one that looks the same was drawn before.

    What somebody typed is not kept: nobody else's field looks like it.
    """
    choices, value = getattr(bound.field, "choices", None), bound.value()
    is_blank = choices is not None or value in (None, "", True, False)
    if bound.form.is_bound or isinstance(choices, ModelChoiceIterator) or not is_blank:
        return draw()
    looks = (type(bound.form), bound.html_name, bound.auto_id, value, tuple(choices or ()), bound.field.required,
             bound.field.widget.attrs, bound.label, bound.help_text)  # fmt: skip
    return FIELDS.get(keeping.hashable((*key, *looks)), draw)


def _field(bound: BoundField, label: str, note: str | None, attributes: dict[str, Any]) -> SafeString:
    widget = bound.field.widget
    kind = getattr(widget, "input_type", "")
    grouped = hasattr(widget, "option_inherits_attrs") and kind in ("radio", "checkbox")
    said = bound.help_text if note is None else note
    described = [f"{bound.auto_id}-help"] if said else []
    described += [f"{bound.auto_id}-error"] if bound.errors else []
    attrs = {name.replace("_", "-"): value for name, value in attributes.items()}
    if kind not in ("radio", "checkbox"):
        attrs.setdefault("class", "field")
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    shown = {
        "bound": bound,
        "label": label or bound.label,
        "help": said,
        "kind": "group" if grouped else kind,
        "control": bound if grouped else bound.as_widget(attrs=attrs),
        "optional": not bound.field.required and kind != "checkbox",
    }
    return render_to_string("parts/field.html", shown)


def _control(bound: BoundField, attrs: dict[str, Any]) -> SafeString:
    return SafeString(bound.as_widget(attrs=attrs | ({"aria-invalid": "true"} if bound.errors else {})))


@register.inclusion_tag("parts/errors.html")
def error_summary(*forms: Form) -> dict[str, Any]:
    """Everything that is wrong, in one place above the form, each linked to its field."""
    rows = []
    for form in forms:
        rows += [("", error) for error in form.non_field_errors()]
        rows += [(form[name].auto_id, f"{form[name].label}: {error}") for name in form.errors if name in form.fields
                 for error in form.errors[name]]  # fmt: skip
    return {"rows": rows}


@register.filter
def undo_url(message: Any) -> str:
    """The URL that a message names as its undo, among its extra tags: ``undo:/cases/moves/12/undo/``."""
    for word in str(getattr(message, "extra_tags", "") or "").split():
        if word.startswith("undo:"):
            return word.removeprefix("undo:")
    return ""
