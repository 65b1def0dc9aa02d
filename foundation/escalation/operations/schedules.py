"""Every change to a schedule and its rotations. What counted stays: a change ends one wording and begins the next."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from foundation.accounts.actors import staff_or_none
from foundation.accounts.models import Team, User
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.escalation import events
from foundation.escalation.models import Rotation, RotationPlace, Schedule, Shift, TurnUnit
from foundation.escalation.rotations import instant
from foundation.escalation.shift_policies import (
    ShiftRefused,
    check_ahead,
    check_here,
    check_hours,
    check_length,
    check_may_edit,
    check_order,
    check_zone,
)

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class RotationSpec:
    """A wording of a rotation as somebody writes it. starts_on: the local date it counts from, at the hand-over.

    weekday (Monday 0) is on which weeks begin; turns of days ask for none. hours {}: around the clock.
    """

    name: str
    people: tuple[User, ...]
    unit: str
    length: int
    hand_over_at: time
    time_zone: str
    starts_on: date
    weekday: int | None = None
    hours: Mapping[str, Any] = field(default_factory=dict)


@transaction.atomic
def create_schedule(
    *, name: str, team: Team, time_zone: str, by: Acting, now: datetime, hours: Mapping[str, Any] | None = None
) -> Schedule:
    """A schedule without anybody in it yet. Raises ShiftRefused for a zone nobody knows or hours that overlap."""
    check_may_edit(by)
    check_zone(time_zone)
    check_hours(time_zone, hours or {})
    schedule = Schedule.objects.create(
        slug=_free_slug(name), name=name.strip(), team=team, time_zone=time_zone, hours=dict(hours or {})
    )
    trail.record(events.SCHEDULE_CREATED, about=schedule, by=by, slug=schedule.slug, team=team.pk)
    return schedule


@transaction.atomic
def edit_schedule(
    schedule: Schedule,
    *,
    name: str,
    time_zone: str,
    hours: Mapping[str, Any],
    is_active: bool,
    by: Acting,
    now: datetime,
) -> Schedule:
    """Change what it is called, its zone, the hours to be covered, and whether it is in use."""
    check_may_edit(by)
    check_zone(time_zone)
    check_hours(time_zone, hours)
    schedule = locked(schedule)
    wanted: dict[str, Any] = {
        "name": name.strip(), "time_zone": time_zone, "hours": dict(hours), "is_active": is_active,
    }  # fmt: skip
    changed = sorted(name for name, value in wanted.items() if getattr(schedule, name) != value)
    if not changed:
        return schedule
    for each in changed:
        setattr(schedule, each, wanted[each])
    schedule.save(update_fields=changed)
    trail.record(events.SCHEDULE_EDITED, about=schedule, by=by, fields=", ".join(changed))
    return schedule


@transaction.atomic
def start_rotation(schedule: Schedule, spec: RotationSpec, *, by: Acting, now: datetime) -> Rotation:
    """Begin a rotation beside whatever else the schedule has."""
    check_may_edit(by)
    schedule = locked(schedule)
    rotation = _write(schedule, spec, follows=None, by=by, now=now)
    trail.record(
        events.ROTATION_STARTED, about=schedule, by=by, rotation=rotation.pk, starts_at=rotation.starts_at,
        people=[person.pk for person in spec.people],
    )  # fmt: skip
    return rotation


@transaction.atomic
def change_rotation(rotation: Rotation, spec: RotationSpec, *, by: Acting, now: datetime) -> Rotation:
    """Let another wording follow from its start on. Until then the old one counts, and for ever tells who was on.

    Raises ShiftRefused when it is over, or when somebody else has changed it first.
    """
    check_may_edit(by)
    schedule = locked(rotation.schedule)
    rotation = _standing(rotation, now=now)
    after = _write(schedule, spec, follows=rotation, by=by, now=now)
    rotation.ends_at = max(rotation.starts_at, after.starts_at)
    rotation.save(update_fields=["ends_at"])
    trail.record(
        events.ROTATION_CHANGED, about=schedule, by=by, rotation=after.pk, follows=rotation.pk,
        starts_at=after.starts_at, people=[person.pk for person in spec.people],
    )  # fmt: skip
    return after


@transaction.atomic
def end_rotation(rotation: Rotation, *, by: Acting, now: datetime) -> Rotation:
    """Nobody is on by it from now on; one that has not begun never counts."""
    check_may_edit(by)
    schedule = locked(rotation.schedule)
    rotation = _standing(rotation, now=now)
    rotation.ends_at = max(rotation.starts_at, now)
    rotation.save(update_fields=["ends_at"])
    trail.record(events.ROTATION_ENDED, about=schedule, by=by, rotation=rotation.pk, ends_at=rotation.ends_at)
    return rotation


@transaction.atomic
def put_on_shift(
    schedule: Schedule, *, person: User, starts_at: datetime, ends_at: datetime | None, by: Acting, now: datetime
) -> Shift:
    """Put somebody on shift beside the others; without an end at all hours, until somebody ends it."""
    check_may_edit(by)
    check_here(person)
    check_ahead(starts_at, ends_at, now=now)
    schedule = locked(schedule)
    known = Shift.objects.standing(now).filter(schedule=schedule, person=person, is_override=False, ends_at=None)
    if known.exists():
        raise ShiftRefused(
            _("%(name)s is on shift there at all hours already.") % {"name": person.name}, field="person"
        )
    shift = Shift.objects.create(schedule=schedule, person=person, starts_at=starts_at, ends_at=ends_at)
    trail.record(
        events.SHIFT_PUT_DOWN, about=schedule, by=by, shift=shift.pk, person=person.pk, starts_at=starts_at,
        ends_at=ends_at,
    )  # fmt: skip
    return shift


@transaction.atomic
def end_shift(shift: Shift, *, by: Acting, now: datetime) -> Shift:
    """End a shift that was put down by itself; one that has not begun is taken back. Safe to call twice."""
    check_may_edit(by)
    schedule = locked(shift.schedule)
    shift = Shift.objects.locked(shift.pk)
    if shift.is_override:
        raise ShiftRefused(_("Somebody stands in here; take that back instead."))
    if not end_or_take_back(shift, now=now):
        return shift
    trail.record(events.SHIFT_ENDED, about=schedule, by=by, shift=shift.pk, person=shift.person_id, ends_at=now)
    return shift


def tried(deed: Callable[[], object], look: Callable[[], Seen]) -> Seen:
    """What one would see after a deed that is then taken back: it refuses exactly what the deed would."""
    with transaction.atomic():
        deed()
        seen = look()
        transaction.set_rollback(True)
    return seen


def locked(schedule: Schedule) -> Schedule:
    """The schedule's row for the transaction: whoever changes who is on shift in it comes one after the other."""
    return Schedule.objects.select_for_update(no_key=True, of=("self",)).select_related("team").get(pk=schedule.pk)


