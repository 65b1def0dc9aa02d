"""The timeline of a case: entries of the trail as sentences and messages, read with the reader's rights.

Names are looked up when it is read; what the reader may not see (another case, an erased text) stays unnamed.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db import connection
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from cases.access import compartments_for
from cases.assignment import BECAUSE
from cases.models import BreachReason, Case, Direction, LinkKind, PartyRole, Playbook
from cases.models.case import Channel
from cases.models.contacts import ContactChannel
from cases.words import amid
from cases.workflow import CaseState, Outcome, WaitingOn
from foundation.accounts.models import User
from foundation.audit.events import Event, Family, by_code
from foundation.audit.timeline import TimelineEntry, entries_about
from foundation.escalation.reasons import gap_name, reason_name
from foundation.sla.models import Metric

PAGE = 50

FILTERS: Mapping[str, tuple[str | Promise, tuple[Family, ...]]] = {
    "messages": (gettext_lazy("Messages"), (Family.MESSAGE,)),
    "calls": (gettext_lazy("Calls"), (Family.CALL,)),
    "notes": (gettext_lazy("Notes"), (Family.NOTE,)),
    "evidence": (gettext_lazy("Evidence"), (Family.EVIDENCE,)),
    "clocks": (gettext_lazy("Clocks"), (Family.CLOCK,)),
    "changes": (gettext_lazy("Changes"), (Family.CHANGE, Family.ACCESS)),
}

_LABELS: Mapping[str, Mapping[str, str | Promise]] = {
    "on": dict(WaitingOn.choices),
    "outcome": dict(Outcome.choices),
    "role": dict(PartyRole.choices),
    "direction": dict(Direction.choices),
    "channel": dict(Channel.choices) | dict(ContactChannel.choices),
    "metric": dict(Metric.choices),
    "kind": dict(LinkKind.choices),
    "state": dict(CaseState.choices),
}
_STAFF = ("to", "previous", "owner", "acknowledged_by", "person_paged")
_CASES = ("other", "of", "into")
_INSTANTS = ("due_at", "breached_at", "until", "occurred_at", "at")
_ICONS = {
    Family.MESSAGE: "mail",
    Family.CALL: "phone",
    Family.NOTE: "note",
    Family.EVIDENCE: "clip",
    Family.CLOCK: "clock",
    Family.ACCESS: "eye",
    Family.CHANGE: "edit",
}
_CHANNEL_ICONS = {
    "phone": "phone",
    "sms": "sms",
    "chat": "sms",
    "social": "globe",
    "in_person": "people",
    "portal": "globe",
}
_EVENT_ICONS = {
    "case.escalated": "up", "escalation.started": "siren", "escalation.acknowledged": "check", "case.resolved": "check",
    "case.waiting": "pause", "case.resumed": "right", "case.severity_changed": "flag", "case.level_raised": "lock",
    "case.linked": "link", "case.merged": "merge", "task.added": "task", "task.done": "check", "check.ticked": "check",
    "case.created": "inbox", "case.taken": "user", "case.assigned": "user", "case.handed_over": "hands",
    "case.routed": "user", "case.owner_off_shift": "moon",
}  # fmt: skip
_WARNED = frozenset(
    {"clock.breached", "clock.warned", "escalation.started", "escalation.exhausted", "access.glass_broken"}
)


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the timeline. ``look`` is the CSS class; messages and notes have a head, the rest a sentence."""

    pk: int
    at: datetime
    look: str
    icon: str
    sentence: str = ""
    head: str = ""
    aside: str = ""
    body: str = ""
    quote: str = ""
    is_note: bool = False
    erased: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """A page of a case's timeline, newest first, in days of the reader's zone."""

    days: Sequence[tuple[date, Sequence[Item]]]
    older: int | None


def timeline_of(case: Case, *, reader: User, show: str = "", before: int | None = None) -> Timeline:
    """Up to PAGE items; ``show`` is one of FILTERS or everything; ``before`` the id of the last item of the page above."""
    families = FILTERS[show][1] if show in FILTERS else None
    entries = entries_about(case.subject, families=families, before_id=before, limit=PAGE + 1)
    shown = entries[:PAGE]
    names = _Names(shown, reader, compartments_for(reader, case))
    items = [_item(entry, names) for entry in shown if names.may_tell(entry)]
    days = [
        (day, list(members)) for day, members in groupby(items, key=lambda item: timezone.localtime(item.at).date())
    ]
    return Timeline(days, shown[-1].id if len(entries) > PAGE else None)


