"""Making two records of one person one, and taking that apart again exactly."""

from datetime import datetime

from django.db import transaction

from foundation.accounts.models import User
from foundation.audit import trail
from people import events
from people.merging import everything_that_follows, everything_that_moves
from people.models import Person, PersonKind, PersonMerge
from people.policies import check_merge, check_undo

_FILLED = ("language", "country", "time_zone", "note")


@transaction.atomic
def merge_people(kept: Person, merged: Person, *, by: User, now: datetime) -> PersonMerge:
    """Everything of ``merged`` goes over to ``kept``, who also takes what she lacked; ``merged`` then leads to her.

    Which cases go over is neither told nor counted in the trail: who merges may not see them all.
    Raises PeopleRefused.
    """
    locked = {person.pk: person for person in Person.objects.locked_together(kept.pk, merged.pk)}
    kept, merged = locked[kept.pk], locked[merged.pk]
    check_merge(kept, merged, by=by)
    for _name, consequence in everything_that_follows():
        consequence.before(kept, merged)
    moved = {moving.key: ids for moving in everything_that_moves() if (ids := moving.move(merged, kept))}
    filled = {name: getattr(merged, name) for name in _FILLED if getattr(merged, name) and not getattr(kept, name)}
    if kept.kind == PersonKind.OTHER != merged.kind:
        filled["kind"] = merged.kind
    for name, value in filled.items():
        setattr(kept, name, value)
    merged.merged_into = kept
    for person in (kept, merged):
        _save(person, now)
    trail.record(events.PEOPLE_MERGED, about=kept, by=by, other=merged.pk)
    trail.record(events.PERSON_MERGED_AWAY, about=merged, by=by, into=kept.pk)
    followed = {
        name: done
        for name, consequence in everything_that_follows()
        if (done := consequence.merged(kept, merged, by=by, now=now))
    }
    return PersonMerge.objects.create(
        kept=kept,
        merged=merged,
        moved={
            "rows": {key: [str(pk) for pk in ids] for key, ids in moved.items()},
            "filled": filled,
            "followed": followed,
        },
        merged_at=now,
        merged_by=by,
    )


@transaction.atomic
def undo_merge_people(merge: PersonMerge, *, by: User, now: datetime) -> PersonMerge:
    """Both records as they were, but for what somebody changed since. Raises PeopleRefused."""
    people = {person.pk: person for person in Person.objects.locked_together(merge.kept_id, merge.merged_id)}
    merge = PersonMerge.objects.select_for_update().get(pk=merge.pk)
    merge.kept, merge.merged = people[merge.kept_id], people[merge.merged_id]
    check_undo(merge, by=by)
    for _name, consequence in everything_that_follows():
        consequence.before(merge.kept, merge.merged)
    for moving in everything_that_moves():
        moving.move_back(merge.moved["rows"].get(moving.key, []), merge.merged, merge.kept)
    for name, value in merge.moved["filled"].items():
        if getattr(merge.kept, name) == value:
            setattr(merge.kept, name, PersonKind.OTHER if name == "kind" else "")
    merge.merged.merged_into = None
    for person in (merge.kept, merge.merged):
        _save(person, now)
    for name, consequence in everything_that_follows():
        done = merge.moved.get("followed", {}).get(name, {})
        consequence.undone(merge.kept, merge.merged, done, by=by, now=now)
    merge.undone_at, merge.undone_by = now, by
    merge.save(update_fields=["undone_at", "undone_by"])
    trail.record(events.PEOPLE_MERGE_UNDONE, about=merge.kept, by=by, other=merge.merged_id)
    trail.record(events.PEOPLE_MERGE_UNDONE, about=merge.merged, by=by, other=merge.kept_id)
    return merge


def _save(person: Person, now: datetime) -> None:
    person.version += 1
    person.updated_at = now
    person.save()
