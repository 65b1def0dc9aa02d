"""Cases given by the rule of their team: what waits in its queue goes to whoever is on shift, fits and has room.

Of any number of workers one at a time gives a team's cases, under the lock of its rule, and one at a time decides about a
person, under the lock of her turn. A case that somebody else holds a lock on is passed over, so no worker waits for a case.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import NamedTuple

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, Exists, OuterRef

from cases import events, notices
from cases.assignment import Choice, Wanted, Worker, halves, plan
from cases.models import AssignmentRule, AssignmentRuleVersion, AssignmentTurn, Case, Conflict, HandOver
from cases.operations.assignment_rules import Terms, terms_of
from cases.operations.placing import place_case
from cases.policies import can_hold
from cases.querysets import CaseQuerySet
from cases.workflow import CaseState
from foundation.accounts.models import Skills, Team, User
from foundation.accounts.permissions import Permission, Relation
from foundation.audit import trail
from foundation.audit.actors import SYSTEM
from foundation.audit.history import told_at
from foundation.audit.models import Entry
from foundation.escalation.targets import who_is_on_shift

log = structlog.get_logger(__name__)

LOOKED_AT = 1_000
"""Cases of one queue that a rule looks at, most pressing first."""

GIVEN_AT_ONCE = 100
"""Cases given in one transaction; the next sweep goes on."""


class Standing(NamedTuple):
    """How a team's queue stands to a rule: who is on shift, and the verdict on each case that waits, in order."""

    people: Mapping[int, User]
    workers: Sequence[Worker]
    verdicts: Sequence[tuple[Wanted, Choice]]

    @property
    def given(self) -> list[tuple[Wanted, Choice]]:
        return [(wanted, choice) for wanted, choice in self.verdicts if choice.worker is not None]

    @property
    def left(self) -> list[tuple[Wanted, Choice]]:
        return [(wanted, choice) for wanted, choice in self.verdicts if choice.worker is None]


def standing_of(team: Team, *, terms: Terms, now: datetime) -> Standing:
    """What the rule would do now with these terms; nothing is given."""
    people = _on_shift(team, now)
    workers = _workers(team, people, terms)
    return Standing({person.pk: person for person in people}, workers, _verdicts(team, workers, terms, now))


@transaction.atomic
def drain_queue(team: Team, *, now: datetime, most: int = GIVEN_AT_ONCE) -> int:
    """Give what waits in the team's queue by its rule, and say how many cases were given. Safe in any number of workers.

    Gives nothing where the rule is off, and where another worker is at this team's queue.
    """
    rule = AssignmentRule.objects.select_for_update(skip_locked=True, of=("self",)).filter(team=team).first()
    terms = terms_of(rule.versions.filter(is_current=True).first() if rule else None)
    if not terms.is_on or not team.is_active or not _waiting_for_an_owner(team).exists():
        return 0
    people = {person.pk: person for person in _on_shift(team, now)}
    _lock_turns(people)
    given = 0
    for wanted, choice in _verdicts(team, _workers(team, people.values(), terms), terms, now):
        if choice.worker is None:
            continue
        if given == most:
            break
        given += _given(team, wanted, choice, people[choice.worker.pk], now=now)
    return given


def sweep_queues(now: datetime) -> int:
    """Drain the queue of every team whose rule is on, and say how many cases were given."""
    on = AssignmentRuleVersion.objects.filter(is_current=True, is_on=True, rule__team__is_active=True)
    teams = [version.rule.team for version in on.select_related("rule__team").order_by("rule__team")]
    return sum(_drained(team, now) for team in teams)


def drain_soon(team_id: int, *, now: datetime) -> None:
    """Once the open transaction has committed, drain the queue of the team: somebody has room again, or a case has come.

    Whatever goes wrong with it is the next sweep's affair, never that of the deed before it. History frees nobody now.
    """
    if told_at() is not None:
        return
    transaction.on_commit(partial(_drain_by_number, team_id, now), robust=True)


def _drain_by_number(team_id: int, now: datetime) -> None:
    on = AssignmentRuleVersion.objects.filter(is_current=True, is_on=True, rule__team=team_id)
    if version := on.select_related("rule__team").first():
        drain_queue(version.rule.team, now=now)


def _drained(team: Team, now: datetime) -> int:
    try:
        return drain_queue(team, now=now)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the team's: the next sweep starts over
    except Exception:
        log.exception("drain_failed", team=team.pk)
        return 0