def filter_counts(events: Mapping[str, int]) -> list[tuple[str, str | Promise, int]]:
    """Each filter that finds something among so many entries of each event: its name, its label and how much."""
    found: Counter[Family] = Counter()
    for code, number in events.items():
        event = by_code(code)
        if event is not None and event.on_timeline:
            found[event.family] += number
    counts = [(name, label, sum(found[family] for family in families)) for name, (label, families) in FILTERS.items()]
    return [row for row in counts if row[2]]


_NAMED = """
    SELECT 'staff', id::text, name FROM accounts_user WHERE id = ANY(%(staff)s)
    UNION ALL SELECT 'integration', id::text, name FROM accounts_integration WHERE id = ANY(%(integration)s)
    UNION ALL SELECT 'person', id::text, name FROM people_person WHERE id = ANY(%(person)s)
    UNION ALL SELECT 'team', id::text, name FROM accounts_team WHERE id = ANY(%(team)s)
    UNION ALL SELECT 'check', id::text, COALESCE(texts ->> %(language)s, texts ->> 'en') FROM cases_check
        WHERE id = ANY(%(check)s)
    UNION ALL SELECT 'evidence', id::text, title FROM cases_evidence
        WHERE id = ANY(%(evidence)s::uuid[]) AND compartment = ANY(%(held)s)
"""
_KINDS = ("staff", "integration", "person", "team", "check", "evidence")


def _names_of(wanted: Mapping[str, set[str]], held: frozenset[str]) -> dict[str, dict[str, str]]:
    """The names of these by kind and id, in one statement. Evidence outside the compartments held has none."""
    named: dict[str, dict[str, str]] = {kind: {} for kind in _KINDS}
    ids: dict[str, list[Any]] = {kind: [int(pk) for pk in wanted[kind] if pk.isdecimal()] for kind in _KINDS[:-1]}
    ids["evidence"] = list(wanted["evidence"])
    if any(ids.values()):
        with connection.cursor() as cursor:
            language = (get_language() or "en").split("-")[0]
            cursor.execute(_NAMED, ids | {"held": list(held), "language": language})
            for kind, pk, name in cursor.fetchall():
                named[kind][pk] = name
    return named


class _Names:
    """The names that a page of entries needs, read in one statement, and in another one those of other cases."""

    def __init__(self, entries: Iterable[TimelineEntry], reader: User, held: frozenset[str]) -> None:
        wanted: dict[str, set[str]] = defaultdict(set)
        for entry in entries:
            wanted[entry.actor_kind].add(entry.actor_id)
            for name, value in entry.data.items():
                if name in _STAFF:
                    wanted["staff"].add(str(value))
                elif name == "person":
                    wanted["staff" if entry.event.family is Family.ACCESS else "person"].add(str(value))
                elif name in _CASES:
                    wanted["case"].add(str(value))
                elif name in ("evidence", "check"):
                    wanted[name].add(str(value))
                elif entry.event.code == "case.moved_team" and name in ("old", "new"):
                    wanted["team"].add(str(value))
        named = _names_of(wanted, held)
        self._staff = named["staff"]
        self._integrations = named["integration"]
        self._people = named["person"]
        self._teams = named["team"]
        self._checks = named["check"]
        self._evidence = named["evidence"]
        cases = Case.objects.visible_to(reader) if wanted["case"] else Case.objects.none()
        numbers = [value for value in wanted["case"] if value.isdecimal()]
        found = cases.filter(pk__in=numbers) if numbers else cases.filter(reference__in=wanted["case"])
        self._cases: dict[str, str] = {}
        for pk, reference in found.values_list("pk", "reference"):
            self._cases |= {str(pk): reference, reference: reference}

    def may_tell(self, entry: TimelineEntry) -> bool:
        """Evidence in a compartment that the reader does not hold is absent, and so is what happened to it."""
        return "evidence" not in entry.data or str(entry.data["evidence"]) in self._evidence

    def actor(self, entry: TimelineEntry) -> str:
        if entry.actor_kind == "staff":
            return self._staff.get(entry.actor_id, _("Somebody"))
        if entry.actor_kind == "integration":
            return self._integrations.get(entry.actor_id, _("An integration"))
        return _("The desk")

    def person(self, pk: Any) -> str:
        return self._people.get(str(pk), "")

    def word(self, entry: TimelineEntry, name: str, value: Any) -> str:
        """A fact of an entry as a reader says it."""
        if name in _STAFF:
            return self._staff.get(str(value), str(value))
        if name == "person":
            named = self._staff if entry.event.family is Family.ACCESS else self._people
            return named.get(str(value)) or _("Somebody")
        if name == "evidence":
            return self._evidence.get(str(value), "")
        if name == "item":
            # In the reader's language; a step that is no longer on the case in the words that the trail kept.
            return self._checks.get(str(entry.data.get("check")), str(value))
        if name in _CASES:
            return self._cases.get(str(value), _("another case"))
        if name in ("old", "new") and entry.event.code == "case.moved_team":
            return self._teams.get(str(value), str(value))
        if name in _INSTANTS and isinstance(value, str):
            return _moment(value)
        if say := _SAYINGS.get((entry.event.code, name)) or _SAYINGS.get((entry.event.code.split(".")[0], name)):
            return say(value)
        if name not in _LABELS:
            return str(value)
        label = str(_LABELS[name].get(value, value))
        return label if str(entry.event.sentence).startswith(f"{{{name}}}") else amid(label)


