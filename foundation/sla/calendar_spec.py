"""How a business calendar is written down, read strictly and refused in one plain sentence.

A specification is plain JSON, so that a version of a calendar can be stored and compared:

    {"tz": "America/New_York",
     "hours": {"mon": {"09:00": "12:00", "13:00": "17:00"}, "fri": {"22:00": "06:00"}, "sat": {"20:30": "24:00"}},
     "hol": ["2026-12-25"],
     "overrides": {"2026-12-24": {"09:00": "13:00"}, "2026-12-31": {}},
     "holidays": {"country": "US", "subdiv": null}}

or, open at every instant, ``{"always": true}``. An end that is not after its start lies on the next day.
What the words mean in time is in ``calendar.py``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from foundation.sla.holidays import is_known_region, public_holidays


def _(sentence: str) -> str:
    """Marks a sentence for the message catalogues. It is translated where it is shown: reading needs no settings."""
    return sentence


WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = 7 * MINUTES_A_DAY

FIRST_YEAR, LAST_YEAR = 1970, 2199
LONGEST_CLOSURE = timedelta(days=400)
MOST_DATES = 2000
"""How many dates ``hol`` and ``overrides`` may each list: more than eight years of closing every other day."""

Hours = tuple[tuple[int, int], ...]
"""Open spans of one local day in order: (opens, closes) in minutes after local midnight; past 1440 is the next day."""

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARTS = ("tz", "always", "hours", "hol", "overrides", "holidays")
# Names that the zone database resolves, but differently from machine to machine or not to any place.
_NOT_PLACES = frozenset({"localtime", "posixrules", "Factory"})
_NOT_PLACES_UNDER = ("posix/", "right/")


class CalendarError(ValueError):
    """A calendar that cannot be used; its text is one sentence that names the part at fault.

    ``sentence`` and ``parts`` are kept apart so that a form can show ``gettext(error.sentence) % error.parts``.
    """

    def __init__(self, sentence: str, **parts: object) -> None:
        self.sentence = sentence
        self.parts = {name: _shown(part) for name, part in parts.items()}
        super().__init__(sentence % self.parts)


@dataclass(frozen=True, slots=True)
class Region:
    """Whose public holidays are closed days: an ISO 3166-1 alpha-2 country and, if given, a part of it."""

    country: str
    subdivision: str | None = None


@dataclass(frozen=True, slots=True)
class CalendarSpec:
    """A calendar as written, checked and in canonical form: equal specifications are the same calendar."""

    zone: str
    always: bool = False
    weekly: tuple[Hours, ...] = ((),) * 7
    closed: frozenset[date] = frozenset()
    overrides: tuple[tuple[date, Hours], ...] = ()
    region: Region | None = None

    @classmethod
    def read(cls, written: Mapping[str, Any]) -> CalendarSpec:
        """Read a specification; CalendarError says which part of it cannot be used."""
        written = _mapping(written, "calendar")
        for part in written:
            if part not in _PARTS:
                raise CalendarError(_("The calendar has an unknown part, “%(part)s”."), part=part)
        return _read_always(written) if _is_always(written) else _read_hours(written)

    def as_written(self) -> dict[str, Any]:
        """The specification as JSON values; reading it gives an equal one."""
        if self.always:
            return {"tz": self.zone, "always": True}
        written: dict[str, Any] = {
            "tz": self.zone,
            "hours": {
                name: _hours_as_written(hours) for name, hours in zip(WEEKDAYS, self.weekly, strict=True) if hours
            },
            "hol": [day.isoformat() for day in sorted(self.closed)],
        }
        if self.overrides:
            written["overrides"] = {day.isoformat(): _hours_as_written(hours) for day, hours in self.overrides}
        if self.region:
            written["holidays"] = {"country": self.region.country, "subdiv": self.region.subdivision}
        return written

    def is_closed_by_date(self, day: date) -> bool:
        """Whether this local date is closed all day by name: listed in ``hol``, or a public holiday."""
        if day in self.closed:
            return True
        region = self.region
        return region is not None and day in public_holidays(region.country, region.subdivision, day.year)


def _is_always(written: Mapping[str, Any]) -> bool:
    always = written.get("always", False)
    if not isinstance(always, bool):
        raise CalendarError(_("“always” is true or false, not “%(value)s”."), value=always)
    return always


def _read_always(written: Mapping[str, Any]) -> CalendarSpec:
    for part in ("hours", "hol", "overrides", "holidays"):
        if written.get(part):
            raise CalendarError(_("A calendar that is always open has no “%(part)s” beside it."), part=part)
    return CalendarSpec(zone=_zone(written.get("tz", "UTC")), always=True)


def _read_hours(written: Mapping[str, Any]) -> CalendarSpec:
    if "tz" not in written:
        raise CalendarError(_("The calendar names no time zone."))
    weekly = _weekly(written.get("hours", {}))
    if not any(weekly):
        raise CalendarError(_("The calendar has no opening hours and is not always open."))
    spec = CalendarSpec(
        zone=_zone(written["tz"]),
        weekly=weekly,
        closed=_closed(written.get("hol", [])),
        overrides=_overrides(written.get("overrides", {})),
        region=_region(written.get("holidays")),
    )
    _check_dates_are_named_once(spec)
    _check_weekly_overlaps(spec)
    _check_override_overlaps(spec)
    _check_never_closed_too_long(spec)
    return spec


def _zone(name: Any) -> str:
    if isinstance(name, str) and name not in _NOT_PLACES and not name.startswith(_NOT_PLACES_UNDER):
        try:
            return ZoneInfo(name).key
        except (LookupError, ValueError, OSError):  # unknown, malformed, or a directory such as "America"
            pass
    raise CalendarError(_("“%(zone)s” is not a known time zone."), zone=name)


def _weekly(written: Any) -> tuple[Hours, ...]:
    hours = _mapping(written, "hours")
    for name in hours:
        if name not in WEEKDAYS:
            raise CalendarError(_("“%(day)s” is not a day of the week such as “mon”."), day=name)
    return tuple(_hours(hours.get(name, {}), day=name) for name in WEEKDAYS)


def _hours(written: Any, *, day: str) -> Hours:
    spans = []
    for opens, closes in _mapping(written, day).items():
        start = _minute(opens, day=day)
        end = MINUTES_A_DAY if closes == "24:00" else _minute(closes, day=day)
        if start == end:
            raise CalendarError(
                _("On %(day)s the hours open and close at %(time)s; a whole day is 00:00 to 24:00."),
                day=day,
                time=opens,
            )
        spans.append((start, end if end > start else end + MINUTES_A_DAY))
    spans.sort()
    return tuple(spans)


def _minute(written: Any, *, day: str) -> int:
    match = _TIME.fullmatch(written) if isinstance(written, str) else None
    if match is None:
        raise CalendarError(_("On %(day)s, “%(time)s” is not a time such as 09:00."), day=day, time=written)
    return int(match[1]) * 60 + int(match[2])


def _closed(written: Any) -> frozenset[date]:
    if not isinstance(written, list | tuple):
        raise CalendarError(_("“%(part)s” is a list of dates."), part="hol")
    _check_count(written, "hol")
    return frozenset(_date(day) for day in written)


def _overrides(written: Any) -> tuple[tuple[date, Hours], ...]:
    overrides = _mapping(written, "overrides")
    _check_count(overrides, "overrides")
    return tuple(sorted((_date(day), _hours(hours, day=day)) for day, hours in overrides.items()))


def _date(written: Any) -> date:
    if isinstance(written, str) and _DATE.fullmatch(written):
        try:
            day = date.fromisoformat(written)
        except ValueError:  # 2026-02-30
            pass
        else:
            if FIRST_YEAR <= day.year <= LAST_YEAR:
                return day
    raise CalendarError(_("“%(date)s” is not a date such as 2026-12-25."), date=written)


def _region(written: Any) -> Region | None:
    if written is None:
        return None
    region = _mapping(written, "holidays")
    for part in region:
        if part not in ("country", "subdiv"):
            raise CalendarError(_("The holidays have an unknown part, “%(part)s”."), part=part)
    country, subdivision = region.get("country"), region.get("subdiv")
    if not isinstance(country, str) or not (subdivision is None or isinstance(subdivision, str)):
        raise CalendarError(_("The holidays name a country such as “US” and, if wanted, a part of it."))
    if not is_known_region(country, subdivision):
        place = country if subdivision is None else f"{country}-{subdivision}"
        raise CalendarError(_("No public holidays are known for “%(place)s”."), place=place)
    return Region(country, subdivision)


def _check_dates_are_named_once(spec: CalendarSpec) -> None:
    for day, _hours_that_day in spec.overrides:
        if day in spec.closed:
            raise CalendarError(_("%(date)s is both a closed day and a day with hours of its own."), date=day)


def _check_weekly_overlaps(spec: CalendarSpec) -> None:
    spans = [
        (weekday * MINUTES_A_DAY + opens, weekday * MINUTES_A_DAY + closes)
        for weekday, hours in enumerate(spec.weekly)
        for opens, closes in hours
    ]
    first_again = (spans[0][0] + MINUTES_A_WEEK, spans[0][1] + MINUTES_A_WEEK)
    for (opens, closes), (next_opens, next_closes) in pairwise([*spans, first_again]):
        if next_opens < closes:
            day, next_day = (WEEKDAYS[minute // MINUTES_A_DAY % 7] for minute in (opens, next_opens))
            raise _overlap(day, opens, closes, next_day, next_opens, next_closes)


def _check_override_overlaps(spec: CalendarSpec) -> None:
    overrides = dict(spec.overrides)
    for day, hours in spec.overrides:
        following = day + timedelta(days=1)
        # A dated day is open only as its own entry says: what runs into it from the day before ends at its midnight.
        is_dated = following in overrides or following in spec.closed
        hours_after = () if is_dated else spec.weekly[following.weekday()]
        spans = [(day, opens, closes) for opens, closes in hours]
        spans += [(following, opens + MINUTES_A_DAY, closes + MINUTES_A_DAY) for opens, closes in hours_after]
        for (on, opens, closes), (next_on, next_opens, next_closes) in pairwise(spans):
            if next_opens < closes:
                raise _overlap(on, opens, closes, next_on, next_opens, next_closes)


def _overlap(
    day: object, opens: int, closes: int, next_day: object, next_opens: int, next_closes: int
) -> CalendarError:
    return CalendarError(
        _("The hours %(hours)s on %(day)s overlap %(next_hours)s on %(next_day)s."),
        day=day,
        hours=f"{_clock(opens)}-{_clock_end(closes)}",
        next_day=next_day,
        next_hours=f"{_clock(next_opens)}-{_clock_end(next_closes)}",
    )


def _check_never_closed_too_long(spec: CalendarSpec) -> None:
    overrides = dict(spec.overrides)
    named = spec.closed | {day for day, hours in spec.overrides if not hours}
    # The weekly hours come back every seven days, and each time takes a closed date to suppress. Public holidays never
    # fall on half of the days of any week, so the rest would have to be named here.
    if len(named) < LONGEST_CLOSURE.days // 14:
        return

    def opens_on(day: date) -> bool:
        hours = overrides.get(day)
        if hours is None:
            return bool(spec.weekly[day.weekday()]) and not spec.is_closed_by_date(day)
        return bool(hours)

    last_open = min(named) - timedelta(days=8)
    for day in _days(last_open, max(named) + timedelta(days=8)):
        if opens_on(day):
            last_open = day
        elif day - last_open >= LONGEST_CLOSURE:
            raise CalendarError(
                _("The calendar has no open time in the %(days)s days after %(date)s."),
                days=LONGEST_CLOSURE.days,
                date=last_open,
            )


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _mapping(written: Any, part: str) -> Mapping[str, Any]:
    if not isinstance(written, Mapping):
        raise CalendarError(_("“%(part)s” is a set of named values."), part=part)
    return written


def _check_count(dates: Collection[Any], part: str) -> None:
    if len(dates) > MOST_DATES:
        raise CalendarError(_("“%(part)s” lists more than %(most)s dates."), part=part, most=MOST_DATES)


def _hours_as_written(hours: Hours) -> dict[str, str]:
    return {_clock(opens): _clock_end(closes) for opens, closes in hours}


def _clock(minute: int) -> str:
    return f"{minute % MINUTES_A_DAY // 60:02}:{minute % 60:02}"


def _clock_end(minute: int) -> str:
    return _clock(minute) if minute % MINUTES_A_DAY else "24:00"


def _shown(value: object) -> str:
    """A short form of a value that may be of any type and length and hold characters no page can print."""
    text = str(value).encode("utf-8", "replace").decode()
    return text if len(text) <= 60 else f"{text[:59]}…"
