"""Calling the people of a level, and what happens where there are none. For one call or for many in as few statements."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from foundation.accounts.models import Team, User
from foundation.audit import trail
from foundation.audit.actors import SYSTEM, Acting, Subject
from foundation.audit.trail import Happening
from foundation.escalation import events
from foundation.escalation.models import Escalation, Page
from foundation.escalation.notices import (
    COVERAGE,
    NOBODY,
    NOBODY_MAY_SEE,
    OUTSIDE_WINDOW,
    SILENCE,
    CoverageGapNotice,
    EscalationPageNotice,
)
from foundation.escalation.policies import Level, Spec
from foundation.escalation.targets import admins, people_of, within
from foundation.escalation.workflow import ESCALATION_WORKFLOW
from foundation.notifications import outbox, subjects
from foundation.notifications.outbox import Gate, Note
from foundation.rows import insert_rows

GATE = "escalation"

SEVERITY_THAT_NEVER_WAITS = 1


class Gap(NamedTuple):
    """A level that called nobody, counted from 1, and why; of the end, when everybody had a turn, no level."""

    level: int | None
    why: str


class Course(NamedTuple):
    """Where a call has got to: whom it calls now, and what it found empty on the way. No people: it is exhausted."""

    people: Sequence[User]
    channels: Sequence[str]
    gaps: Sequence[Gap]


class Reach:
    """Who is reached by which level at one instant, with each thing looked up once however many calls ask."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._meant: dict[tuple[str, int | None], list[User]] = {}
        self._known: dict[int, User] = {}
        self._seen: dict[int, dict[Subject, bool]] = {}

    def people_meant(self, level: Level, team: Team | None) -> list[User]:
        """Whom the level's targets mean, whether or not they may see the record."""
        key = (repr(level.targets), team.pk if team else None)
        if key not in self._meant:
            people = people_of(level.targets, team=team, now=self._now)
            self._meant[key] = [self._known.setdefault(person.pk, person) for person in people]
        return self._meant[key]

    def look(self, wanted: Iterable[tuple[User, Subject]]) -> None:
        """Find out who may see what, in one look-up a person."""
        asked: dict[int, set[Subject]] = {}
        for person, subject in wanted:
            if subject not in self._seen.setdefault(person.pk, {}):
                asked.setdefault(person.pk, set()).add(subject)
        for pk, unknown in asked.items():
            found = subjects.seen_of(unknown, self._known[pk])
            self._seen[pk] |= {subject: subject in found for subject in unknown}

    def may_see(self, person: User, subject: Subject) -> bool:
        return self._seen[person.pk][subject]


def plan_calls(escalations: Sequence[Escalation], *, now: datetime) -> list[Course]:
    """Set each on the level where it stands, or the first after it that has somebody: an empty level is passed at once.

    After the last level come the further rounds, then the catch-all, then the end: nobody answered. Nothing is written:
    the rows are changed in hand, and `make_calls` does what was planned once they are saved.
    """
    reach = Reach(now)
    gaps: dict[int, list[Gap]] = {place: [] for place in range(len(escalations))}
    courses: dict[int, Course] = {}
    moving = list(gaps)
    while moving:
        levels = {place: _level(escalations[place]) for place in moving}
        found = _reachable([escalations[place] for place in moving], list(levels.values()), reach, now=now)
        passed = []
        for place, (people, why) in zip(moving, found, strict=True):
            escalation, level = escalations[place], levels[place]
            if people:
                escalation.next_step_at = now + timedelta(seconds=level.ack_seconds)
                courses[place] = Course(people, level.channels, gaps[place])
                continue
            gaps[place].append(Gap(escalation.level + 1, why))
            if (further := place_after(escalation)) is not None:
                escalation.round, escalation.level = further
                passed.append(place)
            else:
                _exhaust(escalation, now=now)
                courses[place] = Course([], [], [*gaps[place], Gap(None, SILENCE)])
        moving = passed
    return [courses[place] for place in range(len(escalations))]


def make_calls(calls: Sequence[tuple[Escalation, Course]], *, now: datetime, by: Acting = SYSTEM) -> None:
    """Page whom each course calls and put down what it passed. The admins hear of every gap, without a word about the record."""
    _note_gaps(calls, now=now)
    pages = [(escalation, course) for escalation, course in calls if course.people]
    messages = outbox.enqueue_all([_page_note(*call, by=by) for call in pages], now=now)
    escalations = {str(escalation.pk): escalation for escalation, _course in pages}
    paged = [
        Page(
            escalation=(escalation := escalations[message.gate_id]),
            person=message.recipient,
            level=escalation.level,
            round=escalation.round,
            cycle=escalation.cycle,
            channel=message.channel,
            message=message,
            paged_at=now,
        )
        for message in messages
        if message.recipient_id is not None
    ]
    # A message that was there already has its page.
    insert_rows(paged, passing_over="message_id")


def call_from(escalation: Escalation, level: int, *, now: datetime, by: Acting = SYSTEM) -> None:
    """Call ``level``, or the first after it that has somebody. The caller holds the row's lock."""
    escalation.level = level
    (course,) = plan_calls([escalation], now=now)
    _save(escalation)
    make_calls([(escalation, course)], now=now, by=by)


