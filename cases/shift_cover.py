"""Who is at work, and which open cases lie with an owner who is not."""

from datetime import datetime

from django.db.models import Q

from foundation.accounts.models import Team
from foundation.escalation.targets import who_is_on_shift


def teams_with_shifts() -> list[Team]:
    """The teams that know shifts at all: those with a schedule. Of the others nobody can be said to be off shift."""
    return list(Team.objects.filter(is_active=True, schedules__isnull=False).order_by("pk").distinct())


def at_work(teams: list[Team], at: datetime) -> frozenset[int]:
    """Whoever is on shift for any of these teams."""
    return frozenset(person.pk for team in teams for person in who_is_on_shift(team, at))


def with_owner_off_shift(now: datetime) -> Q:
    """Cases of teams with shifts whose owner is on shift for none. One query a team, and one more."""
    teams = teams_with_shifts()
    return Q(team__in=[team.pk for team in teams], assignee__isnull=False) & ~Q(assignee__in=at_work(teams, now))
