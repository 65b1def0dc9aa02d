"""Whose turn it is, by arithmetic: a rotation as a function of time, without a clock and without a table.

A hand-over is written in local time, and each is turned into a UTC instant by itself; a time that a change of the
clocks skips moves forward by the gap, one that occurs twice is its first occurrence. Turns are half-open and touch: one
ends at the instant at which the next begins, so at every instant it is one person's turn. Hours, where a rotation has
any, are those of a calendar (foundation/sla/calendar.py) and cut its turns.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from foundation.sla.calendar import BusinessCalendar, Interval

DAY = timedelta(days=1)
DAYS_A_WEEK = 7


class Turn(NamedTuple):
    """Part of somebody's turn, between two instants (UTC)."""

    starts_at: datetime
    ends_at: datetime
    person: Any


@dataclass(frozen=True, slots=True)
class Turns:
    """A rotation. anchor: the local date on which turn 0 begins; it has length ``days``, as every turn."""

    people: tuple[Any, ...]
    anchor: date
    days: int
    hand_over: time
    zone: str
    hours: BusinessCalendar | None = None

    @classmethod
    def of(
        cls,
        *,
        people: tuple[Any, ...],
        weeks: bool,
        length: int,
        weekday: int | None,
        hand_over: time,
        zone: str,
        hours: Mapping[str, Any],
        starts_on: date,
    ) -> "Turns":
        """The rotation whose first turn is under way on ``starts_on``. Turns of weeks begin on ``weekday``, Monday 0."""
        anchor = starts_on
        if weeks and weekday is not None:
            anchor -= DAY * ((starts_on.weekday() - weekday) % DAYS_A_WEEK)
        return cls(
            people=people,
            anchor=anchor,
            days=length * DAYS_A_WEEK if weeks else length,
            hand_over=hand_over,
            zone=zone,
            hours=hours_of(zone, hours),
        )

    def begins(self, number: int) -> datetime:
        """When turn ``number`` begins, which may be before turn 0."""
        return instant(self.anchor + DAY * self.days * number, self.hand_over, self.zone)

    def number_at(self, at: datetime) -> int:
        """Which turn is under way."""
        local = at.astimezone(ZoneInfo(self.zone)).date()
        number = (local - self.anchor).days // self.days
        # The date is one off before that day's hand-over, and where a gap has carried a hand-over past midnight.
        while self.begins(number) > at:
            number -= 1
        while self.begins(number + 1) <= at:
            number += 1
        return number

    def whose(self, number: int) -> Any:
        return self.people[number % len(self.people)]

    def spans(self, start: datetime, end: datetime) -> Iterator[Turn]:
        """Who is on between two instants, in order and cut to them; nobody outside the hours."""
        if not self.people or end <= start:
            return
        number = self.number_at(start)
        while (begins := self.begins(number)) < end:
            turn = max(begins, start), min(self.begins(number + 1), end)
            for opens, closes in self.hours.intervals(*turn) if self.hours else [turn]:
                # A turn on a date that its zone skipped whole has no time at all.
                if opens < closes:
                    yield Turn(opens, closes, self.whose(number))
            number += 1


def instant(day: date, wall: time, zone: str) -> datetime:
    """A local time as the instant it means (UTC)."""
    # With fold=0 zoneinfo gives the first of two occurrences, and lands a skipped time as far after the gap as it was
    # written into it.
    return datetime.combine(day, wall.replace(fold=0), ZoneInfo(zone)).astimezone(UTC)


def hours_of(zone: str, hours: Mapping[str, Any]) -> BusinessCalendar | None:
    """Weekly hours as a calendar, None for all hours. Raises CalendarError with what is wrong: overlapping, no zone."""
    return BusinessCalendar.from_spec({"tz": zone, "hours": hours}) if hours else None


def merged(spans: Iterable[Interval]) -> list[Interval]:
    """The time that these spans cover, in order; spans that touch or overlap become one."""
    whole: list[Interval] = []
    for starts_at, ends_at in sorted(spans):
        if whole and starts_at <= whole[-1][1]:
            whole[-1] = whole[-1][0], max(whole[-1][1], ends_at)
        elif starts_at < ends_at:
            whole.append((starts_at, ends_at))
    return whole


def without(spans: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """What is left of the time of ``spans`` after that of ``taken``, in order."""
    left: list[Interval] = []
    away = merged(taken)
    for starts_at, ends_at in merged(spans):
        at = starts_at
        for gone_from, gone_until in away:
            if gone_until <= at or gone_from >= ends_at:
                continue
            if gone_from > at:
                left.append((at, gone_from))
            at = max(at, gone_until)
        if at < ends_at:
            left.append((at, ends_at))
    return left
