"""How a team's work stands, for its leads: who is on shift with how much in hand, and what waits and why."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise

from cases.assignment import BECAUSE, LEFT, Choice, Wanted, Worker
from cases.models import AssignmentRuleVersion, Case
from cases.operations.assignment_rules import Terms, terms_of
from cases.operations.routing import Standing, standing_of
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Relation

TEAMS = 12
ROWS = 50


@dataclass(frozen=True, slots=True)
class VerdictRow:
    """A case that the reader sees, to whom the rule gives it (None: nobody), and why."""

    case: Case
    to: User | None
    why: str | Promise


@dataclass(frozen=True, slots=True)
class InHand:
    """Somebody on shift with the points of what she has, and what she may be given."""

    person: User
    worker: Worker

    @property
    def points(self) -> str:
        return f"{self.worker.load / 2:g}"

    @property
    def whole_points(self) -> int:
        return min(self.worker.load // 2, self.worker.capacity)

    @property
    def skills(self) -> str:
        return ", ".join([*sorted(self.worker.languages), *sorted(self.worker.markets)])


@dataclass(frozen=True, slots=True)
class TeamWork:
    """One team: its rule, who is on shift, how many cases wait for an owner, and those that nobody can be given."""

    team: Team
    terms: Terms
    people: Sequence[InHand]
    waiting: int
    left: Sequence[VerdictRow]
    left_unseen: int


def work_of(reader: User, *, now: datetime) -> list[TeamWork]:
    """The teams whose work the reader answers for: her own, or every one where her role sees every team."""
    every = Relation.EVERY_TEAM in reader.ceilings
    teams = list(Team.objects.filter(is_active=True).order_by("name")[:TEAMS]) if every else reader.own_teams[:TEAMS]
    in_force = AssignmentRuleVersion.objects.filter(is_current=True, rule__team__in=teams).select_related("rule")
    by_team = {version.rule.team_id: version for version in in_force}
    return [_work(team, terms_of(by_team.get(team.pk)), reader, now) for team in teams]


def _work(team: Team, terms: Terms, reader: User, now: datetime) -> TeamWork:
    standing = standing_of(team, terms=terms, now=now)
    left = _rows(standing, standing.left, reader) if terms.is_on else []
    return TeamWork(
        team=team,
        terms=terms,
        people=[InHand(standing.people[worker.pk], worker) for worker in standing.workers],
        waiting=len(standing.verdicts),
        left=left[:ROWS],
        left_unseen=len(standing.left) - len(left[:ROWS]) if terms.is_on else 0,
    )


def given_rows(standing: Standing, *, reader: User) -> list[VerdictRow]:
    """What the rule would give, as far as the reader sees the cases."""
    return _rows(standing, standing.given[:ROWS], reader)


def _rows(standing: Standing, verdicts: Iterable[tuple[Wanted, Choice]], reader: User) -> list[VerdictRow]:
    told = list(verdicts)
    seen = Case.objects.visible_to(reader).only("reference", "title", "severity", "language").in_bulk(
        [wanted.pk for wanted, _choice in told]
    )  # fmt: skip
    return [
        VerdictRow(
            seen[wanted.pk],
            standing.people[choice.worker.pk] if choice.worker else None,
            BECAUSE[choice.why] if choice.worker else LEFT[choice.why],
        )
        for wanted, choice in told
        if wanted.pk in seen
    ]
