"""Synthetic cases for measuring with: many, fast, and with clocks, places and trail as the desk itself would leave them.

About 15 % are open, with their clocks; the others are resolved or closed history. Each has some five entries in the
trail. The same seed gives the same cases, at instants relative to ``now``. Nothing goes to the outbox: breaches that lie
in the past are on record already and call nobody.

Everything is made by one statement for each chunk, which is what makes it fast; a test has the domain code judge
what the statement wrote.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from cases.models import CategoryVersion
from cases.operations.seeding_sql import PEOPLE, SEED
from cases.urgency import (
    MINUTES_BY_SEVERITY,
    MINUTES_NO_OWNER,
    MINUTES_THEY_WROTE_LAST,
    UNCLOCKED,
)
from foundation.accounts.models import Team, User
from foundation.accounts.operations import create_staff, create_team
from foundation.accounts.permissions import Level, Role
from foundation.audit.actors import Acting
from foundation.sla.matching import calendar_of, terms_for
from foundation.sla.models import Metric

TEAMS = 10
AGENTS_A_TEAM = 2
CHUNK = 5_000
MARKET = "US"
METRICS = (Metric.FIRST_RESPONSE, Metric.RESOLUTION)

RARE_WORD = "marigold"
"""In about one case of a thousand: what a search is measured with."""

FIRST_NAMES = (
    "Hannah Curtis Lucía Tiago Noor Sam Priya Tom Ana Ruth Dana Elena Kit Maya Joana Diego Mina Oskar Leila Hugo Inês Ravi"
    " Clara Omar Greta Yusuf Nina Pablo Ida Marco"
).split()
LAST_NAMES = (
    "Whitcombe Hale Ferrer Silva Haddad Iversen Nair Becker Duarte Adler Petrov Morgan Osei Costa Ramos Keller Lindqvist"
    " Okafor Santos Meyer Rossi Novak Jensen Moreau Tanaka Kowalski Byrne Fischer Almeida Varga"
).split()
PLACES = "the kitchen|the garden gate|the dog park|the stairwell|the garage|the back yard|the front porch|the riverside".split(
    "|"
)
TIMES = (
    "during a drop-in visit|on the second day of a stay|on a morning walk|after a deep clean|while she was away".split(
        "|"
    )
)
SENTENCES = (
    "She found out when she came home and called at once.|The pro says that it happened before he arrived.|There are"
    " pictures of it in the chat.|A neighbour saw the end of it and left a number.|The booking was the third with the same"
    " sitter.|Nobody has spoken with the other side yet.|She asks for a call in the afternoon.|The vet's report is to follow."
).split("|")


class SeedRefused(Exception):
    """The desk is set up so that synthetic cases could not be made right; its text says why."""


class _Cast(NamedTuple):
    teams: list[int]
    agents: list[int]


def seed_cases(
    count: int, *, seed: int, by: Acting, now: datetime, progress: Callable[[int], None] = lambda done: None
) -> int:
    """Make so many cases; chunk by chunk, each in a transaction of its own. Not inside one. Raises SeedRefused."""
    cast = _cast(by=by, now=now)
    given = _given(cast, seed=seed, now=now)
    people = _people(count, seed=seed, now=now)
    for first in range(1, count + 1, CHUNK):
        last = min(first + CHUNK - 1, count)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SEED, given | {"people": people, "first": first, "last": last})
        progress(last)
    return count


@transaction.atomic
def _cast(*, by: Acting, now: datetime) -> _Cast:
    """Ten teams of two agents and a lead, whom missed targets call; the same ones at every run."""
    teams, agents = [], []
    for number in range(1, TEAMS + 1):
        slug = f"seed-{number}"
        emails = [f"seed-{number}-{place}@example.com" for place in range(1, AGENTS_A_TEAM + 1)]
        members = [
            User.objects.filter(email=email).first()
            or create_staff(email=email, name=_name(number * AGENTS_A_TEAM + place), role=Role.AGENT, by=by, now=now)
            for place, email in enumerate(emails)
        ]
        email = f"{slug}-lead@example.com"
        lead = User.objects.filter(email=email).first() or create_staff(
            email=email, name=_name(number), role=Role.LEAD, by=by, now=now
        )
        team = Team.objects.filter(slug=slug).first() or create_team(
            name=f"Seed {number}",
            slug=slug,
            country=MARKET,
            time_zone="America/Denver",
            lead=lead,
            members=[*members, lead],
            by=by,
            now=now,
        )
        teams.append(team.pk)
        agents += [member.pk for member in members]
    return _Cast(teams, agents)


def _name(number: int) -> str:
    return f"{FIRST_NAMES[number % len(FIRST_NAMES)]} {LAST_NAMES[number * 7 % len(LAST_NAMES)]}"


def _given(cast: _Cast, *, seed: int, now: datetime) -> dict[str, Any]:
    # Agents hold what they may read: categories that start above C2 are left out.
    categories = list(
        CategoryVersion.objects.filter(
            is_current=True, category__is_active=True, category__children=None, level__lte=Level.C2
        )
        .select_related("category")
        .order_by("category__slug")
    )
    return {
        "seed": seed * 1_000,
        "now": now,
        "teams": cast.teams,
        "agents": cast.agents,
        "agents_a_team": AGENTS_A_TEAM,
        "market": MARKET,
        "categories": json.dumps(
            [
                {
                    "place": place,
                    "version": version.pk,
                    "slug": version.category.slug,
                    "title": version.name(),
                    "level": version.level,
                    "severity": version.severity,
                }
                for place, version in enumerate(categories)
            ]
        ),
        "how_many_categories": len(categories),
        "terms": json.dumps(_terms()),
        "places": PLACES,
        "times": TIMES,
        "sentences": SENTENCES,
        "rare_word": f" A vase of {RARE_WORD} fell over.",
        "minutes_by_severity": [MINUTES_BY_SEVERITY.get(severity, 0) for severity in (1, 2, 3, 4)],
        "minutes_no_owner": MINUTES_NO_OWNER,
        "minutes_they_wrote_last": MINUTES_THEY_WROTE_LAST,
        "unclocked": UNCLOCKED,
    }


def _terms() -> list[dict[str, Any]]:
    """The targets in force for the seeded teams, by severity and metric. Only round-the-clock hours are added up in SQL."""
    found = []
    for severity in (1, 2, 3, 4):
        terms = terms_for(kind="incident", team="seed-1", market=MARKET, severity=severity)
        for metric in METRICS:
            if metric not in terms:
                raise SeedRefused(f"The policy in force has no target for {metric} at SEV-{severity}.")
            if calendar_of(terms[metric].calendar_version).to_spec().get("always") is not True:
                raise SeedRefused(
                    f"{metric} at SEV-{severity} counts on hours that close; seeding adds up open ones only."
                )
            term = terms[metric]
            found.append(
                {
                    "severity": severity,
                    "metric": metric.value,
                    "policy_version": term.policy_version,
                    "calendar_version": term.calendar_version,
                    "seconds": term.seconds,
                    "warn_percents": list(term.warn_percents),
                    "warn_seconds": list(term.warn_seconds),
                    "pause_on": list(term.pause_on),
                }
            )
    return found


def _people(count: int, *, seed: int, now: datetime) -> list[int]:
    """The people that the cases are about, one for ten cases."""
    with transaction.atomic(), connection.cursor() as cursor:
        given: dict[str, Any] = {"first_names": FIRST_NAMES, "last_names": LAST_NAMES, "seed": seed, "now": now}
        cursor.execute(PEOPLE, given | {"count": max(20, min(count // 10, 20_000))})
        return [pk for (pk,) in cursor.fetchall()]
