"""Publishing new wordings of calendars and policies. What they do to clocks that run is for whoever owns the clocks."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.actors import staff_or_none
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.sla import events
from foundation.sla.calendar import BusinessCalendar
from foundation.sla.matching import ALWAYS_SLUG
from foundation.sla.models import Calendar, CalendarVersion, Metric, Policy, PolicyVersion, Target


class PolicyRefused(Exception):
    """A wording that cannot be published; its text is the sentence for whoever wrote it."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class NewTarget:
    """A target of a wording to come. Seconds are business seconds of the calendar."""

    metric: str
    severity: int
    seconds: int
    calendar: Calendar
    warn_percents: tuple[int, ...] = ()
    warn_seconds: tuple[int, ...] = ()
    pause_on: tuple[str, ...] = ()


@transaction.atomic
def publish_calendar(calendar: Calendar, *, spec: Mapping[str, Any], by: Acting, now: datetime) -> CalendarVersion:
    """Publish new hours. Clocks that start from now on count in them; those that run are for sweep_rollouts.

    Raises CalendarError for a specification that cannot be used, PolicyRefused for hours on the calendar that is
    always open, since the most severe cases count on it. The same hours again publish nothing.
    """
    hours = BusinessCalendar.from_spec(spec).to_spec()
    calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
    if calendar.slug == ALWAYS_SLUG and not hours.get("always"):
        raise PolicyRefused(_("This calendar is always open: SEV-1 counts on it."))
    newest = calendar.versions.order_by("-number").first()
    if newest is not None and newest.spec == hours:
        return newest
    version = CalendarVersion.objects.create(
        calendar=calendar,
        number=newest.number + 1 if newest else 1,
        spec=hours,
        created_at=now,
        created_by=staff_or_none(by),
    )
    trail.record(events.CALENDAR_PUBLISHED, about=calendar, by=by, number=version.number)
    return version


@transaction.atomic
def publish_policy(
    policy: Policy,
    *,
    targets: Iterable[NewTarget],
    kinds: Iterable[str] = (),
    teams: Iterable[str] = (),
    markets: Iterable[str] = (),
    position: int | None = None,
    is_active: bool | None = None,
    by: Acting,
    now: datetime,
) -> PolicyVersion:
    """Publish a new wording of a policy: its conditions and all of its targets; with it its place and whether it applies.

    Empty conditions fit everything. Raises PolicyRefused for targets that no clock can keep, and where no policy would
    be left that fits every case.
    """
    targets = list(targets)
    _check_targets(targets)
    policy = Policy.objects.select_for_update().get(pk=policy.pk)
    policy.position = policy.position if position is None else position
    policy.is_active = policy.is_active if is_active is None else is_active
    policy.save(update_fields=["position", "is_active"])
    number = (policy.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    version = PolicyVersion.objects.create(
        policy=policy,
        number=number,
        kinds=list(kinds),
        teams=list(teams),
        markets=[market.upper() for market in markets],
        created_at=now,
        created_by=staff_or_none(by),
    )
    Target.objects.bulk_create(
        Target(
            version=version,
            metric=target.metric,
            severity=target.severity,
            seconds=target.seconds,
            calendar=target.calendar,
            warn_percents=sorted(set(target.warn_percents)),
            warn_seconds=sorted(set(target.warn_seconds), reverse=True),
            pause_on=list(target.pause_on),
        )
        for target in targets
    )
    _check_one_fits_all()
    trail.record(
        events.POLICY_PUBLISHED, about=policy, by=by, number=number, position=policy.position, active=policy.is_active
    )
    return version


def _check_targets(targets: list[NewTarget]) -> None:
    if len({(target.metric, target.severity) for target in targets}) != len(targets):
        raise PolicyRefused(_("A metric has one target at a severity."))
    for target in targets:
        if target.severity not in (1, 2, 3, 4):
            raise PolicyRefused(_("Severity is 1, 2, 3 or 4."))
        if target.seconds <= 0:
            raise PolicyRefused(_("A target is longer than no time."))
        if target.metric == Metric.FIRST_RESPONSE and target.pause_on:
            raise PolicyRefused(_("The first response never pauses."))
        if any(not 0 < percent < 100 for percent in target.warn_percents):
            raise PolicyRefused(_("A warning lies between 1 and 99 percent of the target."))
        if any(not 0 < seconds < target.seconds for seconds in target.warn_seconds):
            raise PolicyRefused(_("A warning lies between the start and the due time of the target."))


def _check_one_fits_all() -> None:
    """A case that no policy fits would have no clock at all."""
    for policy in Policy.objects.filter(is_active=True):
        newest = policy.versions.order_by("-number").first()
        if newest is not None and not (newest.kinds or newest.teams or newest.markets):
            return
    raise PolicyRefused(_("One policy has to fit every case."))
