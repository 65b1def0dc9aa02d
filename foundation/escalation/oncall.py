"""Who is on shift, when, and until when: rotations and the shifts put down one by one, read together.

Nothing of it is stored in advance. A rotation is arithmetic (rotations.py), so the answer is right with every worker
dead, and a shift of years ago is told as it was. Within a schedule an override wins: one in somebody's stead takes her
place alone, one in nobody's stead everybody's. Whoever has left is on shift no more from the instant she left, which
leaves a gap.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db.models import Q

from foundation.accounts.models import Team, User
from foundation.escalation.models import Rotation, RotationPlace, Schedule, Shift
from foundation.escalation.rotations import hours_of, merged, without
from foundation.sla.calendar import Interval

AHEAD = timedelta(days=100)
"""How far an end or a beginning is looked for. What lasts longer has no end in sight."""

AN_INSTANT = timedelta(microseconds=1)


class SpanKind(StrEnum):
    ROTATION = "rotation"
    SHIFT = "shift"
    OVERRIDE = "override"
    SWAP = "swap"


_KINDS = tuple(SpanKind)


class Span(NamedTuple):
    """Somebody on shift in a schedule between two instants. instead_of: the pk of whom an override stands in for."""

    starts_at: datetime
    ends_at: datetime
    person: User
    schedule: Schedule
    kind: SpanKind
    source: Rotation | Shift
    instead_of: int | None = None

    @property
    def stands_in(self) -> bool:
        return self.kind in (SpanKind.OVERRIDE, SpanKind.SWAP)


class HandOver(NamedTuple):
    """The next instant at which other people are on shift, and who is then."""

    at: datetime
    people: list[User]


def spans(of: Schedule | Team, start: datetime, end: datetime) -> list[Span]:
    """Who is on shift between two instants, cut to them: by schedule, and in it by time. Two statements."""
    wanted = Q(schedule__team=of) if isinstance(of, Team) else Q(schedule=of)
    return _spans(wanted & Q(schedule__is_active=True), start, end)


def spans_of_person(person: User, start: datetime, end: datetime) -> list[Span]:
    """When she is on shift between two instants, in whatever schedule, by time."""
    hers = Schedule.objects.filter(
        Q(shifts__in=Shift.objects.filter(person=person).between(start, end))
        | Q(rotations__places__person=person, rotations__in=Rotation.objects.counting(start, end)),
        is_active=True,
    )
    found = _spans(Q(schedule__in=hers.values("pk")), start, end)
    return sorted((span for span in found if span.person.pk == person.pk), key=lambda span: span[:2])


def on_shift(of: Schedule | Team, at: datetime) -> list[User]:
    """Whoever is on shift at an instant, each once, in the order of their shifts."""
    return _people(spans(of, at, at + AN_INSTANT))


def gaps(of: Schedule | Team, start: datetime, end: datetime) -> list[Interval]:
    """When nobody is on shift who ought to be. Of a team: when nobody is in any of its schedules."""
    if isinstance(of, Team):
        schedules: Iterable[Schedule] = Schedule.objects.filter(team=of, is_active=True)
    else:
        schedules = [of] if of.is_active else []
    expected = [span for schedule in schedules for span in _expected(schedule, start, end)]
    return gaps_in(spans(of, start, end), expected)


def gaps_in(found: Sequence[Span], expected: Sequence[Interval]) -> list[Interval]:
    """The expected time in which none of the spans found lies."""
    return without(expected, [(span.starts_at, span.ends_at) for span in found]) if expected else []


def gaps_of(schedule: Schedule, found: Sequence[Span], start: datetime, end: datetime) -> list[Interval]:
    """`gaps` of one schedule, whose spans between the two instants are at hand."""
    return gaps_in(found, _expected(schedule, start, end)) if schedule.is_active else []


def shift_end(person: User, at: datetime) -> datetime | None:
    """When she goes off shift. None when she is not on shift then, and when no end is in sight within 100 days."""
    under_way = _shift_at(person, at)
    return under_way[1] if under_way and under_way[1] < at + AHEAD else None


def is_on_shift(person: User, at: datetime) -> bool:
    """Whether she is on shift, in whatever schedule."""
    return bool(spans_of_person(person, at, at + AN_INSTANT))


def shift_start(person: User, after: datetime) -> datetime | None:
    """When she next comes on shift later than ``after``; None when that is not within 100 days."""
    times = merged((span.starts_at, span.ends_at) for span in spans_of_person(person, after, after + AHEAD))
    return next((starts_at for starts_at, _ends_at in times if starts_at > after), None)


def next_hand_over(found: Sequence[Span], at: datetime) -> HandOver | None:
    """The first instant after ``at`` at which other people are on shift, in spans found from ``at`` on."""
    now = {span.person.pk for span in found if span.starts_at <= at < span.ends_at}
    ends = {span.starts_at for span in found} | {span.ends_at for span in found}
    last = max((span.ends_at for span in found), default=at)
    for instant in sorted(each for each in ends if at < each < last):
        then = [span for span in found if span.starts_at <= instant < span.ends_at]
        if {span.person.pk for span in then} != now:
            return HandOver(instant, _people(then))
    return None


def _shift_at(person: User, at: datetime) -> Interval | None:
    times = merged((span.starts_at, span.ends_at) for span in spans_of_person(person, at, at + AHEAD))
    return times[0] if times and times[0][0] <= at else None


def _people(found: Iterable[Span]) -> list[User]:
    return list({span.person.pk: span.person for span in found}.values())


def _expected(schedule: Schedule, start: datetime, end: datetime) -> list[Interval]:
    hours = hours_of(schedule.time_zone, schedule.hours)
    return list(hours.intervals(start, end)) if hours else [(start, end)] if start < end else []


def _spans(wanted: Q, start: datetime, end: datetime) -> list[Span]:
    shifts = Shift.objects.between(start, end).filter(wanted).select_related("person", "schedule")
    places = (
        RotationPlace.objects.filter(rotation__in=Rotation.objects.counting(start, end).filter(wanted))
        .select_related("person", "rotation__schedule")
        .order_by("rotation", "position")
    )
    by_schedule: dict[int, list[Span]] = {}
    replacing: dict[int, list[Span]] = {}
    for span in [*_of_rotations(places, start, end), *_of_shifts(shifts.order_by("starts_at", "pk"), start, end)]:
        (replacing if span.stands_in else by_schedule).setdefault(span.schedule.pk, []).append(span)
    found = []
    for pk in sorted({*by_schedule, *replacing}):
        found += _replaced(by_schedule.get(pk, []), replacing.get(pk, []))
    return found


def _of_rotations(places: Iterable[RotationPlace], start: datetime, end: datetime) -> list[Span]:
    orders: dict[int, list[RotationPlace]] = {}
    for place in places:
        orders.setdefault(place.rotation_id, []).append(place)
    found = []
    for order in orders.values():
        rotation = order[0].rotation
        turns = rotation.turns([place.person for place in order])
        bounds = max(start, rotation.starts_at), min(end, rotation.ends_at or end)
        for turn in turns.spans(*bounds):
            found += _while_here(
                Span(turn.starts_at, turn.ends_at, turn.person, rotation.schedule, SpanKind.ROTATION, rotation)
            )
    return found


def _of_shifts(shifts: Iterable[Shift], start: datetime, end: datetime) -> list[Span]:
    found = []
    for shift in shifts:
        kind = SpanKind.SWAP if shift.swap_id else SpanKind.OVERRIDE if shift.is_override else SpanKind.SHIFT
        times = max(start, shift.starts_at), min(end, shift.ends_at or end)
        found += _while_here(Span(*times, shift.person, shift.schedule, kind, shift, shift.instead_of_id))
    return found


def _while_here(span: Span) -> list[Span]:
    """The span, until the person has left."""
    left_at = span.person.deactivated_at
    if left_at is not None:
        span = span._replace(ends_at=min(span.ends_at, left_at))
    return [span] if span.starts_at < span.ends_at else []


def _replaced(planned: list[Span], replacing: list[Span]) -> list[Span]:
    """What is left of the plan of one schedule after its overrides, which take effect in the order they were made."""
    standing: list[Span] = planned
    for span in sorted(replacing, key=lambda each: each.source.pk):
        standing = [part for each in standing for part in _after(each, span)] + [span]
    return sorted(
        standing, key=lambda each: (each.starts_at, each.source.starts_at, _KINDS.index(each.kind), each.source.pk)
    )


def _after(span: Span, override: Span) -> list[Span]:
    """What is left of a span when somebody is put in its place."""
    replaces = not span.stands_in if override.instead_of is None else override.instead_of == span.person.pk
    if not replaces:
        return [span]
    times = without([(span.starts_at, span.ends_at)], [(override.starts_at, override.ends_at)])
    return [span._replace(starts_at=starts_at, ends_at=ends_at) for starts_at, ends_at in times]
