"""Business time: when a calendar is open, and the instant at which so many open seconds have passed.

Hours are written in local time; every end point is turned into a UTC instant first and all arithmetic is done on
those, so a day on which the clocks change is as long as it really is. An instant that a change of the clocks skips
moves forward by the gap; one that occurs twice is its first occurrence.

Open spans are half-open: open at the opening instant, closed at the closing one. A due instant is the *first* at which
the open time has passed, so it falls on the closing instant and not on the next opening, and no time at all is due at
its own start even while closed. Dates closed by name, and dates with hours of their own, are wholly described by that
entry: hours that run past midnight into them end at their midnight.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, final
from zoneinfo import ZoneInfo

from foundation.sla.calendar_spec import (
    FIRST_YEAR,
    LAST_YEAR,
    MINUTES_A_DAY,
    CalendarError,
    CalendarSpec,
    Hours,
)

__all__ = ["ALWAYS", "BusinessCalendar", "CalendarError", "Interval"]

Interval = tuple[datetime, datetime]
"""An open span of UTC instants: (opens, closes)."""

EARLIEST = datetime(FIRST_YEAR, 1, 1, tzinfo=UTC)
LATEST = datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC)

OUT_OF_REACH = f"That much open time does not pass before {LATEST:%Y}."

# Open spans are worked out and kept in blocks of four weeks: a due months away adds up a few totals instead of
# visiting every day, and the cache of one calendar holds thirty years in under three megabytes.
BLOCK = timedelta(days=28)
BLOCKS_KEPT = 400
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


class _Block(NamedTuple):
    intervals: tuple[Interval, ...]
    open_time: timedelta

    def open_time_before(self, at: datetime) -> timedelta:
        return sum((min(closes, at) - opens for opens, closes in self.intervals if opens < at), timedelta())

    def instant_after(self, open_time: timedelta) -> datetime:
        """The first instant at which this much of the block's open time has passed; there must be that much."""
        left = open_time
        for opens, closes in self.intervals:
            if left <= closes - opens:
                return opens + left
            left -= closes - opens
        raise AssertionError("the block has less open time than was asked of it")


