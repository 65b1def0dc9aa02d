"""How far the cases of the demo have come: a course is how a case went, or where it stands now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tsdesk.demo.tales import Tale

MINUTE = timedelta(minutes=1)
FIRST_RESPONSE = {1: timedelta(minutes=15), 2: timedelta(hours=1), 3: timedelta(hours=4), 4: timedelta(hours=24)}
RESOLUTION = {1: timedelta(days=1), 2: timedelta(days=3), 3: timedelta(days=7), 4: timedelta(days=14)}
"""The shipped targets by severity (contract.md), which the stories keep, or miss where they mean to."""


@dataclass(frozen=True, slots=True)
class Course:
    """One way a case goes. share: how many of three hundred go this way.

    A case that has been answered runs from its report (0) to its end (1); ``between`` is where that leaves it now,
    None where it is over. One that has not stands by its first response: ``used`` is how much of that is gone, and
    ``due_in`` the seconds left where that says more. extra: what else happens, a method of stories.
    """

    name: str
    share: int
    is_answered: bool = True
    between: tuple[float, float] | None = None
    used: tuple[float, float] | None = None
    due_in: Sequence[int] = ()
    is_taken: bool = True
    reporter_writes: bool = True
    waits: bool = False
    late: str = ""
    days_ago: tuple[float, float] = (0, 0)
    extra: str = ""
    categories: Sequence[str] = ()

    @property
    def is_uneventful(self) -> bool:
        """Over, in time and without anybody called: such a case is written whole (archiving.py)."""
        return (
            self.between is None
            and self.used is None
            and not self.due_in
            and not self.late
            and self.extra != "reopened"
        )

    def fits(self, tale: "Tale") -> bool:
        if self.categories and tale.category not in self.categories:
            return False
        if self.extra in ("called", "calling", "offered") and tale.category in ("other", "no-show", "fake-review"):
            return False
        return not self.waits or bool(tale.respondent) or tale.waits != "respondent"


QUIET = ("no-show", "dispute-over-work", "other", "fake-review", "off-platform-payment", "property-damage", "theft")
UNHURRIED = ("bite", "illness-of-pet", "property-damage", "theft", "impersonation", "privacy", "discrimination")
SERIOUS = ("injury-to-person", "death-of-pet", "discrimination", "privacy")

COURSES = (
    Course("unowned", 7, is_answered=False, is_taken=False, used=(0.05, 0.6)),
    Course("unowned", 5, is_answered=False, is_taken=False, due_in=(260, 700, 1100, 1500)),
    Course("unowned", 3, is_answered=False, is_taken=False, due_in=(45, 80, 170)),
    Course("unowned", 4, is_answered=False, is_taken=False, due_in=(-250, -520, -1_500, -4_300)),
    Course("taken", 6, is_answered=False, used=(0.35, 0.7)),
    Course("working", 6, between=(0.28, 0.385)),
    Course("working", 7, between=(0.46, 0.53)),
    Course("they wrote", 14, between=(0.402, 0.445)),
    Course("waiting", 17, between=(0.57, 0.74), waits=True),
    Course("late", 3, late="resolution", between=(0.46, 0.5), categories=UNHURRIED),
    Course("escalated", 3, between=(0.47, 0.53), extra="called"),
    Course("escalated", 2, between=(0.47, 0.53), extra="calling"),
    Course("offered", 3, between=(0.46, 0.53), extra="offered"),
    Course("reopened", 2, days_ago=(1, 5), extra="reopened", reporter_writes=False, categories=UNHURRIED),
    Course("resolved", 34, days_ago=(0.05, 6.6), extra="ends", waits=True),
    Course("closed", 87, days_ago=(7.2, 60), extra="ends"),
    Course("closed", 78, days_ago=(7.2, 75), extra="ends", waits=True),
    Course("closed late", 6, days_ago=(7.2, 30), extra="ends", late="first_response"),
    Course("for legal", 4, between=(0.47, 0.53), extra="for_legal", categories=SERIOUS),
    Course("privileged", 1, between=(0.47, 0.53), extra="privileged", categories=SERIOUS),
    Course("silent", 6, is_answered=False, days_ago=(3, 40), extra="silence", categories=QUIET),
)


@dataclass(frozen=True, slots=True)
class Marks:
    """The instants of one case that all others are counted from."""

    received: datetime
    taken: datetime | None
    replied: datetime
    span: timedelta

    def at(self, part: float) -> datetime:
        """The instant at this part of its course; nothing that follows the first reply comes before it."""
        after = self.replied - self.received
        return self.received + after + (self.span - after) * part


def draw_marks(draw: Random, course: Course, severity: int, now: datetime) -> Marks:
    """Where the course puts a case of this severity, seen from now."""
    first, whole = FIRST_RESPONSE[severity], RESOLUTION[severity]
    replies = first * draw.uniform(1.15, 1.8) if course.late == "first_response" else first * draw.uniform(0.3, 0.72)
    takes = replies * draw.uniform(0.2, 0.7)
    span = max(whole * draw.uniform(0.3, 0.72), replies * 1.5)
    if course.due_in:
        left = draw.choice(course.due_in)
        # Of a quarter of an hour, a quarter of an hour cannot be left.
        received = now - first + timedelta(seconds=min(left, first.total_seconds() * 0.3))
    elif course.used is not None:
        received = now - first * draw.uniform(*course.used)
    elif course.between is not None:
        part = draw.uniform(*course.between)
        if course.late == "resolution":
            received = now - whole - timedelta(minutes=draw.randint(15, 300))
            span = (now - received - replies) / part + replies
        else:
            received = now - replies - (span - replies) * part
    else:
        received = now - timedelta(days=draw.uniform(*course.days_ago)) - span
    received = received.replace(microsecond=0)
    taken = received + takes if course.is_taken else None
    if course.name == "taken":
        taken = received + (now - received) * draw.uniform(0.3, 0.8)
    return Marks(received, taken, received + replies, span)