def _given(team: Team, wanted: Wanted, choice: Choice, person: User, *, now: datetime) -> bool:
    """Give one case, asked again under its lock: what has changed since it was looked at waits for the next look."""
    worker = choice.worker
    case = _waiting_for_an_owner(team).select_for_update(skip_locked=True, of=("self",)).filter(pk=wanted.pk).first()
    if case is None or worker is None or _as_asked(case) != _asked(wanted) or not can_hold(person, case):
        return False
    case.assignee = person
    case.updated_at = now
    case.save(update_fields=["assignee", "updated_at"])
    place_case(case, now=now)
    AssignmentTurn.objects.filter(person=person).update(given_at=now)
    entry = trail.record(
        events.CASE_ROUTED, about=case, by=SYSTEM, to=person.pk, because=choice.why, load=f"{worker.load / 2:g}",
        capacity=worker.capacity,
    )  # fmt: skip
    notices.tell(notices.CaseAssignedNotice, case, [person], key=entry, by=SYSTEM, now=now)
    return True


def _as_asked(case: Case) -> tuple[object, ...]:
    return case.severity, case.confidentiality, case.language, case.market, case.kind, case.state == CaseState.WAITING


def _asked(wanted: Wanted) -> tuple[object, ...]:
    return wanted.severity, wanted.level, wanted.language, wanted.market, wanted.kind, wanted.is_waiting


def _waiting_for_an_owner(team: Team) -> CaseQuerySet:
    """The team's open cases that nobody has and that nobody is asked to take."""
    offered = HandOver.objects.filter(case=OuterRef("pk"), answered_at__isnull=True)
    return Case.objects.open().filter(team=team, assignee__isnull=True).exclude(Exists(offered))


def _on_shift(team: Team, now: datetime) -> list[User]:
    """Whoever is on shift for the team and takes cases at all."""
    wanted = (Permission.CASE_VIEW, Permission.CASE_TAKE)
    return [person for person in who_is_on_shift(team, now) if all(person.may(each) for each in wanted)]


def _lock_turns(people: Collection[int]) -> None:
    AssignmentTurn.objects.bulk_create(
        [AssignmentTurn(person_id=pk, given_at=None) for pk in sorted(people)], ignore_conflicts=True
    )
    list(AssignmentTurn.objects.select_for_update().filter(person__in=people).order_by("person"))


def _workers(team: Team, people: Collection[User], terms: Terms) -> list[Worker]:
    """People as the choice asks about them, with what they have in hand in every team. Three queries."""
    numbers = [person.pk for person in people]
    skills = Skills.objects.in_bulk(numbers)
    turns = dict(AssignmentTurn.objects.filter(person__in=numbers).values_list("person", "given_at"))
    loads = loads_of(numbers, terms.weights)
    none = Skills()
    return [
        Worker(
            pk=person.pk,
            capacity=terms.capacity_of(person, team),
            reach=person.spec.ceilings.get(Relation.ASSIGNED, 0),
            load=loads[person.pk],
            languages=frozenset(skills.get(person.pk, none).languages),
            markets=frozenset(skills.get(person.pk, none).markets),
            kinds=frozenset(skills.get(person.pk, none).kinds),
            given_at=turns.get(person.pk),
        )
        for person in people
    ]


def loads_of(people: Collection[int], weights: Mapping[int, int]) -> Mapping[int, int]:
    """What each has in hand, in half points. One query."""
    loads: dict[int, int] = defaultdict(int)
    open_cases = Case.objects.open().filter(assignee__in=people).order_by()
    for owner, severity, state, number in open_cases.values_list("assignee", "severity", "state").annotate(Count("pk")):
        loads[owner] += number * halves(severity, weights, state == CaseState.WAITING)
    return loads


def _verdicts(team: Team, workers: Sequence[Worker], terms: Terms, now: datetime) -> list[tuple[Wanted, Choice]]:
    """SEV-1 first, then the most urgent. Three queries, one while nobody is on shift."""
    cases = list(_waiting_for_an_owner(team).order_by("severity", "urgent_at", "pk")[:LOOKED_AT])
    barred = _barred(cases, [worker.pk for worker in workers]) if workers else {}
    queue = [
        Wanted(
            pk=case.pk,
            severity=case.severity,
            level=case.confidentiality,
            language=case.language,
            market=case.market,
            kind=case.kind,
            is_waiting=case.state == CaseState.WAITING,
            barred=frozenset(barred.get(case.pk, ())),
        )
        for case in cases
    ]
    return plan(queue, workers, terms.weights, at=now)


def _barred(cases: Sequence[Case], people: Sequence[int]) -> Mapping[int, set[int]]:
    """Who is given none of these cases, by case: whoever has an interest in it, and whoever put it back last."""
    barred: dict[int, set[int]] = defaultdict(set)
    conflicts = Conflict.objects.filter(case__in=[case.pk for case in cases], user__in=people)
    for case, person in conflicts.values_list("case", "user"):
        barred[case].add(person)
    released = Entry.objects.filter(
        subject_kind="case", subject_id__in=[case.subject.id for case in cases], event=events.CASE_RELEASED.code
    ).order_by("subject_id", "-id")
    for subject, data in released.distinct("subject_id").values_list("subject_id", "data"):
        barred[int(subject)].add(data.get("previous") or 0)
    return barred
