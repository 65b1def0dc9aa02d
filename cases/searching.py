"""From a parsed search to cases. Every search starts from what the reader may see."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import reduce
from operator import or_

from django.contrib.postgres.search import SearchQuery
from django.db.models import Exists, OuterRef, Q

from cases.models import Case, CaseText, Clock, Party
from cases.querysets import CaseQuerySet
from cases.search_language import OFF_SHIFT, Search, Term, clock_within, opened_range
from cases.shift_cover import with_owner_off_shift
from cases.words import plain
from cases.workflow import OPEN_STATES, CaseState
from foundation.accounts.models import User
from foundation.accounts.permissions import Compartment
from foundation.audit.actors import Acting
from foundation.sla.models import ClockState

DUE_SOON = timedelta(hours=4)
"""What "due soon" means: a clock that runs out within this time."""

WORD_MATCHES = 5_000
"""At most this many cases are looked at for words; a word that common does not narrow a search."""


def search_cases(search: Search, *, reader: Acting, now: datetime) -> CaseQuerySet:
    """The cases the reader may see that fit every term, unordered."""
    cases = Case.objects.visible_to(reader)
    for term in search.terms:
        condition = _words(term, reader) if term.key == "" else _FILTERS[term.key](term.values, reader, now)
        cases = cases.exclude(condition) if term.excluded else cases.filter(condition)
    return cases


def is_about_open_cases(search: Search) -> bool:
    """Whether only open cases can match, so that the queue's order applies."""
    states = [term for term in search.terms if term.key == "is" and not term.excluded]
    return any({value.lower() for value in term.values} <= _OPEN_ONLY for term in states)


_OPEN_ONLY = {"open", "new", "waiting", "unassigned", "due", "emergency", "breached", "mine", "escalated"}


def _any(conditions: list[Q]) -> Q:
    return reduce(or_, conditions, Q(pk__in=[]))


def _clock(**conditions: object) -> Q:
    return Q(Exists(Clock.objects.filter(case=OuterRef("pk"), **conditions)))


def _is(values: tuple[str, ...], reader: Acting, now: datetime) -> Q:
    mine = Q(assignee_id=reader.pk) if isinstance(reader, User) else Q(pk__in=[])
    is_open = Q(state__in=OPEN_STATES)
    named = {
        "open": is_open,
        "new": Q(state=CaseState.NEW),
        "waiting": Q(state=CaseState.WAITING),
        "resolved": Q(state=CaseState.RESOLVED),
        "closed": Q(state=CaseState.CLOSED),
        "mine": mine & is_open,
        "unassigned": Q(assignee__isnull=True) & is_open,
        "breached": is_open & breached(now),
        "due": is_open & _clock(state=ClockState.RUNNING, due_at__gt=now, due_at__lte=now + DUE_SOON),
        "escalated": Q(escalated_to__isnull=False) & is_open,
        "emergency": Q(severity=1) & is_open,
        "any": ~Q(pk__in=[]),
    }
    return _any([named[value.lower()] for value in values])


def breached(now: datetime) -> Q:
    """Cases with a clock past due and not met: right at reading time, whether or not a sweep has noticed."""
    unmet = Clock.objects.filter(Q(due_at__lt=now) | Q(breached_at__isnull=False), case=OuterRef("pk")).filter(
        state__in=[ClockState.RUNNING, ClockState.PAUSED]
    )
    return Q(Exists(unmet))


def _owner(values: tuple[str, ...], reader: Acting, now: datetime) -> Q:
    def one(value: str) -> Q:
        low = value.lower()
        if low == "none":
            return Q(assignee__isnull=True)
        if low == "me":
            return Q(assignee_id=reader.pk) if isinstance(reader, User) else Q(pk__in=[])
        if low == OFF_SHIFT:
            return with_owner_off_shift(now) if isinstance(reader, User) else Q(pk__in=[])
        return Q(assignee__email__iexact=value) | Q(assignee__name__icontains=value)

    return _any([one(value) for value in values])


def _opened(values: tuple[str, ...], reader: Acting, now: datetime) -> Q:
    def one(value: str) -> Q:
        start, end = opened_range(value.lower(), now) or (None, None)
        return (Q(received_at__gte=start) if start else Q()) & (Q(received_at__lt=end) if end else Q())

    return _any([one(value) for value in values])


def _due(values: tuple[str, ...], reader: Acting, now: datetime) -> Q:
    def one(value: str) -> Q:
        metric, within = clock_within(value.lower()) or ("", timedelta())
        named = {"metric": metric} if metric else {}
        return _clock(state=ClockState.RUNNING, due_at__lte=now + within, **named)

    return _any([one(value) for value in values])


def _party(values: tuple[str, ...], reader: Acting, now: datetime) -> Q:
    parties = Party.objects.filter(Q(person__in=values) | Q(person__merged_into__in=values), case=OuterRef("pk"))
    return Q(Exists(parties))


_Filter = Callable[[tuple[str, ...], Acting, datetime], Q]


def _field(lookup: str, clean: Callable[[str], object] = str) -> _Filter:
    return lambda values, reader, now: _any([Q(**{lookup: clean(value)}) for value in values])


_FILTERS: dict[str, _Filter] = {
    "is": _is,
    "owner": _owner,
    "opened": _opened,
    "clock": _due,
    "person": _party,
    "sev": _field("severity", int),
    "level": _field("confidentiality", lambda value: int(value[1])),
    "waiting": _field("waiting_on", str.lower),
    "team": _field("team__slug", str.lower),
    "kind": _field("kind", str.lower),
    "cat": _field("incident__category__category__slug", str.lower),
    "market": _field("market", str.upper),
    "lang": _field("language__istartswith"),
    "channel": _field("channel", str.lower),
    "outcome": _field("outcome", str.lower),
    "last": _field("last_contact_in", lambda value: value.lower() == "in"),
    "id": _field("external_id"),
}

_REFERENCE = re.compile(r"[a-z]{2}-\d{1,10}", re.IGNORECASE)


def _words(term: Term, reader: Acting) -> Q:
    """Words, looked for only in texts of compartments that the reader holds; a reference finds its case."""
    text = " ".join(term.values)
    by_reference = Q(reference__iexact=text) if _REFERENCE.fullmatch(text) else Q(pk__in=[])
    query = words_query(text, phrase=term.phrase)
    if query is None:
        return by_reference
    readable = Q(compartment__in=_held(reader))
    if isinstance(reader, User) and reader.spec.assigned_compartments:
        assigned = [compartment.value for compartment in reader.spec.assigned_compartments]
        readable |= Q(compartment__in=assigned, case__assignee_id=reader.pk)
    # Read first and ordered later: joined to an ORDER BY ... LIMIT, PostgreSQL walks the order and probes every case.
    found = list(CaseText.objects.filter(readable, words=query).values_list("case_id", flat=True)[:WORD_MATCHES])
    return by_reference | Q(pk__in=found)


def _held(reader: Acting) -> list[str]:
    if isinstance(reader, User):
        return [value for value in Compartment.values if reader.holds(value)]
    return [Compartment.NONE.value]


def words_query(text: str, *, phrase: bool) -> SearchQuery | None:
    """A text search query: a phrase keeps its order; a single word also finds longer words that begin so."""
    lexemes = plain(text).split()[:12]
    if not lexemes:
        return None
    joined = " <-> ".join(lexemes) if phrase else " & ".join(f"{lexeme}:*" for lexeme in lexemes)
    return SearchQuery(joined, search_type="raw", config="simple")
