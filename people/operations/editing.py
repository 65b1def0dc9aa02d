"""Writing people down and changing what is known of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from foundation.audit import payloads, trail
from foundation.audit.actors import Acting
from foundation.audit.events import Event
from foundation.audit.models import Entry
from people import events, normal
from people.models import ContactPoint, Person, Pet
from people.policies import PeopleRefused, check_edit

PERSON_FIELDS = ("kind", "name", "language", "country", "time_zone", "note")
PET_FIELDS = ("name", "species", "breed", "sex", "neutered", "age_months", "age_text", "weight_grams", "health")


@dataclass(frozen=True, slots=True)
class Conflict:
    """A field that two people changed: its name, as the second found it, as it stands now, as she wanted it."""

    field: str
    was: Any
    theirs: Any
    yours: Any


class StalePerson(Exception):
    """Somebody else saved first. Nothing was saved; ``current`` is the record as it stands."""

    def __init__(self, current: Person, conflicts: list[Conflict]) -> None:
        super().__init__(f"person {current.pk} is at version {current.version}")
        self.current = current
        self.conflicts = conflicts


@transaction.atomic
def create_person(
    *,
    name: str,
    kind: str,
    language: str = "",
    country: str = "",
    time_zone: str = "",
    note: str = "",
    by: Acting,
    now: datetime,
) -> Person:
    """Somebody new, without a way to reach her yet. Raises PeopleRefused."""
    person = Person(
        name=normal.text(name),
        kind=kind,
        language=language,
        country=country,
        time_zone=time_zone,
        note=note,
        created_at=now,
        updated_at=now,
    )
    check_edit(person, by=by)
    person.save()
    trail.record(events.PERSON_CREATED, about=person, by=by, known_by="name")
    return person


@transaction.atomic
def edit_person(
    person: Person, *, version: int, was: Mapping[str, Any], changes: Mapping[str, Any], by: Acting, now: datetime
) -> Person:
    """Change some of PERSON_FIELDS, seen at ``version`` with the values ``was``.

    Raises StalePerson when somebody else saved since and touched one of the same fields; changes of different
    fields both go through. Raises PeopleRefused.
    """
    person = Person.objects.locked(person.pk)
    check_edit(person, by=by)
    wanted = _differing(person, changes, PERSON_FIELDS)
    touched = [name for name in wanted if getattr(person, name) != was.get(name)] if version != person.version else []
    if touched:
        raise StalePerson(
            person, [Conflict(name, was.get(name), getattr(person, name), wanted[name]) for name in touched]
        )
    if not wanted:
        return person
    _change(person, wanted, events.PERSON_EDITED, by=by)
    person.version += 1
    person.updated_at = now
    person.save(update_fields=[*wanted, "version", "updated_at"])
    return person


@transaction.atomic
def add_contact_point(
    person: Person,
    *,
    kind: str,
    value: str,
    as_written: bool = False,
    by: Acting,
    now: datetime,
) -> ContactPoint:
    """A further way to reach her; one she has already is returned as it is.

    A phone without country code is read as one of her country. as_written: keep what cannot be read.
    Raises NotReadable with the reason, and PeopleRefused.
    """
    person = Person.objects.locked(person.pk)
    check_edit(person, by=by)
    written = normal.text(value)[:320]
    try:
        stored = normal.contact(kind, written, person.country)
    except normal.NotReadable:
        if not as_written or not written:
            raise
        stored = normal.as_written(written)
    point, is_new = ContactPoint.objects.get_or_create(
        person=person, kind=kind, normal=stored, defaults={"value": written, "created_at": now}
    )
    if is_new:
        trail.record(events.CONTACT_POINT_ADDED, about=person, by=by, kind=kind, value=written)
        _touch(person, now)
    return point


@transaction.atomic
def remove_contact_point(point: ContactPoint, *, by: Acting, now: datetime) -> int:
    """Take a way to reach somebody away. The id of the trail entry, by which restore_contact_point() undoes it."""
    person = Person.objects.locked(point.person_id)
    check_edit(person, by=by)
    entry = trail.record(events.CONTACT_POINT_REMOVED, about=person, by=by, kind=point.kind, value=point.value)
    point.delete()
    _touch(person, now)
    return entry.pk


@transaction.atomic
def restore_contact_point(person: Person, *, removed: int, by: Acting, now: datetime) -> ContactPoint:
    """Undo a removal, by the id of its trail entry. Raises PeopleRefused when it was of somebody else or erased."""
    entry = Entry.objects.filter(
        pk=removed,
        event=events.CONTACT_POINT_REMOVED.code,
        subject_kind=person.subject.kind,
        subject_id=person.subject.id,
    ).first()
    payload = entry.texts["value"]["payload"] if entry else ""
    value = payloads.read([payload])[payload] if payload else None
    if entry is None or value is None:
        raise PeopleRefused(_("What was removed is no longer there to be put back."))
    return add_contact_point(person, kind=entry.data["kind"], value=value, as_written=True, by=by, now=now)


@transaction.atomic
def prefer_contact_point(point: ContactPoint, *, by: Acting, now: datetime) -> ContactPoint:
    """Make this the way she is reached first, and no other."""
    person = Person.objects.locked(point.person_id)
    check_edit(person, by=by)
    person.contact_points.exclude(pk=point.pk).update(is_preferred=False)
    point.is_preferred = True
    point.save(update_fields=["is_preferred"])
    trail.record(events.CONTACT_POINT_PREFERRED, about=person, by=by, kind=point.kind)
    _touch(person, now)
    return point


@transaction.atomic
def add_pet(owner: Person, *, facts: Mapping[str, Any], by: Acting, now: datetime) -> Pet:
    """An animal of hers, told in PET_FIELDS. Raises PeopleRefused."""
    check_edit(owner, by=by)
    pet = Pet.objects.create(owner=owner, created_at=now, **{name: facts[name] for name in PET_FIELDS if name in facts})
    trail.record(events.PET_ADDED, about=pet, by=by, species=pet.species)
    return pet


@transaction.atomic
def edit_pet(pet: Pet, *, changes: Mapping[str, Any], by: Acting, now: datetime) -> Pet:
    """Change some of PET_FIELDS; the last to save wins field by field. Raises PeopleRefused."""
    pet = Pet.objects.locked(pet.pk)
    if pet.owner is not None:
        check_edit(pet.owner, by=by)
    wanted = _differing(pet, changes, PET_FIELDS)
    if wanted:
        _change(pet, wanted, events.PET_EDITED, by=by)
        pet.save(update_fields=list(wanted))
        if pet.owner is not None:
            _touch(pet.owner, now)
    return pet


def _differing(record: Model, changes: Mapping[str, Any], allowed: tuple[str, ...]) -> dict[str, Any]:
    return {name: value for name, value in changes.items() if name in allowed and getattr(record, name) != value}


def _change(record: Person | Pet, wanted: Mapping[str, Any], event: Event, *, by: Acting) -> None:
    before = {name: getattr(record, name) for name in wanted}
    for name, value in wanted.items():
        setattr(record, name, value)
    trail.record(
        event, about=record, by=by, fields=", ".join(sorted(wanted)), before=_text(before), after=_text(wanted)
    )


def _text(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


def _touch(person: Person, now: datetime) -> None:
    """She counts as known anew, without a stale form being refused: its fields are not what changed."""
    person.updated_at = now
    person.save(update_fields=["updated_at"])
