"""Where a case stands in the queue, and why: pure, so that the queue and "why is this on top" cannot disagree.

A case is placed at an instant: its next due, less a head start for whatever makes it more pressing than its clocks
say. The order is (band, instant, id), so placing needs no look at any other case. Nothing here reads the time of day:
a case moves when something about it changes, not because time passes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from cases.models.case import Band

UNCLOCKED = timedelta(hours=24)
"""A case on which no clock runs is placed as if due so long after it was received."""

MINUTES_BY_SEVERITY = {1: 2_880, 2: 480, 3: 60}
MINUTES_IN_DANGER = 240
MINUTES_THEY_WROTE_LAST = 60
MINUTES_NO_OWNER = 30
MINUTES_REPEAT_RESPONDENT = 30


@dataclass(frozen=True, slots=True)
class Standing:
    """All that a place in the queue rests on.

    next_due_at: the earliest due of the clocks that run, breached ones included; None where none runs.
    awaits_response: a response clock runs, so somebody has had no word from us since she reported or wrote.
    in_danger: a person or an animal was hurt, needed emergency care, or somebody is in danger now.
    """

    severity: int
    received_at: datetime
    next_due_at: datetime | None = None
    awaits_response: bool = False
    is_breached: bool = False
    is_waiting: bool = False
    they_wrote_last: bool = False
    in_danger: bool = False
    has_owner: bool = False
    repeat_respondent: bool = False


class Reason(NamedTuple):
    """A head start: why, and how many minutes it moves the case up."""

    label: str | Promise
    minutes: int


class Placement(NamedTuple):
    """A place in the queue; ``reasons`` are its head starts, the longest first."""

    band: Band
    urgent_at: datetime
    reasons: tuple[Reason, ...]


def place(standing: Standing) -> Placement:
    """Where a case of this standing goes in the queue."""
    reasons = tuple(sorted(_head_starts(standing), key=lambda reason: -reason.minutes))
    due_at = standing.next_due_at or standing.received_at + UNCLOCKED
    return Placement(_band(standing), due_at - timedelta(minutes=sum(reason.minutes for reason in reasons)), reasons)


def _band(standing: Standing) -> Band:
    """A case waiting on others rests in the last band unless a person still waits for a word from us.

    Whoever set it waiting had read what was written last; a later message resumes the case by itself.
    """
    if standing.awaits_response:
        return Band.PERSON_WAITING
    if standing.is_waiting:
        return Band.WAITING_ON_OTHERS
    if standing.they_wrote_last or standing.is_breached or standing.severity == 1:
        return Band.PERSON_WAITING
    return Band.DUE


def _head_starts(standing: Standing) -> Iterator[Reason]:
    if minutes := MINUTES_BY_SEVERITY.get(standing.severity):
        yield Reason(_("SEV-%(severity)s") % {"severity": standing.severity}, minutes)
    if standing.in_danger:
        yield Reason(_("Somebody was hurt or is in danger"), MINUTES_IN_DANGER)
    if standing.they_wrote_last:
        yield Reason(_("They wrote last"), MINUTES_THEY_WROTE_LAST)
    if not standing.has_owner:
        yield Reason(_("Nobody has taken it"), MINUTES_NO_OWNER)
    if standing.repeat_respondent:
        yield Reason(_("The respondent was reported before"), MINUTES_REPEAT_RESPONDENT)