def _playbook_name(slug: Any) -> str:
    playbook = Playbook.objects.filter(slug=slug).first()
    return playbook.name(get_language() or "en") if playbook is not None else str(slug)


_SAYINGS: Mapping[tuple[str, str], Callable[[Any], str]] = {
    ("clock.breach_explained", "reason"): lambda value: str(dict(BreachReason.choices).get(value, value)),
    ("escalation", "reason"): lambda value: reason_name(str(value)),
    ("escalation.level_empty", "why"): lambda value: gap_name(str(value)),
    ("playbook.started", "playbook"): _playbook_name,
    ("case.routed", "because"): lambda value: str(BECAUSE.get(value, value)),
    ("case.edited", "fields"): lambda value: ", ".join(str(field).replace("_", " ") for field in value),
}
"""Facts that are said in words of their own, by event code or by its noun."""


class _Missing(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "–"


def _item(entry: TimelineEntry, names: _Names) -> Item:
    event = entry.event
    if event.family in (Family.MESSAGE, Family.CALL) and "direction" in entry.data:
        return _message(entry, names)
    if event.family == Family.NOTE:
        return Item(
            entry.id, entry.at, "msg note", "note", head=names.actor(entry), body=entry.texts.get("body") or "", is_note=True,
            erased=_erased(entry),
        )  # fmt: skip
    words = _Missing(actor=names.actor(entry))
    words |= {name: names.word(entry, name, value) for name, value in entry.data.items()}
    words |= {name: text for name, text in entry.texts.items() if text and name not in words}
    quote = next((text for name, text in entry.texts.items() if name in ("reason", "title") and text), "")
    return Item(
        entry.id, entry.at, "sys warned" if event.code in _WARNED else "sys", _icon(event),
        sentence=_sentence(entry, words), quote=quote, erased=_erased(entry),
    )  # fmt: skip


def _sentence(entry: TimelineEntry, words: Mapping[str, str]) -> str:
    """What the event says; of a target that was reached too late, by how much."""
    due_at, met_at = _instant(entry.data.get("due_at")), _instant(entry.data.get("met_at"))
    if entry.event.code == "clock.met" and entry.data.get("late") and due_at and met_at:
        return _("%(metric)s was met, late by %(time)s") % {
            "metric": words["metric"],
            "time": timesince(due_at, met_at),
        }
    return str(entry.event.sentence).format_map(words)


def _message(entry: TimelineEntry, names: _Names) -> Item:
    """A contact: theirs under their name, ours under ours."""
    data = entry.data
    inward = data.get("direction") == Direction.IN
    person = names.person(data.get("person"))
    role = _LABELS["role"].get(data.get("role", ""), "")
    channel = amid(_LABELS["channel"].get(data.get("channel", ""), data.get("channel", "")))
    if inward:
        person = person or _("Somebody outside")
        aside = _("%(role)s, by %(channel)s") % {"role": amid(role), "channel": channel} if role else channel
    else:
        person = person or _("somebody outside")
        aside = _("to %(person)s, by %(channel)s") % {"person": person, "channel": channel}
    if data.get("automatic"):
        aside = _("%(aside)s, automatic") % {"aside": aside}
    at = _instant(data.get("occurred_at")) or entry.at
    icon = _CHANNEL_ICONS.get(data.get("channel", ""), "mail")
    look = "msg in" if inward else "msg"
    if not entry.texts.get("body") and not _erased(entry):
        look = "sys"  # there are no words to put into a box
    return Item(
        entry.id, at, look, icon, head=person if inward else names.actor(entry), aside=aside,
        body=entry.texts.get("body") or "", erased=_erased(entry),
    )  # fmt: skip


def _erased(entry: TimelineEntry) -> bool:
    return any(text is None for text in entry.texts.values())


def _icon(event: Event) -> str:
    return _EVENT_ICONS.get(event.code, _ICONS[event.family])


def _instant(value: Any) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def _moment(value: str) -> str:
    try:
        local = timezone.localtime(datetime.fromisoformat(value))
    except ValueError:
        return value
    return formats.date_format(local, "j M, H:i")