def place_after(escalation: Escalation) -> tuple[int, int] | None:
    """Round and level that follow, or None when everybody has had a turn. Nobody is called twice where nobody was once."""
    if escalation.level + 1 < len(escalation.levels):
        return escalation.round, escalation.level + 1
    if escalation.level < len(escalation.levels):
        if escalation.round < escalation.repeat and _has_paged(escalation):
            return escalation.round + 1, 0
        if escalation.catch_all:
            return escalation.round, len(escalation.levels)
    return None


def exhaust(escalation: Escalation, *, now: datetime) -> None:
    """Everybody has had a turn. It stays in sight, open to whoever answers after all."""
    _exhaust(escalation, now=now)
    _save(escalation)
    make_calls([(escalation, Course([], [], [Gap(None, SILENCE)]))], now=now)


def _exhaust(escalation: Escalation, *, now: datetime) -> None:
    move = ESCALATION_WORKFLOW.check("exhaust", escalation.state, by=SYSTEM)
    escalation.state = move.target or escalation.state
    escalation.ended_at = now
    escalation.next_step_at = None


def _has_paged(escalation: Escalation) -> bool:
    """Whether anybody was called in this cycle; of a call that is not written yet, nobody was."""
    return escalation.pk is not None and escalation.pages.filter(cycle=escalation.cycle).exists()


def _level(escalation: Escalation) -> Level:
    if escalation.level < len(escalation.levels):
        return Level.from_spec(escalation.levels[escalation.level])
    return Level.from_spec(_catch_all_level(escalation.levels, escalation.catch_all))


def _catch_all_level(levels: Sequence[Spec], catch_all: Sequence[Spec]) -> Spec:
    """The catch-all called as the last level was, at any time of day."""
    last = levels[-1] if levels else {"channels": ["in_app", "mail"], "ack_seconds": 900}
    return {"targets": catch_all, "channels": last["channels"], "ack_seconds": last["ack_seconds"], "window": None}


def _reachable(
    escalations: Sequence[Escalation], levels: Sequence[Level], reach: Reach, *, now: datetime
) -> list[tuple[Sequence[User], str]]:
    """Whom each level calls, or why it calls nobody.

    A window closes a level to all but emergencies. Whoever may not see the record is not called for it.
    """
    meant: list[list[User] | None] = []
    for escalation, level in zip(escalations, levels, strict=True):
        is_urgent = escalation.severity <= SEVERITY_THAT_NEVER_WAITS
        is_open = is_urgent or within(level.window, team=escalation.team, now=now)
        meant.append(reach.people_meant(level, escalation.team) if is_open else None)
    calls = list(zip(escalations, meant, strict=True))
    reach.look((person, escalation.subject) for escalation, people in calls for person in people or ())
    return [_seeing(people, escalation.subject, reach) for escalation, people in calls]


def _seeing(meant: list[User] | None, subject: Subject, reach: Reach) -> tuple[Sequence[User], str]:
    if meant is None:
        return [], OUTSIDE_WINDOW
    if not meant:
        return [], NOBODY
    seeing = [person for person in meant if reach.may_see(person, subject)]
    return seeing, "" if seeing else NOBODY_MAY_SEE


def _page_note(escalation: Escalation, course: Course, *, by: Acting) -> Note:
    return Note(
        EscalationPageNotice.code,
        subject=escalation.subject,
        recipients=course.people,
        context={
            "escalation": escalation.pk,
            "reason": escalation.reason,
            "severity": escalation.severity,
            "started_at": escalation.started_at,
            "answer_until": escalation.next_step_at,
            "team": escalation.team_id,
            "by": list(by.actor),
        },
        key=f"escalation:{escalation.pk}:{escalation.step}",
        urgent=escalation.severity <= SEVERITY_THAT_NEVER_WAITS,
        gate=Gate(GATE, str(escalation.pk), escalation.step),
        channels=course.channels,
    )


def _note_gaps(calls: Sequence[tuple[Escalation, Course]], *, now: datetime) -> None:
    """What was passed goes into the record's timeline; the admins hear once an escalation, cycle and kind of gap."""
    gaps = [(escalation, gap) for escalation, course in calls for gap in course.gaps]
    if not gaps:
        return
    trail.record_all([_gap_entry(escalation, gap) for escalation, gap in gaps], by=SYSTEM)
    told = [(escalation, gap.why) for escalation, gap in gaps if gap.why != OUTSIDE_WINDOW]
    people = admins() if told else []
    notes = [
        Note(
            CoverageGapNotice.code,
            subject=Subject(COVERAGE, str(escalation.team_id or 0)),
            recipients=people,
            context={"found_at": now, "gap": why},
            key=f"gap:{escalation.pk}:{escalation.cycle}:{why}",
        )
        for escalation, why in dict.fromkeys(told)
    ]
    outbox.enqueue_all(notes, now=now)


def _gap_entry(escalation: Escalation, gap: Gap) -> Happening:
    if gap.level is None:
        ended = {"escalation": escalation.pk, "cycle": escalation.cycle}
        return Happening(events.ESCALATION_EXHAUSTED, escalation, ended)
    passed = {"escalation": escalation.pk, "level": gap.level, "why": gap.why}
    return Happening(events.ESCALATION_LEVEL_EMPTY, escalation, passed)


def _save(escalation: Escalation) -> None:
    escalation.save(update_fields=["state", "level", "round", "cycle", "next_step_at", "ended_at"])
