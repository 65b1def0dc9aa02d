"""What the levels of a policy may say, and what is wrong with ones that nobody could climb."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Team, User
from foundation.accounts.permissions import ROLES, Permission, Role
from foundation.escalation.models import Schedule
from foundation.escalation.policies import BY_HAND, CHANNELS, Spec
from foundation.notifications.channels.installed import SENDERS
from foundation.notifications.models import Channel

MOST_LEVELS = 10
MOST_TARGETS = 8
MOST_ROUNDS = 9
SHORTEST_WAIT, LONGEST_WAIT = 60, 24 * 3600
"""Seconds that a level may wait for an answer."""


class Problem(NamedTuple):
    """What is wrong, and with which level, counted from 1; with none of them: with the whole, or the catch-all."""

    level: int | None
    sentence: str | Promise
    parts: Mapping[str, Any]

    def __str__(self) -> str:
        return str(self.sentence) % self.parts


def channels() -> list[Channel]:
    """The channels that can call somebody: those that have a sender."""
    return [channel for channel in CHANNELS if channel in SENDERS]


def callable_roles() -> list[Role]:
    """The roles whose people may answer a call."""
    return [role for role, spec in ROLES.items() if Permission.ESCALATION_ACKNOWLEDGE in spec.permissions]


def problems_of(
    levels: Sequence[Spec], catch_all: Sequence[Spec], repeat: int, *, reason: str, team: Team | None
) -> list[Problem]:
    """All that is wrong with these levels for a policy of this reason and team. Four statements, however many levels."""
    known = _Known(levels, catch_all, reason=reason, team=team)
    problems = []
    if not 0 < len(levels) <= MOST_LEVELS:
        problems.append(Problem(None, _("A policy has 1 to %(most)s levels."), {"most": MOST_LEVELS}))
    if not 0 <= repeat <= MOST_ROUNDS:
        problems.append(Problem(None, _("The levels are repeated 0 to %(most)s times."), {"most": MOST_ROUNDS}))
    for number, level in enumerate(levels, start=1):
        problems += _problems_of_level(number, level, known)
    return problems + [Problem(None, sentence, parts) for sentence, parts in known.wrong(catch_all)]


def _problems_of_level(number: int, level: Spec, known: "_Known") -> Iterable[Problem]:
    told = {"level": number}
    wrong = known.wrong(level["targets"])
    yield from (Problem(number, sentence, told | parts) for sentence, parts in wrong)
    if not level["targets"]:
        yield Problem(number, _("Level %(level)s calls nobody: choose whom."), told)
    elif not wrong and not any(known.is_ever_somebody(target) for target in level["targets"]):
        yield Problem(number, _("Level %(level)s could never reach anybody: nobody stands behind its targets."), told)
    if not level["channels"] or not set(level["channels"]) <= {channel.value for channel in channels()}:
        yield Problem(number, _("Level %(level)s has no channel: choose how to call."), told)
    if not SHORTEST_WAIT <= (level["ack_seconds"] or 0) <= LONGEST_WAIT:
        yield Problem(number, _("Level %(level)s waits between 1 minute and 24 hours for an answer."), told)
    if (window := level.get("window")) and window["from"] == window["to"]:
        yield Problem(number, _("The hours of level %(level)s begin and end at the same time."), told)


class _Known:
    """Who and what the targets of a policy name, looked up once."""

    def __init__(self, levels: Sequence[Spec], catch_all: Sequence[Spec], *, reason: str, team: Team | None) -> None:
        targets = [*(target for level in levels for target in level["targets"]), *catch_all]
        people = {target["id"] for target in targets if target["kind"] == "person"}
        self._people = User.objects.in_bulk(people)
        self._schedules = set(Schedule.objects.values_list("slug", flat=True))
        self._roles = set(User.objects.active().order_by().values_list("role", flat=True).distinct())
        teams = [team] if team is not None else Team.objects.filter(is_active=True).select_related("lead")
        self._has_lead = any(each.lead is not None and each.lead.is_active for each in teams)
        self._by_hand = reason == BY_HAND

    def wrong(self, targets: Sequence[Spec]) -> list[tuple[str | Promise, dict[str, Any]]]:
        """What each target that means nothing is not."""
        return [found for target in targets if (found := self._wrong(target)) is not None]

    def _wrong(self, target: Spec) -> tuple[str | Promise, dict[str, Any]] | None:
        kind, named = target["kind"], target.get("id")
        if kind == "person":
            person = self._people.get(named)
            if person is None:
                return _("Somebody is named who does not work here."), {}
            if not person.is_active:
                return _("%(name)s has left and cannot be called."), {"name": person.name}
            if not person.may(Permission.ESCALATION_ACKNOWLEDGE):
                return _("The role of %(name)s answers no calls."), {"name": person.name}
        elif kind == "schedule" and named not in self._schedules:
            return _("There is no schedule “%(slug)s”."), {"slug": named}
        elif kind == "role" and named not in callable_roles():
            return _("“%(role)s” is no role that answers calls."), {"role": named}
        elif kind == "named" and not self._by_hand:
            return _("Only a call by hand names somebody."), {}
        return None

    def is_ever_somebody(self, target: Spec) -> bool:
        """Whether anybody could stand behind it at any time. Admins never do: they are told of a gap, and no more."""
        kind = target["kind"]
        if kind == "team_lead":
            return self._has_lead
        if kind == "role":
            return target["id"] in self._roles
        return kind in ("person", "schedule", "named")
