"""The one search language of queue, palette and API: ``sev:1,2 owner:me -kind:claim "golden retriever" opened:>3d``.

Pure: text in, terms out. Bad terms are kept, with a sentence, and leave the rest of the search working.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MAX_LENGTH = 500
MAX_TERMS = 30

KEYS = {
    "is": gettext_lazy("open, new, waiting, resolved, closed, mine, unassigned, breached, due, escalated, emergency"),
    "sev": gettext_lazy("severity, 1 to 4"),
    "owner": gettext_lazy("me, none, off-shift, or a name"),
    "waiting": gettext_lazy("reporter, respondent, vet, legal, law_enforcement"),
    "team": gettext_lazy("a team"),
    "kind": gettext_lazy("incident"),
    "cat": gettext_lazy("a category"),
    "level": gettext_lazy("c1 to c4"),
    "market": gettext_lazy("a country, such as US"),
    "lang": gettext_lazy("a language, such as es"),
    "channel": gettext_lazy("phone, email, sms, chat, social, api, form, import"),
    "opened": gettext_lazy("age such as >3d or <14d, or a day such as 2026-11-20"),
    "clock": gettext_lazy("a clock due within, such as first<1h"),
    "last": gettext_lazy("in: they wrote last; out: we did"),
    "outcome": gettext_lazy("how it was resolved"),
    "person": gettext_lazy("the number of a person"),
    "id": gettext_lazy("the id in the marketplace"),
}
_ALIASES = {
    "severity": "sev",
    "state": "is",
    "category": "cat",
    "language": "lang",
    "received": "opened",
    "assignee": "owner",
}
_TERM = re.compile(r"""(?P<minus>-)?(?:(?P<key>[a-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))""", re.IGNORECASE)
_AGE = re.compile(r"(?P<op>[<>])(?P<n>\d{1,4})(?P<unit>[mhdw])")
_CLOCK = re.compile(r"(?:(?P<metric>[a-z_]+))?<(?P<n>\d{1,4})(?P<unit>[mhdw])")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
METRICS = {
    "first": "first_response",
    "reply": "next_response",
    "update": "periodic_update",
    "resolve": "resolution",
    "any": "",
}


OFF_SHIFT = "off-shift"
"""What ``owner:`` takes for whoever has a case and is not on shift."""


@dataclass(frozen=True, slots=True)
class Term:
    """One term. key "" is words; values are alternatives; ``phrase`` keeps the words together."""

    key: str
    values: tuple[str, ...]
    excluded: bool = False
    phrase: bool = False
    text: str = ""


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed search: its terms in order, and what could not be read, term by sentence."""

    text: str
    terms: tuple[Term, ...] = ()
    problems: tuple[tuple[str, str], ...] = field(default=())

    def has(self, key: str) -> bool:
        return any(term.key == key for term in self.terms)

    @property
    def words(self) -> tuple[Term, ...]:
        return tuple(term for term in self.terms if term.key == "")

    def without(self, term: Term) -> str:
        """The search as text, less one term: what the cross on a chip leads to."""
        return " ".join(other.text for other in self.terms if other is not term)


def parse(text: str) -> Search:
    """Read a search. Never raises: what makes no sense is reported in ``problems`` and left out."""
    text = " ".join(text.replace("\x00", " ").split())[:MAX_LENGTH]
    terms: list[Term] = []
    problems: list[tuple[str, str]] = []
    for match in _TERM.finditer(text):
        if len(terms) == MAX_TERMS:
            problems.append((match.group(), _("Only the first %d terms are used.") % MAX_TERMS))
            break
        key = (match["key"] or "").lower()
        key = _ALIASES.get(key, key)
        value = match["quoted"] if match["quoted"] is not None else match["plain"]
        if not key and value.endswith(":") and value[:-1].lower() in KEYS:
            problems.append((match.group(), _("Nothing follows it.")))
            continue
        if key and key not in KEYS:
            terms.append(Term("", (match.group(),), text=match.group()))
            continue
        if not value.strip():
            problems.append((match.group(), _("Nothing follows it.")))
            continue
        values = (value,) if not key or match["quoted"] is not None else tuple(v for v in value.split(",") if v)
        term = Term(key, values, bool(match["minus"]), match["quoted"] is not None, match.group())
        if problem := _problem(term):
            problems.append((match.group(), problem))
        else:
            terms.append(term)
    return Search(text, tuple(terms), tuple(problems))


def _problem(term: Term) -> str | None:
    """Why a term cannot be used, or None."""
    bad = next((value for value in term.values if not _fits(term.key, value)), None)
    if bad is None and term.values:
        return None
    return _("%(key)s takes %(takes)s.") % {"key": f"{term.key}:", "takes": KEYS[term.key]}


def _fits(key: str, value: str) -> bool:
    low = value.lower()
    match key:
        case "is":
            return low in IS
        case "sev":
            return low in {"1", "2", "3", "4"}
        case "level":
            return low in {"c1", "c2", "c3", "c4"}
        case "last":
            return low in {"in", "out"}
        case "opened":
            return opened_range(low, datetime(2026, 1, 1, tzinfo=UTC)) is not None
        case "clock":
            return clock_within(low) is not None
        case "person":
            return low.isdecimal() and len(low) < 18
        case _:
            return True


IS = {
    "open": gettext_lazy("Open"),
    "new": gettext_lazy("New"),
    "waiting": gettext_lazy("Waiting"),
    "resolved": gettext_lazy("Resolved"),
    "closed": gettext_lazy("Closed"),
    "mine": gettext_lazy("Mine"),
    "unassigned": gettext_lazy("Unassigned"),
    "breached": gettext_lazy("Breached"),
    "due": gettext_lazy("Due soon"),
    "escalated": gettext_lazy("Escalated"),
    "emergency": gettext_lazy("Emergency"),
    "any": gettext_lazy("Any state"),
}


def opened_range(value: str, now: datetime) -> tuple[datetime | None, datetime | None] | None:
    """From and until (exclusive) of an ``opened:`` term, or None when it cannot be read. ``>3d`` is older than 3 days."""
    if age := _AGE.fullmatch(value):
        edge = now - int(age["n"]) * _UNITS[age["unit"]]
        return (None, edge) if age["op"] == ">" else (edge, None)
    try:
        day = date.fromisoformat(value)
        start = datetime(day.year, day.month, day.day, tzinfo=now.tzinfo)
        return start, start + timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def clock_within(value: str) -> tuple[str, timedelta] | None:
    """The metric ("" for any) and the time within which it is due, or None when it cannot be read."""
    match = _CLOCK.fullmatch(value)
    if match is None or (match["metric"] or "any") not in METRICS:
        return None
    return METRICS[match["metric"] or "any"], int(match["n"]) * _UNITS[match["unit"]]
