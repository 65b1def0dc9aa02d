"""The rule by which a team's queue gives its cases away: publishing a wording of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases import events
from cases.assignment import CAPACITY, WEIGHTS
from cases.models import AssignmentRule, AssignmentRuleVersion
from foundation.accounts.actors import staff_or_none
from foundation.accounts.models import Team, User
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.workflow.wordings import check_newest

MOST_POINTS = 1_000


class RuleRefused(ValueError):
    """A rule that cannot be published, with the sentence why."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a wording of a rule says. capacity is of whoever has none of her own in ``capacities``, by her id."""

    is_on: bool = False
    weights: Mapping[int, int] = field(default_factory=lambda: dict(WEIGHTS))
    capacity: int = CAPACITY
    capacities: Mapping[int, int] = field(default_factory=dict)

    def capacity_of(self, person: User, team: Team) -> int:
        """Her points. Whoever leads the team is given cases only with a number of her own."""
        return self.capacities.get(person.pk, 0 if person.pk == team.lead_id else self.capacity)


def terms_of(version: AssignmentRuleVersion | None) -> Terms:
    """The terms of a wording; without one those of a rule that is off."""
    if version is None:
        return Terms()
    return Terms(
        is_on=version.is_on,
        weights={int(severity): points for severity, points in version.weights.items()},
        capacity=version.capacity,
        capacities={int(pk): points for pk, points in version.capacities.items()},
    )


@transaction.atomic
def publish_rule(
    team: Team, *, terms: Terms, based_on: int | None = None, by: Acting, now: datetime
) -> AssignmentRuleVersion:
    """Put a wording of the team's rule in force, for cases given from now on. The same wording again publishes nothing.

    Raises RuleRefused, and Overtaken where ``based_on`` is not the number of the newest wording.
    """
    AssignmentRule.objects.get_or_create(team=team)
    rule = AssignmentRule.objects.select_for_update(of=("self",)).get(team=team)
    newest = rule.versions.filter(is_current=True).first()
    check_newest(newest.number if newest else 0, based_on)
    check_terms(team, terms)
    if newest is not None and terms_of(newest) == terms:
        return newest
    rule.versions.filter(is_current=True).update(is_current=False)
    version = AssignmentRuleVersion.objects.create(
        rule=rule,
        number=newest.number + 1 if newest else 1,
        is_on=terms.is_on,
        weights={str(severity): points for severity, points in terms.weights.items()},
        capacity=terms.capacity,
        capacities={str(pk): points for pk, points in terms.capacities.items()},
        created_at=now,
        created_by=staff_or_none(by),
    )
    trail.record(
        events.ASSIGNMENT_RULE_PUBLISHED, about=team, by=by, number=version.number, on=terms.is_on,
        weights=version.weights, capacity=terms.capacity, capacities=version.capacities,
    )  # fmt: skip
    return version


def check_terms(team: Team, terms: Terms) -> None:
    """Whether a rule can say this, with the sentence for whoever wrote it."""
    if set(terms.weights) != set(WEIGHTS) or any(not 1 <= points <= MOST_POINTS for points in terms.weights.values()):
        raise RuleRefused(_("A case of each severity counts from 1 to %(most)d points.") % {"most": MOST_POINTS})
    people = {member.pk: member for member in people_of(team)}
    _check_capacity(_("Everybody else"), terms.capacity)
    for pk, points in terms.capacities.items():
        if pk not in people:
            raise RuleRefused(_("Only somebody of %(team)s has a capacity there.") % {"team": team.name})
        _check_capacity(people[pk].name, points)
    if not terms.is_on:
        return
    if not team.is_active:
        raise RuleRefused(_("%(team)s takes no cases any more.") % {"team": team.name})
    if not people:
        raise RuleRefused(_("%(team)s has nobody to give cases to. Add members first.") % {"team": team.name})
    if max(terms.capacity_of(member, team) for member in people.values()) < min(terms.weights.values()):
        raise RuleRefused(_("With these capacities nobody of %(team)s has room for any case.") % {"team": team.name})


def too_small_for(team: Team, terms: Terms) -> list[int]:
    """The severities of which nobody of the team could ever be given a case."""
    most = max((terms.capacity_of(member, team) for member in people_of(team)), default=0)
    return sorted(severity for severity, points in terms.weights.items() if points > most)


def people_of(team: Team) -> list[User]:
    """Whom a rule of the team is about: active members, and its lead."""
    members = set(User.objects.active().filter(memberships__team=team))
    if team.lead is not None and team.lead.is_active:
        members.add(team.lead)
    return sorted(members, key=lambda member: (member.name, member.pk))


def _check_capacity(whose: str, points: int) -> None:
    if points < 0:
        raise RuleRefused(_("%(name)s: a capacity is 0 points or more.") % {"name": whose})
    if points > MOST_POINTS:
        raise RuleRefused(_("%(name)s: a capacity is at most %(most)d points.") % {"name": whose, "most": MOST_POINTS})
