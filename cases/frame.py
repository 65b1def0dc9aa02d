"""What frames every page of one reader: counts, saved views and colleagues, at most a few seconds old."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext as _

from cases.models import SavedView
from cases.queue import LEAD_VIEWS, Counts, assignable, count, view_counts
from cases.search_language import Search, parse
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission
from foundation.escalation.calls import count_on_rail
from foundation.escalation.targets import who_is_on_shift

FRESH_SECONDS = 5
SHIFT_FRESH_SECONDS = 60
SAVED_VIEWS = 20
SAVED_FRESH_SECONDS = 60
"""Each saved view is a search of its own, so its number may be older than those of the built-in ones, which are one query."""
TEAMS_ON_NOW = 2
PEOPLE_ON_NOW = 3


_AT_HAND = "_frame"
"""Where the reader of one request, who is read anew with each, carries her frame."""


class Frame(TypedDict):
    """What frames a page.

    counts: by view, ``saved:ID`` for saved ones, and ``escalation:list``. saved: number, name, search of each.
    assignable: number and name of each colleague.
    """

    counts: dict[str, int]
    saved: list[tuple[int, str, str]]
    assignable: list[tuple[int, str]]


def frame_of(reader: User, *, now: datetime) -> Frame:
    """The reader's frame from the cache, or read anew. A page that asks twice of the same reader is told the same."""
    frame: Frame | None = reader.__dict__.get(_AT_HAND) or cache.get(_key(reader))
    if frame is None:
        frame = _read(reader, now)
        cache.set(_key(reader), frame, FRESH_SECONDS)
    if _AT_HAND not in reader.__dict__:
        # Kept apart: whoever answers a call forgets the number, and knows nothing of frames.
        frame["counts"] |= _unanswered(reader)
        reader.__dict__[_AT_HAND] = frame
    return frame


def forget_frame(reader: User) -> None:
    """After something in it has changed by the reader's own hand."""
    reader.__dict__.pop(_AT_HAND, None)
    cache.delete(_key(reader))


def count_of(search: Search, *, reader: User, now: datetime) -> Counts:
    """How many cases a search finds, at most FRESH_SECONDS old."""
    key = _count_key(reader, search.text)
    counts: Counts | None = cache.get(key)
    if counts is None:
        counts = count(search, reader=reader, now=now)
        cache.set(key, counts, FRESH_SECONDS)
    return counts


def on_now(reader: User, *, now: datetime) -> list[tuple[str, list[str]]]:
    """Each of the reader's first teams with whoever is on shift for it, else with its lead; at most a minute old."""
    key = f"on_now:{reader.pk}"
    found: list[tuple[str, list[tuple[str, bool]]]] | None = cache.get(key)
    if found is None:
        found = [(team.name, _on_now(team, now)) for team in reader.own_teams[:TEAMS_ON_NOW]]
        cache.set(key, found, SHIFT_FRESH_SECONDS)
    lead = _("%(name)s, lead")
    return [(team, [lead % {"name": name} if leads else name for name, leads in people]) for team, people in found]


def _on_now(team: Team, now: datetime) -> list[tuple[str, bool]]:
    people = who_is_on_shift(team, now)[:PEOPLE_ON_NOW] or list(filter(None, [team.lead]))
    return [(person.name, person.pk == team.lead_id) for person in people]


def _read(reader: User, now: datetime) -> Frame:
    if not reader.may(Permission.CASE_VIEW):
        return {"counts": {}, "saved": [], "assignable": []}
    kept = SavedView.objects.filter(Q(owner=reader) | Q(team_id__in=reader.team_ids))
    saved = list(kept.values_list("pk", "name", "query")[:SAVED_VIEWS])
    return {
        "counts": view_counts(reader=reader, now=now)
        | _saved_counts(reader, [(f"saved:{pk}", query) for pk, _, query in saved] + _watched(reader), now),
        "saved": saved,
        "assignable": assignable(reader),
    }


def _watched(reader: User) -> list[tuple[str, str]]:
    return [(view.slug, view.query) for view in LEAD_VIEWS] if reader.may(Permission.CASE_REASSIGN) else []


def _saved_counts(reader: User, saved: Sequence[tuple[str, str]], now: datetime) -> dict[str, int]:
    """How many cases each of these views finds, by its slug, at most SAVED_FRESH_SECONDS old."""
    keys = {query: _count_key(reader, query) + ":saved" for _slug, query in saved}
    known: dict[str, int] = cache.get_many(keys.values())
    missing = {query: key for query, key in keys.items() if key not in known}
    counted = {key: count(parse(query), reader=reader, now=now) for query, key in missing.items()}
    found = {key: counts.total + counts.more for key, counts in counted.items()}  # one beyond the limit says: more
    cache.set_many(found, SAVED_FRESH_SECONDS)
    known |= found
    return {slug: known[keys[query]] for slug, query in saved}


def _unanswered(reader: User) -> dict[str, int]:
    return {"escalation:list": count_on_rail(reader)} if reader.may(Permission.ESCALATION_ACKNOWLEDGE) else {}


def _count_key(reader: User, text: str) -> str:
    return f"count:{reader.pk}:{hashlib.sha256(text.encode()).hexdigest()}"


def _key(reader: User) -> str:
    return f"frame:{reader.pk}"
