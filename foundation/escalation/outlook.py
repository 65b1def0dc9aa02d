"""Who would be called by a policy: right now, at which minute, and at what hours of the next week nobody would."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from foundation.accounts.models import Team, User
from foundation.escalation.models import Escalation, EscalationPolicy, EscalationPolicyVersion
from foundation.escalation.notices import NOBODY, OUTSIDE_WINDOW
from foundation.escalation.policies import Level, Spec, teams_served
from foundation.escalation.targets import people_of, within

AHEAD = timedelta(days=7)
HOUR = timedelta(hours=1)
MOST_ASKED = 400
"""How often at most who is on shift is asked: more levels and teams are looked at at every second hour, or third."""

MOST_TEAMS = 20


class Gap(NamedTuple):
    """When a level reaches nobody though its hours are open: in how many of the next hours, and when first."""

    hours: int
    first: datetime


class Rung(NamedTuple):
    """A level as it would call now. number: None of the catch-all. minute: after the call began.

    people: nobody where ``why`` says so, and such a level is passed at once. gap: None where it has somebody all week.
    """

    number: int | None
    minute: int
    people: Sequence[User]
    why: str
    level: Level
    gap: Gap | None

    @property
    def asks_the_call(self) -> bool:
        """Whether it calls whomever the call names, and so somebody whom nobody knows beforehand."""
        return _is_by_hand(self.level.targets)


class TeamOutlook(NamedTuple):
    """What the policy does for one team."""

    team: Team
    rungs: Sequence[Rung]

    @property
    def reaches_nobody(self) -> bool:
        return not any(rung.people or rung.asks_the_call for rung in self.rungs)


class Outlook(NamedTuple):
    """What the policy does for each team it serves. more: further teams that are not shown.

    step: hours from one look at the week to the next. calls: how many are out under an earlier wording and keep it.
    """

    teams: Sequence[TeamOutlook]
    more: int
    step: int
    calls: int


class Crew:
    """Who stands behind targets at an instant, with each target looked up once however many levels and teams name it."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, int | None, datetime], list[User]] = {}

    def people(self, targets: Sequence[Spec], *, team: Team, at: datetime) -> list[User]:
        found: dict[int, User] = {}
        for target in targets:
            of_team = target["kind"] in ("team_lead", "role") and target.get("on_shift", True)
            key = (repr(sorted(target.items())), team.pk if of_team else None, at)
            if key not in self._known:
                self._known[key] = people_of([target], team=team, now=at)
            found |= {person.pk: person for person in self._known[key]}
        return list(found.values())


def preview(publish: Callable[[], EscalationPolicyVersion], *, now: datetime) -> Outlook:
    """What publishing would do; nothing of it stays. ``publish`` is the operation itself, and what it raises is raised."""
    with transaction.atomic():
        outcome = look_ahead(publish(), now=now)
        transaction.set_rollback(True)
    return outcome


def look_ahead(
    version: EscalationPolicyVersion, *, now: datetime, ahead: timedelta = AHEAD, crew: Crew | None = None
) -> Outlook:
    """What this wording does from ``now`` on. Without ``ahead`` only now is looked at.

    ``crew`` is shared by whoever asks about several wordings at one instant.
    """
    crew = crew or Crew()
    policy = EscalationPolicy.objects.select_related("team__lead").get(pk=version.policy_id)
    served = teams_served(policy)
    steps = _steps(version)
    asks = sum(_varies(level.targets) for _number, level in steps) * len(served[:MOST_TEAMS])
    step = max(1, math.ceil(asks * (ahead / HOUR) / MOST_ASKED))
    instants = [now + HOUR * n for n in range(0, int(ahead / HOUR), step)]
    return Outlook(
        teams=[_of_team(team, steps, version.repeat, instants, step, now, crew) for team in served[:MOST_TEAMS]],
        more=max(0, len(served) - MOST_TEAMS),
        step=step,
        calls=Escalation.objects.unresolved().filter(policy_version__policy=policy).count(),
    )


def _steps(version: EscalationPolicyVersion) -> list[tuple[int | None, Level]]:
    """The levels in order, and the catch-all, which is called as the last of them."""
    levels = [Level.from_spec(spec) for spec in version.levels]
    steps: list[tuple[int | None, Level]] = list(enumerate(levels, start=1))
    if version.catch_all:
        steps.append((None, Level(version.catch_all, levels[-1].channels, levels[-1].ack_seconds)))
    return steps


def _of_team(
    team: Team,
    steps: Sequence[tuple[int | None, Level]],
    repeat: int,
    instants: Sequence[datetime],
    step: int,
    now: datetime,
    crew: Crew,
) -> TeamOutlook:
    rungs, seconds = [], 0
    for number, level in steps:
        is_open = within(level.window, team=team, now=now)
        people = crew.people(level.targets, team=team, at=now) if is_open else []
        calls = bool(people) or (is_open and _is_by_hand(level.targets))
        why = "" if calls else NOBODY if is_open else OUTSIDE_WINDOW
        if number is None:
            seconds *= 1 + repeat
        rungs.append(Rung(number, seconds // 60, people, why, level, _gap(level, team, instants, step, crew)))
        # A level that has nobody is passed at once, and the next is called in its stead.
        seconds += level.ack_seconds if calls else 0
    return TeamOutlook(team, rungs)


def _gap(level: Level, team: Team, instants: Sequence[datetime], step: int, crew: Crew) -> Gap | None:
    if not instants or _is_by_hand(level.targets):
        return None
    steady = [target for target in level.targets if not _varies([target])]
    changing = [target for target in level.targets if _varies([target])]
    if crew.people(steady, team=team, at=instants[0]):
        return None
    empty = [
        at
        for at in instants
        if within(level.window, team=team, now=at)
        and not (changing and crew.people(changing, team=team, at=at))
    ]  # fmt: skip
    return Gap(min(len(empty) * step, AHEAD // HOUR), empty[0]) if empty else None


def _varies(targets: Sequence[Spec]) -> bool:
    """Whether the time of day decides who stands behind one of these."""
    return any(
        target["kind"] == "schedule" or (target["kind"] == "role" and target.get("on_shift", True))
        for target in targets
    )  # fmt: skip


def _is_by_hand(targets: Sequence[Spec]) -> bool:
    """Whether it calls whomever the call names, and so nobody who could be told beforehand."""
    return any(target["kind"] == "named" for target in targets)