@final
class BusinessCalendar:
    """Weekly local hours with dated exceptions, as a measure of time. Immutable, hashable, safe to share.

    Instants are aware datetimes between 1970 and 2199, answered in UTC; a naive one is a ValueError.
    """

    __slots__ = ("_block", "_overrides", "_spec", "_zone")

    def __init__(self, spec: CalendarSpec) -> None:
        self._spec = spec
        self._zone = ZoneInfo(spec.zone)
        self._overrides = dict(spec.overrides)
        self._block: Callable[[int], _Block] = lru_cache(maxsize=BLOCKS_KEPT)(self._work_out_block)

    @classmethod
    def from_spec(cls, spec: Mapping[str, Any]) -> BusinessCalendar:
        """The calendar written in ``spec`` (see ``calendar_spec.py``); CalendarError says what is wrong with it.

        Equal specifications give one shared calendar, so its worked-out spans outlive a request.
        """
        return _calendar_of(CalendarSpec.read(spec))

    def to_spec(self) -> dict[str, Any]:
        """The calendar in writing, in canonical form: ``from_spec`` of it is equal to this calendar."""
        return self._spec.as_written()

    def due(self, start: datetime, seconds: int) -> datetime:
        """The first instant at which ``seconds`` open seconds have passed since ``start``; for 0, ``start`` itself.

        A fraction of a second in ``start`` is kept. Refuses negative seconds with a ValueError.
        """
        return self.walk(start, timedelta(seconds=seconds))

    def open_seconds(self, start: datetime, end: datetime) -> int:
        """Whole open seconds between two instants: the exact open time, rounded down once.

        An ``end`` before ``start`` is no open time, 0: a report may be stamped a few minutes ahead of the server.
        """
        return self.open_time(start, end) // SECOND

    def walk(self, start: datetime, open_time: timedelta) -> datetime:
        """``due`` for an exact amount of open time."""
        at = _instant(start)
        if open_time < timedelta():
            raise ValueError(f"Open time runs forward only, not by {open_time}.")
        if not open_time:
            return at
        if self._spec.always:
            if open_time >= LATEST - at:
                raise ValueError(OUT_OF_REACH)
            return at + open_time
        index = _index(at)
        left = open_time + self._block(index).open_time_before(at)
        while left > (block := self._block(index)).open_time:
            left -= block.open_time
            index = _next_index(index)
        return block.instant_after(left)

    def open_time(self, start: datetime, end: datetime) -> timedelta:
        """The exact open time between two instants; none when ``end`` is before ``start``."""
        start, end = _instant(start), _instant(end)
        if end <= start:
            return timedelta()
        if self._spec.always:
            return end - start
        first, last = _index(start), _index(end)
        whole = sum((self._block(index).open_time for index in range(first, last)), timedelta())
        return whole + self._block(last).open_time_before(end) - self._block(first).open_time_before(start)

    def is_open(self, at: datetime) -> bool:
        """Whether time counts from this instant on: true at an opening, false at a closing."""
        at = _instant(at)
        return self._spec.always or any(opens <= at < closes for opens, closes in self._block(_index(at)).intervals)

    def next_open(self, at: datetime) -> datetime:
        """The first open instant not before ``at``: ``at`` itself while open."""
        at = _instant(at)
        if self._spec.always:
            return at
        index = _index(at)
        while True:
            for opens, closes in self._block(index).intervals:
                if at < closes:
                    return max(opens, at)
            index = _next_index(index)

    def intervals(self, start: datetime, end: datetime) -> Iterator[Interval]:
        """The open spans between two instants in order, cut to them; spans that touch come as one."""
        start, end = _instant(start), _instant(end)
        if end <= start:
            return
        if self._spec.always:
            yield start, end
            return
        pending: Interval | None = None
        for index in range(_index(start), _index(end) + 1):
            for span in self._block(index).intervals:
                opens, closes = max(span[0], start), min(span[1], end)
                if opens >= closes:
                    continue
                if pending and pending[1] == opens:
                    pending = (pending[0], closes)
                    continue
                if pending:
                    yield pending
                pending = (opens, closes)
        if pending:
            yield pending

    def _work_out_block(self, index: int) -> _Block:
        begins = EARLIEST + index * BLOCK
        ends = min(begins + BLOCK, LATEST)
        # Local dates run up to 14 hours either side of UTC, and hours of a date may end on the next one.
        first = begins.date() - 3 * DAY
        spans = sorted(span for n in range(BLOCK.days + 6) for span in self._spans_of(first + n * DAY))
        merged: list[Interval] = []
        for span in spans:
            opens, closes = max(span[0], begins), min(span[1], ends)
            if opens >= closes:
                continue
            if merged and opens <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], closes))
            else:
                merged.append((opens, closes))
        return _Block(tuple(merged), sum((closes - opens for opens, closes in merged), timedelta()))

    def _spans_of(self, day: date) -> Iterator[Interval]:
        """The open spans of the hours that start on this local date."""
        hours = self._hours_of(day)
        if not hours or self._instant_of(day, 0) == self._instant_of(day, MINUTES_A_DAY):
            return  # closed, or a date that the zone skipped whole (Apia, 30 December 2011)
        cut_at = self._instant_of(day, MINUTES_A_DAY) if self._is_dated(day + DAY) else None
        for opens, closes in hours:
            span = self._instant_of(day, opens), self._instant_of(day, closes)
            yield span if cut_at is None else (span[0], min(span[1], cut_at))

    def _hours_of(self, day: date) -> Hours:
        override = self._overrides.get(day)
        if override is not None:
            return override
        return () if self._spec.is_closed_by_date(day) else self._spec.weekly[day.weekday()]

    def _is_dated(self, day: date) -> bool:
        return day in self._overrides or self._spec.is_closed_by_date(day)

    def _instant_of(self, day: date, minute: int) -> datetime:
        days, minute = divmod(minute, MINUTES_A_DAY)
        # With fold=0 zoneinfo gives the first of two occurrences, and reads a skipped time with the offset before the
        # gap, which lands it as far after the gap as it was written into it.
        local = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=self._zone) + days * DAY
        return local.astimezone(UTC)

    def __eq__(self, other: object) -> bool:
        return self._spec == other._spec if isinstance(other, BusinessCalendar) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._spec)

    def __repr__(self) -> str:
        return f"BusinessCalendar({self.to_spec()!r})"

    def __reduce__(self) -> tuple[Callable[[CalendarSpec], BusinessCalendar], tuple[CalendarSpec]]:
        return _calendar_of, (self._spec,)


@lru_cache(maxsize=64)
def _calendar_of(spec: CalendarSpec) -> BusinessCalendar:
    return BusinessCalendar(spec)


def _instant(at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone; business time takes aware instants.")
    at = at.astimezone(UTC)
    if not EARLIEST <= at < LATEST:
        raise ValueError(f"{at.isoformat()} is outside the years {FIRST_YEAR} to {LAST_YEAR}.")
    return at


def _index(at: datetime) -> int:
    return (at - EARLIEST) // BLOCK


def _next_index(index: int) -> int:
    if EARLIEST + (index + 1) * BLOCK >= LATEST:
        raise ValueError(OUT_OF_REACH)
    return index + 1


ALWAYS = BusinessCalendar.from_spec({"always": True})
"""Open at every instant: the calendar of the most severe cases, which no opening hours delay."""
