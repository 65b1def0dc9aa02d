"""The trail as a timeline: what happened to one record, newest first, with its texts."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from foundation.audit import payloads
from foundation.audit.actors import Subject
from foundation.audit.events import Event, Family, all_events, by_code
from foundation.audit.models import Entry


class TimelineEntry(NamedTuple):
    """One entry as a timeline shows it, ``at`` the time it happened. A text is None once it was erased."""

    id: int
    at: datetime
    event: Event
    actor_kind: str
    actor_id: str
    data: dict[str, Any]
    texts: dict[str, str | None]


def entries_about(
    subject: Subject,
    *,
    families: Collection[Family] | None = None,
    before_id: int | None = None,
    limit: int = 50,
) -> list[TimelineEntry]:
    """The newest entries about a record, older than ``before_id`` when it is given. Two queries, whatever the limit.

    Only of events that stand on timelines, and of these families when some are given.
    """
    codes = [
        event.code for event in all_events() if event.on_timeline and (families is None or event.family in families)
    ]
    entries = Entry.objects.filter(subject_kind=subject.kind, subject_id=subject.id, event__in=codes)
    if before_id is not None:
        entries = entries.filter(pk__lt=before_id)
    page = list(entries.order_by("-pk")[:limit])
    texts = payloads.read({kept["payload"] for entry in page for kept in entry.texts.values()})
    return [
        TimelineEntry(
            entry.pk,
            entry.happened_at,
            event,
            entry.actor_kind,
            entry.actor_id,
            entry.data,
            {name: texts.get(kept["payload"]) for name, kept in entry.texts.items()},
        )
        for entry in page
        if (event := by_code(entry.event)) is not None
    ]
