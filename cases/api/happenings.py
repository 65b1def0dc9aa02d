"""The timeline of a case as data: every reader gets what happened and when, staff also who and in which words."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from cases.access import compartments_for
from cases.models import Case
from foundation.accounts.actors import name_actors
from foundation.accounts.models import User
from foundation.accounts.permissions import Compartment
from foundation.audit import payloads
from foundation.audit.actors import Acting
from foundation.audit.events import Family, all_events
from foundation.audit.models import Entry

FACTS = frozenset(
    "channel category severity suggested received_at on until outcome metric cycle due_at met_at breached_at late"
    " direction role automatic occurred_at seconds clock escalation".split()
)
"""What any reader may know of an event; states and severities stand under `old` and `new`."""

STAFF_FACTS = FACTS | frozenset(
    "reason fields version kind level capacity content_type size sha256 item playbook because load".split()
)
"""What staff may know too. Other cases and people are left out: not every reader may know of them."""

_TELLS_OLD_AND_NEW = frozenset({"case.severity_changed", "case.level_raised", "case.level_lowered", "clock.retargeted"})


def entries_for(case: Case, *, reader: Acting) -> QuerySet[Entry]:
    """The entries of the case that the reader may know of. Who was let in, or shut out, is the staff's affair."""
    hidden = frozenset() if isinstance(reader, User) else frozenset({Family.ACCESS})
    codes = [event.code for event in all_events() if event.on_timeline and event.family not in hidden]
    return Entry.objects.filter(subject_kind=case.subject.kind, subject_id=case.subject.id, event__in=codes)


def told(entries: Iterable[Entry], case: Case, *, reader: Acting) -> list[dict[str, Any]]:
    """These entries as the API tells them."""
    entries = list(entries)
    if not isinstance(reader, User):
        return [_plainly(entry, FACTS) for entry in entries]
    held = compartments_for(reader, case)
    texts = payloads.read({kept["payload"] for entry in entries for kept in entry.texts.values()})
    names = name_actors({(entry.actor_kind, entry.actor_id) for entry in entries})
    return [
        _plainly(entry, STAFF_FACTS)
        | {"actor_name": names.get((entry.actor_kind, entry.actor_id), "")}
        | {"texts": _texts(entry, texts, held)}
        for entry in entries
    ]


def _plainly(entry: Entry, facts: frozenset[str]) -> dict[str, Any]:
    data = {name: value for name, value in entry.data.items() if name in facts}
    if entry.event in _TELLS_OLD_AND_NEW or isinstance(entry.data.get("new"), str):
        data |= {name: entry.data[name] for name in ("old", "new") if name in entry.data}
    return {"id": entry.pk, "kind": entry.event, "at": entry.happened_at, "actor": entry.actor_kind, "data": data}


def _texts(entry: Entry, texts: dict[str, str | None], held: frozenset[str]) -> dict[str, str | None]:
    """The words of an entry; those about evidence in a compartment only for who holds it."""
    if entry.data.get("compartment", Compartment.NONE.value) not in held:
        return {}
    return {name: texts.get(kept["payload"]) for name, kept in entry.texts.items()}
