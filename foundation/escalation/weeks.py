"""A week of a schedule as one looks at it: a lane a person, the gaps, who is on now and who comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext

from foundation.accounts.models import User
from foundation.escalation.models import RotationPlace, Schedule, Shift, ShiftNote, Swap
from foundation.escalation.oncall import AHEAD, HandOver, Span, gaps_of, next_hand_over, spans
from foundation.escalation.operations.gap_warnings import WARNED_AHEAD
from foundation.escalation.rotations import instant, merged
from foundation.escalation.workflow import SwapState
from foundation.sla.calendar import Interval

DAYS = 7
NARROW = timedelta(hours=8)
NOTES_SHOWN = 5
MOST_SHOWN = 60
"""How many overrides, swaps and gaps a page lists of one schedule."""


@dataclass(frozen=True, slots=True)
class Week:
    """Seven local days as instants, and where each begins along a line, in percent."""

    monday: date
    zone: str

    @classmethod
    def around(cls, day: date, zone: str) -> "Week":
        return cls(day - timedelta(days=day.weekday()), zone)

    @property
    def start(self) -> datetime:
        return self._midnight(0)

    @property
    def end(self) -> datetime:
        return self._midnight(DAYS)

    @property
    def before(self) -> date:
        return self.monday - timedelta(days=DAYS)

    @property
    def after(self) -> date:
        return self.monday + timedelta(days=DAYS)

    @property
    def last(self) -> date:
        return self.monday + timedelta(days=DAYS - 1)

    def days(self) -> list[tuple[date, str]]:
        return [(self.monday + timedelta(days=n), self.place(self._midnight(n))) for n in range(DAYS)]

    def place(self, at: datetime) -> str:
        return percent((at - self.start) / (self.end - self.start))

    def width(self, starts_at: datetime, ends_at: datetime) -> str:
        return percent((ends_at - starts_at) / (self.end - self.start))

    def _midnight(self, n: int) -> datetime:
        return instant(self.monday + timedelta(days=n), time(), self.zone)


@dataclass(frozen=True, slots=True)
class Bar:
    """Time along a lane. kind: of the span, or "gap". runs: whether it is under way. text: what fits into it."""

    starts_at: datetime
    ends_at: datetime
    kind: str
    place: str
    width: str
    runs: bool
    text: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One person's time in a week; nobody's for the gaps."""

    person: User | None
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Picture:
    """A week of a schedule, drawn. now: where the present is along it, "" outside the week."""

    week: Week
    lanes: Sequence[Lane]
    now: str


@dataclass(frozen=True, slots=True)
class OnNow:
    """Somebody on shift and until when; None: no end in sight."""

    person: User
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Cover:
    """All that the page says of one schedule."""

    schedule: Schedule
    picture: Picture
    on_now: Sequence[OnNow]
    after: HandOver | None
    gaps: Sequence[Interval]
    left: Sequence[User]
    overrides: Sequence[Shift]
    swaps: Sequence[Swap]
    notes: Sequence[ShiftNote]
    ahead: Sequence[Span]

    def is_on_now(self, person: User) -> bool:
        return any(on.person.pk == person.pk for on in self.on_now)


def percent(share: float) -> str:
    """As SVG takes it, in every language with a point."""
    return f"{max(0.0, min(1.0, share)) * 100:.3f}%"


def cover(schedule: Schedule, week: Week, *, now: datetime, with_notes: bool) -> Cover:
    """One schedule in one week and from now on. Notes only for those whom they are for."""
    ahead = spans(schedule, now, now + AHEAD)
    standing = Shift.objects.standing(now).filter(schedule=schedule, is_override=True).order_by("starts_at", "pk")
    swaps = Swap.objects.filter(schedule=schedule, state=SwapState.ASKED, starts_at__gt=now)
    notes = ShiftNote.objects.filter(schedule=schedule).select_related("author", "read_by") if with_notes else None
    return Cover(
        schedule=schedule,
        picture=draw(schedule, week, now=now),
        on_now=_on_now(ahead, now),
        after=next_hand_over(ahead, now),
        gaps=gaps_of(schedule, ahead, now, now + WARNED_AHEAD)[:MOST_SHOWN],
        left=who_left(schedule, now),
        overrides=list(standing.select_related("person", "instead_of")[:MOST_SHOWN]),
        swaps=list(swaps.select_related("asked_by", "asked_of")[:MOST_SHOWN]),
        notes=list(notes[:NOTES_SHOWN]) if notes is not None else [],
        ahead=ahead,
    )


def draw(schedule: Schedule, week: Week, *, now: datetime) -> Picture:
    """The week in lanes: the gaps first, then everybody on shift in it in the order in which they come on."""
    found = spans(schedule, week.start, week.end)
    lanes: dict[int, list[Span]] = {}
    for span in found:
        lanes.setdefault(span.person.pk, []).append(span)
    drawn = [Lane(theirs[0].person, _bars(theirs, week, now)) for theirs in lanes.values()]
    empty = gaps_of(schedule, found, week.start, week.end)
    if empty:
        drawn.insert(0, Lane(None, [_bar(*gap, "gap", week, now) for gap in empty]))
    return Picture(week, drawn, week.place(now) if week.start <= now < week.end else "")


def who_left(schedule: Schedule, now: datetime) -> list[User]:
    """Those in a rotation that counts now or will who have left: their turns are nobody's."""
    standing = schedule.rotations.standing(now)
    places = RotationPlace.objects.filter(rotation__in=standing, person__is_active=False).select_related("person")
    return list({place.person_id: place.person for place in places}.values())


def today(zone: str, now: datetime) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _bars(found: Iterable[Span], week: Week, now: datetime) -> list[Bar]:
    """A person's spans; those of one kind that touch are one bar."""
    by_kind: dict[str, list[Interval]] = {}
    for span in found:
        by_kind.setdefault(span.kind, []).append((span.starts_at, span.ends_at))
    bars = [_bar(*times, kind, week, now) for kind, hers in by_kind.items() for times in merged(hers)]
    return sorted(bars, key=lambda bar: bar.starts_at)


def _bar(starts_at: datetime, ends_at: datetime, kind: str, week: Week, now: datetime) -> Bar:
    place, width = week.place(starts_at), week.width(starts_at, ends_at)
    return Bar(starts_at, ends_at, kind, place, width, starts_at <= now < ends_at, _text(starts_at, ends_at, week))


def _text(starts_at: datetime, ends_at: datetime, week: Week) -> str:
    """The hours of a day, with the days where it is longer; nothing where it is too short to be written in."""
    if (starts_at, ends_at) == (week.start, week.end):
        return gettext("all week")
    length = ends_at - starts_at
    if length < NARROW:
        return ""
    first, last = (at.astimezone(ZoneInfo(week.zone)) for at in (starts_at, ends_at))
    if length <= timedelta(days=1):
        return f"{_hour(first)}–{_hour(last)}"
    return f"{date_format(first, 'D')} {_hour(first)} – {date_format(last, 'D')} {_hour(last)}"


def _hour(at: datetime) -> str:
    return f"{at:%H:%M}" if at.minute else f"{at:%H}"


def _on_now(ahead: Sequence[Span], now: datetime) -> list[OnNow]:
    people = {span.person.pk: span.person for span in ahead if span.starts_at <= now < span.ends_at}
    found = []
    for pk, person in people.items():
        ends = merged((span.starts_at, span.ends_at) for span in ahead if span.person.pk == pk)[0][1]
        found.append(OnNow(person, ends if ends < now + AHEAD else None))
    return found
