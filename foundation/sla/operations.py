"""Publishing new wordings of calendars and policies. What they do to clocks that run is for whoever owns the clocks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.functional import Promise
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from foundation.accounts.actors import staff_or_none
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.sla import events
from foundation.sla.calendar import BusinessCalendar
from foundation.sla.matching import ALWAYS_SLUG
from foundation.sla.models import Calendar, CalendarVersion, Metric, Policy, PolicyVersion, Target
from foundation.workflow.wordings import Overtaken, check_newest


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
def create_calendar(*, name: str, spec: Mapping[str, Any], by: Acting, now: datetime) -> Calendar:
    """Make a calendar and publish its first hours. Raises as publish_calendar does, and where the name is taken."""
    name = _name(name)
    calendar, is_new = Calendar.objects.get_or_create(slug=_slug(name), defaults={"name": name})
    if not is_new:
        raise PolicyRefused(_("There is a calendar of this name already."))
    publish_calendar(calendar, spec=spec, by=by, now=now)
    return calendar


@transaction.atomic
def publish_calendar(
    calendar: Calendar,
    *,
    spec: Mapping[str, Any],
    name: str | None = None,
    based_on: int | None = None,
    by: Acting,
    now: datetime,
) -> CalendarVersion:
    """Publish new hours. Clocks that start from now on count in them; those that run are for sweep_rollouts.

    Raises CalendarError for a specification that cannot be used, PolicyRefused for hours on the calendar that is
    always open, since the most severe cases count on it, and Overtaken where ``based_on`` is not the newest wording.
    The same hours again publish nothing.
    """
    hours = BusinessCalendar.from_spec(spec).to_spec()
    calendar = Calendar.objects.select_for_update().get(pk=calendar.pk)
    newest = calendar.versions.order_by("-number").first()
    check_newest(newest.number if newest else 0, based_on)
    if calendar.slug == ALWAYS_SLUG and not hours.get("always"):
        raise PolicyRefused(_("This calendar is always open: SEV-1 counts on it."))
    if name is not None and calendar.name != _name(name):
        calendar.name = _name(name)
        calendar.save(update_fields=["name"])
        trail.record(events.CALENDAR_RENAMED, about=calendar, by=by, name=calendar.name)
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
def create_policy(
    *,
    name: str,
    targets: Iterable[NewTarget],
    kinds: Iterable[str] = (),
    teams: Iterable[str] = (),
    markets: Iterable[str] = (),
    is_active: bool = True,
    by: Acting,
    now: datetime,
) -> Policy:
    """Make a policy and publish its first wording, right before the first that fits every case: after it, it never applied.

    Raises as publish_policy does, and where the name is taken.
    """
    name = _name(name)
    others = _policies_locked()
    policy, is_new = Policy.objects.get_or_create(slug=_slug(name), defaults={"name": name, "is_active": is_active})
    if not is_new:
        raise PolicyRefused(_("There is a policy of this name already."))
    place = next((n for n, other in enumerate(others) if other.is_active and _fits_all(other)), len(others))
    _place([*others[:place], policy, *others[place:]])
    publish_policy(policy, targets=targets, kinds=kinds, teams=teams, markets=markets, by=by, now=now)
    return policy


@transaction.atomic
def publish_policy(
    policy: Policy,
    *,
    targets: Iterable[NewTarget],
    kinds: Iterable[str] = (),
    teams: Iterable[str] = (),
    markets: Iterable[str] = (),
    name: str | None = None,
    position: int | None = None,
    is_active: bool | None = None,
    based_on: int | None = None,
    by: Acting,
    now: datetime,
) -> PolicyVersion:
    """Publish a new wording of a policy: its conditions and all of its targets; with it its place and whether it applies.

    Empty conditions fit everything. The same again publishes nothing. Raises PolicyRefused for targets that no clock
    can keep and where no policy would be left that fits every case, Overtaken where ``based_on`` is not the newest wording.
    """
    targets = list(targets)
    _check_targets(targets)
    policy = next(each for each in _policies_locked() if each.pk == policy.pk)
    newest = policy.versions.order_by("-number").first()
    check_newest(newest.number if newest else 0, based_on)
    if name is not None and policy.name != _name(name):
        policy.name = _name(name)
        policy.save(update_fields=["name"])
        trail.record(events.POLICY_RENAMED, about=policy, by=by, name=policy.name)
    stood = policy.position, policy.is_active
    policy.position = policy.position if position is None else position
    policy.is_active = policy.is_active if is_active is None else is_active
    conditions = {
        "kinds": list(kinds),
        "teams": list(teams),
        "markets": [market.upper() for market in markets],
    }
    if newest is not None and stood == (policy.position, policy.is_active) and _says(newest, conditions, targets):
        return newest
    policy.save(update_fields=["position", "is_active"])
    version = PolicyVersion.objects.create(
        policy=policy,
        number=newest.number + 1 if newest else 1,
        created_at=now,
        created_by=staff_or_none(by),
        **conditions,
    )
    Target.objects.bulk_create(Target(version=version, **_as_kept(target)) for target in targets)
    _check_one_fits_all()
    trail.record(
        events.POLICY_PUBLISHED,
        about=policy,
        by=by,
        number=version.number,
        position=policy.position,
        active=policy.is_active,
    )
    return version


@transaction.atomic
def order_policies(order: Sequence[int], *, based_on: Sequence[int] | None = None, by: Acting, now: datetime) -> None:
    """Put the policies, by id, in this order: the first that fits a case decides. Running clocks follow by sweep_rollouts.

    Raises Overtaken where ``based_on`` is not the order in force, PolicyRefused for an order that is not of all policies.
    """
    policies = {policy.pk: policy for policy in _policies_locked()}
    if based_on is not None and list(based_on) != list(policies):
        raise Overtaken("The order has changed.")
    if sorted(order) != sorted(policies):
        raise PolicyRefused(_("An order names every policy once."))
    moved = [pk for pk, stood in zip(order, policies, strict=True) if pk != stood]
    if not moved:
        return
    _place([policies[pk] for pk in order])
    for pk in moved:
        trail.record(events.POLICY_MOVED, about=policies[pk], by=by, place=list(order).index(pk) + 1)
    # A rollout looks at every open case whatever its wording, so sending out one wording again is enough.
    again = policies[moved[0]].current
    PolicyVersion.objects.filter(pk=again.pk).update(applied_upto=0, applied_at=None)


def _policies_locked() -> list[Policy]:
    """Every policy in order, all locked: two narrowed at once could leave none that fits every case."""
    list(Policy.objects.select_for_update().order_by("pk"))
    return list(Policy.objects.all())


def _place(policies: list[Policy]) -> None:
    for place, policy in enumerate(policies, start=1):
        policy.position = place * 10
    Policy.objects.bulk_update(policies, ["position"])


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 80:
        raise PolicyRefused(_("A name has 1 to 80 characters."))
    return name


def _slug(name: str) -> str:
    return slugify(name, allow_unicode=True)[:50] or "unnamed"


def _as_kept(target: NewTarget) -> dict[str, Any]:
    return {
        "metric": target.metric,
        "severity": target.severity,
        "seconds": target.seconds,
        "calendar": target.calendar,
        "warn_percents": sorted(set(target.warn_percents)),
        "warn_seconds": sorted(set(target.warn_seconds), reverse=True),
        "pause_on": list(target.pause_on),
    }


def _says(version: PolicyVersion, conditions: Mapping[str, list[str]], targets: list[NewTarget]) -> bool:
    """Whether a wording says this already."""
    kept = {(target.metric, target.severity): target for target in version.targets.select_related("calendar")}
    return (
        all(getattr(version, name) == value for name, value in conditions.items())
        and len(kept) == len(targets)
        and all(
            (old := kept.get((new.metric, new.severity))) is not None
            and all(getattr(old, name) == value for name, value in _as_kept(new).items())
            for new in targets
        )
    )


def _fits_all(policy: Policy) -> bool:
    newest = policy.versions.order_by("-number").first()
    return newest is not None and not (newest.kinds or newest.teams or newest.markets)


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
    if not any(_fits_all(policy) for policy in Policy.objects.filter(is_active=True)):
        raise PolicyRefused(_("One policy has to fit every case."))
