"""What frames every page of one reader: counts, saved views and colleagues, at most a few seconds old."""

import hashlib
from datetime import datetime
from typing import TypedDict

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext as _

from cases.models import SavedView
from cases.queue import Counts, assignable, count, view_counts
from cases.search_language import Search
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission
from foundation.escalation.calls import count_unanswered
from foundation.escalation.targets import who_is_on_shift

FRESH_SECONDS = 5
SHIFT_FRESH_SECONDS = 60
SAVED_VIEWS = 20
TEAMS_ON_NOW = 2
PEOPLE_ON_NOW = 3


class Frame(TypedDict):
    """counts by view (and ``escalation:list``); saved views as (number, name, search); assignable as (number, name)."""

    counts: dict[str, int]
    saved: list[tuple[int, str, str]]
    assignable: list[tuple[int, str]]


def frame_of(reader: User, *, now: datetime) -> Frame:
    """The reader's frame from the cache, or read anew."""
    frame: Frame | None = cache.get(_key(reader))
    if frame is None:
        frame = _read(reader, now)
        cache.set(_key(reader), frame, FRESH_SECONDS)
    return frame


def forget_frame(reader: User) -> None:
    """After something in it has changed by the reader's own hand."""
    cache.delete(_key(reader))


def count_of(search: Search, *, reader: User, now: datetime) -> Counts:
    """How many cases a search finds, at most FRESH_SECONDS old."""
    key = f"count:{reader.pk}:{hashlib.sha256(search.text.encode()).hexdigest()}"
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
        return {"counts": _unanswered(reader), "saved": [], "assignable": []}
    kept = SavedView.objects.filter(Q(owner=reader) | Q(team_id__in=reader.team_ids))
    return {
        "counts": view_counts(reader=reader, now=now) | _unanswered(reader),
        "saved": list(kept.values_list("pk", "name", "query")[:SAVED_VIEWS]),
        "assignable": assignable(reader),
    }


def _unanswered(reader: User) -> dict[str, int]:
    return {"escalation:list": count_unanswered(reader)} if reader.may(Permission.ESCALATION_ACKNOWLEDGE) else {}


def _key(reader: User) -> str:
    return f"frame:{reader.pk}"
