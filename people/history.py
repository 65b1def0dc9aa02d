"""What happened to a person's record, from the trail, with the names of who did it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from foundation.accounts.actors import name_actors
from foundation.audit.actors import Acting
from foundation.audit.timeline import entries_about
from people import events
from people.forms import PersonForm
from people.models import ContactKind, Person


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One line of the history."""

    at: datetime
    sentence: str


def history_of(person: Person, *, reader: Acting, limit: int) -> list[HistoryLine]:
    """The newest first, with the names of those the reader may know of; in a fixed number of queries."""
    entries = entries_about(person.subject, limit=limit)
    actors = name_actors({(entry.actor_kind, entry.actor_id) for entry in entries})
    others = {entry.data[key] for entry in entries for key in ("other", "into") if key in entry.data}
    names = _names(others, reader) if others else {}
    return [
        HistoryLine(
            entry.at,
            str(entry.event.sentence).format_map(
                _Words(entry.data, actor=actors.get((entry.actor_kind, entry.actor_id), _("The desk")), people=names)
            ),
        )
        for entry in entries
    ]


def _names(pks: set[int], reader: Acting) -> dict[int, str]:
    """Of records that stand or lead to one that does: those under whose page the reader may find them."""
    standing = Person.objects.leading(pks)
    seen = set(Person.objects.visible_to(reader).filter(pk__in=set(standing.values())).values_list("pk", flat=True))
    told = Person.objects.filter(pk__in=[pk for pk in pks if standing[pk] in seen])
    return dict(told.values_list("pk", "name"))


def last_editor(person: Person) -> str:
    """Who changed her details last, or empty."""
    changed = (entry for entry in entries_about(person.subject) if entry.event is events.PERSON_EDITED)
    if (entry := next(changed, None)) is None:
        return ""
    return name_actors([(entry.actor_kind, entry.actor_id)]).get((entry.actor_kind, entry.actor_id), "")


class _Words(dict[str, str]):
    """The data of an entry in the reader's language."""

    def __init__(self, data: dict[str, Any], *, actor: str, people: dict[int, str]) -> None:
        super().__init__({name: str(value) for name, value in data.items()}, actor=actor)
        for name in ("other", "into"):
            if name in data:
                self[name] = people.get(data[name], "?")
        if "kind" in data:
            self["kind"] = str(dict(ContactKind.choices).get(data["kind"], data["kind"])).lower()
        if "known_by" in data:
            self["known_by"] = {"external": _("an id"), "email": _("email"), "phone": _("phone")}.get(
                data["known_by"], _("name")
            )
        if "fields" in data:
            labels = {name: str(field.label or name) for name, field in PersonForm().fields.items()}
            self["fields"] = ", ".join(labels.get(name, name).lower() for name in str(data["fields"]).split(", "))

    def __missing__(self, name: str) -> str:
        return "?"