def end_or_take_back(shift: Shift, *, now: datetime) -> bool:
    """End a shift now, or take back one that has not begun. False when it was over."""
    if shift.taken_back_at is not None or (shift.ends_at is not None and shift.ends_at <= now):
        return False
    if shift.starts_at < now:
        shift.ends_at = now
        shift.save(update_fields=["ends_at"])
    else:
        shift.taken_back_at = now
        shift.save(update_fields=["taken_back_at"])
    return True


def _standing(rotation: Rotation, *, now: datetime) -> Rotation:
    rotation = Rotation.objects.locked(rotation.pk)
    if rotation.ends_at is not None:
        follower = Rotation.objects.filter(follows=rotation).select_related("created_by").first()
        if follower is not None and follower.created_by is not None:
            raise ShiftRefused(
                _("%(name)s has changed this rotation since. What you typed is kept; look at the newer one first.")
                % {"name": follower.created_by.name}
            )
        raise ShiftRefused(_("This rotation is over."))
    return rotation


def _write(schedule: Schedule, spec: RotationSpec, *, follows: Rotation | None, by: Acting, now: datetime) -> Rotation:
    check_order(spec.people)
    check_zone(spec.time_zone)
    check_hours(spec.time_zone, spec.hours)
    check_length(spec.unit, spec.length)
    if spec.unit == TurnUnit.WEEK and spec.weekday is None:
        raise ShiftRefused(_("Say on which day of the week the shift is handed over."), field="weekday")
    if spec.starts_on < now.astimezone(ZoneInfo(spec.time_zone)).date():
        raise ShiftRefused(_("That begins in the past. What is over stays as it was."), field="starts_on")
    if spec.starts_on > now.date() + timedelta(days=366):
        raise ShiftRefused(_("That begins more than a year ahead."), field="starts_on")
    starts_at = instant(spec.starts_on, spec.hand_over_at, spec.time_zone)
    rotation = Rotation.objects.create(
        schedule=schedule,
        name=spec.name.strip(),
        follows=follows,
        unit=spec.unit,
        length=spec.length,
        weekday=spec.weekday if spec.unit == TurnUnit.WEEK else None,
        hand_over_at=spec.hand_over_at,
        time_zone=spec.time_zone,
        hours=dict(spec.hours),
        starts_on=spec.starts_on,
        # Today's hand-over may lie behind: it then counts from now, and the first turn is under way.
        starts_at=max(starts_at, now),
        created_at=now,
        created_by=staff_or_none(by),
    )
    RotationPlace.objects.bulk_create(
        RotationPlace(rotation=rotation, person=person, position=position)
        for position, person in enumerate(spec.people)
    )
    return rotation


def _free_slug(name: str) -> str:
    stem = slugify(name)[:40] or "schedule"
    taken = set(Schedule.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    return next(slug for n in range(len(taken) + 1) if (slug := f"{stem}-{n + 1}" if n else stem) not in taken)
