"""Rules about schedules, shifts and swaps. Each ``check_x`` raises the sentence that a page shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission, Relation
from foundation.audit.actors import Acting
from foundation.escalation.models import Schedule, Shift, Swap
from foundation.escalation.oncall import on_shift, spans
from foundation.escalation.rotations import hours_of, without
from foundation.sla.calendar import CalendarError, Interval
from foundation.sla.typed_hours import calendar_sentence

LONGEST_OVERRIDE = timedelta(days=92)
MOST_PEOPLE = 60
LONGEST_TURN = {"day": 30, "week": 12}


class ShiftRefused(Exception):
    """A change of a schedule that a rule forbids; its text is the sentence, ``field`` what it is about."""

    def __init__(self, sentence: str | Promise, *, field: str = "") -> None:
        super().__init__(str(sentence))
        self.sentence = sentence
        self.field = field


def check_may_edit(by: Acting) -> None:
    """Schedules are a lead's to change, and the desk's own when it is set up."""
    if isinstance(by, User) and not by.may(Permission.SHIFT_EDIT):
        raise ShiftRefused(_("Schedules are for leads to change."))


def check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (LookupError, ValueError, OSError) as error:
        raise ShiftRefused(_("“%(zone)s” is not a known time zone.") % {"zone": zone}, field="time_zone") from error


def check_hours(zone: str, hours: Mapping[str, Any]) -> None:
    """Weekly hours that can be read and do not overlap."""
    try:
        hours_of(zone, hours)
    except CalendarError as error:
        raise ShiftRefused(calendar_sentence(error), field="hours") from error


def check_order(people: Sequence[User]) -> None:
    """Somebody, each once, all still here."""
    if not people:
        raise ShiftRefused(_("A rotation needs somebody: name at least one person."), field="people")
    if len(people) > MOST_PEOPLE:
        raise ShiftRefused(_("A rotation takes at most %(most)s people.") % {"most": MOST_PEOPLE}, field="people")
    seen: set[int] = set()
    for person in people:
        check_here(person, field="people")
        if person.pk in seen:
            raise ShiftRefused(_("%(name)s is in the order twice.") % {"name": person.name}, field="people")
        seen.add(person.pk)


def check_here(person: User, *, field: str = "person") -> None:
    """Nobody is put on shift who has left, nor who may not answer a call."""
    if not person.is_active:
        raise ShiftRefused(_("%(name)s has left and cannot be on shift.") % {"name": person.name}, field=field)
    if not person.may(Permission.ESCALATION_ACKNOWLEDGE):
        raise ShiftRefused(
            _("%(name)s has a role that answers no calls, so she cannot be on shift.") % {"name": person.name},
            field=field,
        )


def check_length(unit: str, length: int) -> None:
    if not 1 <= length <= LONGEST_TURN[unit]:
        raise ShiftRefused(_("A turn lasts from a day to 30 days, or up to 12 weeks."), field="length")


def check_ahead(starts_at: datetime, ends_at: datetime | None, *, now: datetime) -> None:
    """Whoever was on shift was: what lies behind is not rewritten."""
    if ends_at is not None and ends_at <= starts_at:
        raise ShiftRefused(_("It ends before it begins."), field="ends_at")
    if starts_at < now:
        raise ShiftRefused(_("That begins in the past. What is over stays as it was."), field="starts_at")
    if ends_at is not None and ends_at - starts_at > LONGEST_OVERRIDE:
        raise ShiftRefused(_("That is longer than three months; change the rotation instead."), field="ends_at")


def check_no_other_override(
    schedule: Schedule, instead_of: User | None, starts_at: datetime, ends_at: datetime
) -> None:
    """Two overrides in one place at one time would contradict each other."""
    others = Shift.objects.between(starts_at, ends_at).filter(
        schedule=schedule, is_override=True, instead_of=instead_of
    )
    other = others.select_related("person").order_by("starts_at").first()
    if other is not None:
        raise ShiftRefused(
            _("%(name)s stands in there at that time already. Take that back first.") % {"name": other.person.name},
            field="starts_at",
        )


def check_on_all_the_time(person: User, schedule: Schedule, times: Interval) -> None:
    """Only a shift that is somebody's can be given away, and only all of it that is named."""
    hers = [span[:2] for span in spans(schedule, *times) if span.person.pk == person.pk]
    if without([times], hers):
        raise ShiftRefused(_("%(name)s is not on shift for all of that time.") % {"name": person.name}, field="shift")


def check_not_on_already(person: User, schedule: Schedule, times: Interval) -> None:
    """Nobody stands in for somebody beside whom she is on shift herself: one of the two places would be empty."""
    if any(span.person.pk == person.pk for span in spans(schedule, *times)):
        raise ShiftRefused(
            _("%(name)s is on shift there herself at that time.") % {"name": person.name}, field="person"
        )


def check_is_asked(swap: Swap, *, by: User) -> None:
    if swap.asked_of_id != by.pk:
        raise ShiftRefused(_("Somebody else was asked."))


def check_asked_it(swap: Swap, *, by: User) -> None:
    if swap.asked_by_id != by.pk:
        raise ShiftRefused(_("Somebody else asked for this."))


def reads_notes(reader: User, team: Team | None) -> bool:
    """Notes may say what a case is about: they are for the team, and for whoever sees every team's cases."""
    if Relation.EVERY_TEAM in reader.ceilings:
        return True
    return team is not None and team.pk in reader.team_ids and reader.may(Permission.CASE_VIEW)


def check_writes_notes(schedule: Schedule, *, by: User) -> None:
    if not reads_notes(by, schedule.team):
        raise ShiftRefused(_("Notes are for the team of this schedule."))


def check_is_next(schedule: Schedule, *, author: int, by: User, now: datetime) -> None:
    """A note is confirmed by whoever is on shift after the one who wrote it."""
    if author == by.pk:
        raise ShiftRefused(_("Your own note is for the next shift to confirm."))
    if by.pk not in {person.pk for person in on_shift(schedule, now)}:
        raise ShiftRefused(_("Whoever is on shift confirms a note."))
