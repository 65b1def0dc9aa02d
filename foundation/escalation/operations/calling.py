"""Calling the people of a level, and what happens where there are none."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from foundation.accounts.models import Team, User
from foundation.audit import trail
from foundation.audit.actors import SYSTEM, Acting, Subject
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
from foundation.escalation.policies import Level, Spec, may_see
from foundation.escalation.targets import admins, people_of, within
from foundation.escalation.workflow import ESCALATION_WORKFLOW
from foundation.notifications import outbox
from foundation.notifications.outbox import Gate

GATE = "escalation"

SEVERITY_THAT_NEVER_WAITS = 1


class Need(NamedTuple):
    """What somebody is called for."""

    subject: Subject
    team: Team | None
    severity: int


class Reachable(NamedTuple):
    """Whom a level calls, or why it calls nobody."""

    people: Sequence[User]
    why_nobody: str = ""


def call_from(escalation: Escalation, level: int, *, now: datetime, by: Acting = SYSTEM) -> None:
    """Call ``level``, or the first after it that has somebody: an empty level is passed at once, and said so.

    After the last level come the further rounds, then the catch-all, then the end: nobody answered. The admins
    hear of every gap, without a word about the record. The caller holds the row's lock.
    """
    need = Need(escalation.subject, escalation.team, escalation.severity)
    place: tuple[int, int] | None = (escalation.round, level)
    while place is not None:
        escalation.round, escalation.level = place
        spec = _level(escalation)
        found = _reachable(need, spec, now=now)
        if found.people:
            _page(escalation, spec, found.people, now=now, by=by)
            return
        _note_gap(escalation, found.why_nobody, now=now)
        place = place_after(escalation)
    exhaust(escalation, now=now)


def place_after(escalation: Escalation) -> tuple[int, int] | None:
    """Round and level that follow, or None when everybody has had a turn. Nobody is called twice where nobody was once."""
    if escalation.level + 1 < len(escalation.levels):
        return escalation.round, escalation.level + 1
    if escalation.level < len(escalation.levels):
        if escalation.round < escalation.repeat and escalation.pages.filter(cycle=escalation.cycle).exists():
            return escalation.round + 1, 0
        if escalation.catch_all:
            return escalation.round, len(escalation.levels)
    return None


def exhaust(escalation: Escalation, *, now: datetime) -> None:
    """Everybody has had a turn. It stays in sight, open to whoever answers after all."""
    move = ESCALATION_WORKFLOW.check("exhaust", escalation.state, by=SYSTEM)
    escalation.state = move.target or escalation.state
    escalation.ended_at = now
    escalation.next_step_at = None
    _save(escalation)
    trail.record(move.event, about=escalation.subject, by=SYSTEM, escalation=escalation.pk, cycle=escalation.cycle)
    _tell_admins(escalation, SILENCE, now=now)


def first_called(need: Need, levels: Sequence[Spec], catch_all: Sequence[Spec], *, now: datetime) -> Sequence[User]:
    """Whom these levels would call first."""
    for level in (*levels, _catch_all_level(levels, catch_all)):
        if people := _reachable(need, Level.from_spec(level), now=now).people:
            return people
    return []


def _level(escalation: Escalation) -> Level:
    if escalation.level < len(escalation.levels):
        return Level.from_spec(escalation.levels[escalation.level])
    return Level.from_spec(_catch_all_level(escalation.levels, escalation.catch_all))


def _catch_all_level(levels: Sequence[Spec], catch_all: Sequence[Spec]) -> Spec:
    """The catch-all called as the last level was, at any time of day."""
    last = levels[-1] if levels else {"channels": ["in_app", "mail"], "ack_seconds": 900}
    return {"targets": catch_all, "channels": last["channels"], "ack_seconds": last["ack_seconds"], "window": None}


def _reachable(need: Need, level: Level, *, now: datetime) -> Reachable:
    """A window closes a level to all but emergencies. Whoever may not see the record is not called for it."""
    urgent = need.severity <= SEVERITY_THAT_NEVER_WAITS
    if not urgent and not within(level.window, team=need.team, now=now):
        return Reachable([], OUTSIDE_WINDOW)
    people = people_of(level.targets, team=need.team, now=now)
    if not people:
        return Reachable([], NOBODY)
    seeing = [person for person in people if may_see(person, need.subject)]
    return Reachable(seeing, "" if seeing else NOBODY_MAY_SEE)


def _page(escalation: Escalation, level: Level, people: Sequence[User], *, now: datetime, by: Acting) -> None:
    escalation.next_step_at = now + timedelta(seconds=level.ack_seconds)
    _save(escalation)
    messages = outbox.enqueue(
        EscalationPageNotice.code,
        subject=escalation.subject,
        recipients=people,
        context={
            "escalation": escalation.pk,
            "reason": escalation.reason,
            "severity": escalation.severity,
            "started_at": escalation.started_at,
            "answer_until": escalation.next_step_at,
            "by": list(by.actor),
        },
        key=f"escalation:{escalation.pk}:{escalation.step}",
        now=now,
        urgent=escalation.severity <= SEVERITY_THAT_NEVER_WAITS,
        gate=Gate(GATE, str(escalation.pk), escalation.step),
        channels=level.channels,
    )
    Page.objects.bulk_create(
        [
            Page(
                escalation=escalation,
                person=message.recipient,
                level=escalation.level,
                round=escalation.round,
                cycle=escalation.cycle,
                channel=message.channel,
                message=message,
                paged_at=now,
            )
            for message in messages
            if message.recipient is not None
        ],
        ignore_conflicts=True,
    )


def _note_gap(escalation: Escalation, why: str, *, now: datetime) -> None:
    trail.record(
        events.ESCALATION_LEVEL_EMPTY,
        about=escalation.subject,
        by=SYSTEM,
        escalation=escalation.pk,
        level=escalation.level + 1,
        why=why,
    )
    if why != OUTSIDE_WINDOW:
        _tell_admins(escalation, why, now=now)


def _tell_admins(escalation: Escalation, why: str, *, now: datetime) -> None:
    """Once an escalation, cycle and kind of gap."""
    outbox.enqueue(
        CoverageGapNotice.code,
        subject=Subject(COVERAGE, str(escalation.team_id or 0)),
        recipients=admins(),
        context={"found_at": now, "gap": why},
        key=f"gap:{escalation.pk}:{escalation.cycle}:{why}",
        now=now,
    )


def _save(escalation: Escalation) -> None:
    escalation.save(update_fields=["state", "level", "round", "cycle", "next_step_at", "ended_at"])
