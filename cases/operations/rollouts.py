"""Bringing new wordings of policies and calendars to the clocks that run, and saying beforehand what they would do."""

import math
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import (
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Coalesce, Greatest, Mod

from cases.models import Case, Clock
from cases.operations.clocks import UNSTOPPED, differs, retarget_clocks
from foundation.audit.actors import SYSTEM
from foundation.sla.arithmetic import retarget
from foundation.sla.calendar import ALWAYS
from foundation.sla.clocks import facts_of
from foundation.sla.matching import Terms, calendar_of, terms_for
from foundation.sla.models import CalendarVersion, PolicyVersion

log = structlog.get_logger(__name__)

BATCH = 100
MOST_A_SWEEP = 2_000
MOST_LISTED = 100

MOST_WALKED = 2_000
"""How many clocks a preview judges one by one, in the request of whoever edits: some 0.2 s."""


class Preview(NamedTuple):
    """What a wording would do to the clocks that run: how many change, and how many of those are breached at once.

    is_sampled: there are too many to look at each, so that the numbers stand for an even sample.
    """

    changed: int
    breached: int
    is_sampled: bool = False


def preview(publish: Callable[[], object], *, now: datetime) -> Preview:
    """What publishing would do, on the cases as they are; nothing of it stays.

    ``publish`` is the operation itself, so that the preview cannot differ from the deed; what it raises is raised.
    """
    with transaction.atomic():
        publish()
        outcome = _count(now)
        transaction.set_rollback(True)
    return outcome


def sweep_rollouts(now: datetime, *, most: int = MOST_A_SWEEP) -> int:
    """Bring published wordings to the open cases, batch by batch, and say how many cases were looked at.

    Safe in any number of workers and to be killed at any point: how far a wording has come is kept with it. A case that
    raises is logged and keeps the targets it has; the others go on, and the auditor tells of it (`left_behind`).
    """
    done = 0
    while done < most:
        with transaction.atomic():
            wording = _next_pending()
            if wording is None:
                break
            done += _roll_out(wording, now)
    return done


def _next_pending() -> CalendarVersion | PolicyVersion | None:
    """The oldest wording that has not reached every clock and that no other worker has in hand, calendars first."""
    for wordings in (CalendarVersion.objects, PolicyVersion.objects):
        # Not FOR UPDATE: a case that starts a clock under this very version must not wait for us, who wait for it.
        pending = wordings.filter(applied_at__isnull=True).order_by("pk")
        if wording := pending.select_for_update(skip_locked=True, no_key=True).first():
            return wording
    return None


def _roll_out(wording: CalendarVersion | PolicyVersion, now: datetime) -> int:
    batch = list(
        Case.objects.open().filter(pk__gt=wording.applied_upto).order_by("pk").values_list("pk", flat=True)[:BATCH]
    )
    for pk in batch:
        _retarget_in_savepoint(pk, now)
    if len(batch) < BATCH:
        wording.applied_at = now
    else:
        wording.applied_upto = batch[-1]
    wording.save(update_fields=["applied_at", "applied_upto"])
    return len(batch)


def _retarget_in_savepoint(pk: int, now: datetime) -> None:
    """Give the clocks of one case their new targets. One that raises keeps the old ones and stops no other."""
    try:
        with transaction.atomic():
            retarget_clocks(Case.objects.locked(pk), by=SYSTEM, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the case's: the next sweep starts over
    except Exception:
        log.exception("rollout_failed", case=pk)


def left_behind(*, most: int = MOST_LISTED) -> list[Clock]:
    """Running clocks that should long count under a newer wording and do not, because their case raised; at most so many.

    Looks only once every wording has been rolled out. A clock that keeps an old wording by right is not among them: one
    that is judged, or one whose metric the wording in force has no target for.
    """
    wordings = (CalendarVersion.objects, PolicyVersion.objects)
    if any(versions.filter(applied_at__isnull=True).exists() for versions in wordings):
        return []
    newer_policy = PolicyVersion.objects.filter(policy=OuterRef("policy"), number__gt=OuterRef("number"))
    newer_hours = CalendarVersion.objects.filter(calendar=OuterRef("calendar"), number__gt=OuterRef("number"))
    found: dict[int, Clock] = {}
    for under in (
        Q(policy_version__in=list(PolicyVersion.objects.filter(Exists(newer_policy)).values_list("pk", flat=True))),
        Q(calendar_version__in=list(CalendarVersion.objects.filter(Exists(newer_hours)).values_list("pk", flat=True))),
    ):
        for group in _groups(_in_reach().filter(under)):
            found |= {clock.pk: clock for clock in group.clocks.order_by("pk")[:most]}
    return [found[pk] for pk in sorted(found)[:most]]


class _Terms:
    """The terms in force, looked up once for each combination of what decides about them."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str, str, int], dict[str, Terms]] = {}

    def find(self, kind: str, team: str, market: str, severity: int) -> dict[str, Terms]:
        key = (kind, team, market, severity)
        if key not in self._known:
            self._known[key] = terms_for(kind=kind, team=team, market=market, severity=severity)
        return self._known[key]


class _Group(NamedTuple):
    """Clocks that run under the same terms, as ``example`` does, and would all get the same others."""

    clocks: QuerySet[Clock]
    example: Clock
    terms: Terms

    @property
    def never_closes(self) -> bool:
        old, new = calendar_of(self.example.calendar_version_id), calendar_of(self.terms.calendar_version)
        return old == new == ALWAYS


OF_CASE = ("case__kind", "case__team__slug", "case__market", "case__severity")
OF_CLOCK = (
    "metric", "policy_version_id", "calendar_version_id", "target_seconds", "warn_percents", "warn_seconds", "pause_on",
)  # fmt: skip


def _count(now: datetime) -> Preview:
    """Count by groups: what keeps its terms costs nothing, and on hours that never close the database counts.

    The other clocks are walked one by one, and where they are more than MOST_WALKED, an even sample stands for all.
    """
    counted, to_walk = [], []
    for group in _groups(_in_reach()):
        if group.never_closes:
            counted.append(_count_together(group, now))
            group = group._replace(clocks=group.clocks.exclude(pauses=[]))
        to_walk.append((group, group.clocks.count()))
    step = max(1, math.ceil(sum(size for _group, size in to_walk) / MOST_WALKED))
    counted += [_walk(group, size, step, now) for group, size in to_walk if size]
    return Preview(sum(each.changed for each in counted), sum(each.breached for each in counted), step > 1)


def _in_reach() -> QuerySet[Clock]:
    """The clocks that a new wording may reach: neither stopped nor judged, of open cases."""
    return Clock.objects.filter(state__in=UNSTOPPED, breached_at__isnull=True, case__in=Case.objects.open())


def _groups(clocks: QuerySet[Clock]) -> Iterator[_Group]:
    """These clocks by their terms, without those whose terms stay."""
    terms = _Terms()
    for of in clocks.order_by().values(*OF_CASE, *OF_CLOCK).distinct():
        example = Clock(**{name: of[name] for name in OF_CLOCK})
        new = terms.find(*(of[name] for name in OF_CASE)).get(example.metric)
        if new is not None and differs(example, new):
            yield _Group(clocks.filter(**of), example, new)


def _count_together(group: _Group, now: datetime) -> Preview:
    """What becomes of the clocks of a group without pauses, where every second counts: due moves by plain addition."""
    left = Greatest(group.terms.seconds - F("carried_seconds"), 0)
    runs_from = Coalesce("counted_from", "started_at")
    new_due = ExpressionWrapper(runs_from + Value(timedelta(seconds=1)) * left, output_field=DateTimeField())
    # What is due already is breached by its old target, noticed or not, and changes no more.
    in_time = group.clocks.filter(pauses=[], due_at__gt=now).annotate(new_due=new_due)
    moved = Q() if _is_told_otherwise(group.example, group.terms) else ~Q(new_due=F("due_at"))
    told = in_time.aggregate(changed=Count("pk", filter=moved), breached=Count("pk", filter=Q(new_due__lte=now)))
    return Preview(told["changed"], told["breached"])


def _walk(group: _Group, size: int, step: int, now: datetime) -> Preview:
    """What becomes of the clocks of a group, judged one by one; of every ``step``-th case, for all ``size`` of them."""
    nth = group.clocks.alias(nth=Mod("case_id", step)).filter(nth=0)
    walked: list[Clock] = [*nth.order_by("pk")[: 2 * MOST_WALKED]] or [*group.clocks.order_by("pk")[:1]]
    changed = breached = 0
    for clock in walked:
        outcome = retarget(
            facts_of(clock), group.terms.seconds, now, calendar=calendar_of(group.terms.calendar_version)
        )
        moves = outcome.due_at != clock.due_at or _is_told_otherwise(clock, group.terms)
        changed += outcome.reason != "due" and moves
        breached += outcome.reason == "retarget"
    return Preview(round(changed * size / len(walked)), round(breached * size / len(walked)))


def _is_told_otherwise(clock: Clock, terms: Terms) -> bool:
    """Whether its target, its warnings or what pauses it change: a new number of the wording alone changes nothing."""
    warned = tuple(clock.warn_percents), tuple(clock.warn_seconds)
    return (clock.target_seconds, *warned, tuple(clock.pause_on)) != (
        terms.seconds,
        terms.warn_percents,
        terms.warn_seconds,
        terms.pause_on,
    )
