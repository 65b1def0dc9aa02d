"""Whom a rule gives a case: pure, so that what decides can be tested whole. The words for each verdict stand here too.

Among those on shift who have the skills that the case asks for, may read it, have no interest in it and have room, the
least loaded; of several, whoever was given none for the longest; of several still, the one who came to the desk first.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.skills import primary

WEIGHTS: Mapping[int, int] = {1: 8, 2: 4, 3: 2, 4: 1}
"""The points that a case counts, by severity, where a rule says nothing else."""

CAPACITY = 24
"""The points of one person, where a rule says nothing else: a day's work of three SEV-1 or twelve SEV-3."""

_NEVER = datetime.min.replace(tzinfo=UTC)


class Because(StrEnum):
    """Why this person of those who fit."""

    ONLY = "only"
    LOAD = "load"
    TURN = "turn"


class Left(StrEnum):
    """Why nobody: the last thing that ruled everybody out."""

    NOBODY = "nobody"
    LANGUAGE = "language"
    MARKET = "market"
    KIND = "kind"
    LEVEL = "level"
    BARRED = "barred"
    FULL = "full"


BECAUSE: Mapping[str, str | Promise] = {
    Because.ONLY: _("the only one on shift who fits and has room"),
    Because.LOAD: _("the least loaded of those on shift who fit"),
    Because.TURN: _("as loaded as others who fit, and longest without a new case"),
}

LEFT: Mapping[str, str | Promise] = {
    Left.NOBODY: _("Nobody who takes cases is on shift."),
    Left.LANGUAGE: _("Nobody on shift speaks its language."),
    Left.MARKET: _("Nobody on shift who speaks its language takes its market."),
    Left.KIND: _("Nobody on shift with its language and market takes its kind."),
    Left.LEVEL: _("Nobody on shift who fits may read its level."),
    Left.BARRED: _("Everybody who fits has an interest in it or has put it back."),
    Left.FULL: _("Everybody on shift who fits is full."),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """A case that waits for an owner, as far as the choice asks. barred: who has an interest in it or put it back."""

    pk: int
    severity: int
    level: int = 1
    language: str = "en"
    market: str = "US"
    kind: str = "incident"
    is_waiting: bool = False
    barred: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Worker:
    """Somebody on shift. reach: the highest level she reads once a case is hers. An empty skill asks nothing.

    load is in half points, since a case that waits for others counts half.
    """

    pk: int
    capacity: int
    reach: int = 4
    load: int = 0
    languages: frozenset[str] = frozenset()
    markets: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    given_at: datetime | None = None

    def given(self, wanted: Wanted, weights: Mapping[int, int], at: datetime) -> "Worker":
        return replace(self, load=self.load + halves(wanted.severity, weights, wanted.is_waiting), given_at=at)


@dataclass(frozen=True, slots=True)
class Choice:
    """The verdict on one case: to whom and why, or why to nobody."""

    worker: Worker | None
    why: Because | Left


def halves(severity: int, weights: Mapping[int, int], is_waiting: bool) -> int:
    """What a case counts, in half points."""
    return weights[severity] * (1 if is_waiting else 2)


def choose(wanted: Wanted, workers: Iterable[Worker], weights: Mapping[int, int]) -> Choice:
    """Whom the case goes to. Never past a skill, a level, an interest or a capacity; the same facts choose the same person."""
    fit: Sequence[Worker] = [worker for worker in workers if worker.capacity > 0]
    if not fit:
        return Choice(None, Left.NOBODY)
    load = halves(wanted.severity, weights, wanted.is_waiting)
    spoken = primary(wanted.language)
    for left, fits in (
        (Left.LANGUAGE, lambda worker: not worker.languages or spoken in worker.languages),
        (Left.MARKET, lambda worker: not worker.markets or wanted.market in worker.markets),
        (Left.KIND, lambda worker: not worker.kinds or wanted.kind in worker.kinds),
        (Left.LEVEL, lambda worker: worker.reach >= wanted.level),
        (Left.BARRED, lambda worker: worker.pk not in wanted.barred),
        (Left.FULL, lambda worker: worker.load + load <= worker.capacity * 2),
    ):
        fit = [worker for worker in fit if fits(worker)]
        if not fit:
            return Choice(None, left)
    first, *others = sorted(fit, key=lambda worker: (worker.load, worker.given_at or _NEVER, worker.pk))
    if not others:
        return Choice(first, Because.ONLY)
    return Choice(first, Because.TURN if others[0].load == first.load else Because.LOAD)


def plan(
    queue: Iterable[Wanted], workers: Iterable[Worker], weights: Mapping[int, int], *, at: datetime
) -> list[tuple[Wanted, Choice]]:
    """The verdicts on a queue in its order, each with what the ones before it have added to the loads."""
    now_at = {worker.pk: worker for worker in workers}
    verdicts = []
    for wanted in queue:
        choice = choose(wanted, now_at.values(), weights)
        if choice.worker is not None:
            now_at[choice.worker.pk] = choice.worker.given(wanted, weights, at)
        verdicts.append((wanted, choice))
    return verdicts
