"""Races for one case: whatever arrives at once, one wins and the others are told who."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import connections, transaction
from django.utils import timezone

from cases.models import Case
from cases.operations.contacts import record_contact
from cases.operations.links import merge_cases
from cases.operations.moves import (
    accept_hand_over,
    assign_case,
    decline_hand_over,
    hand_over_case,
    mark_duplicate,
    resolve_case,
    take_case,
)
from cases.policies import AlreadyTaken
from foundation.accounts.models import Membership, Team, User
from foundation.audit.models import Entry
from foundation.workflow.moves import MoveRefused

pytestmark = pytest.mark.django_db(transaction=True)

AGENTS = 50


def at_once(deeds: Iterable[Callable[[], Any]]) -> list[Any]:
    """What each deed returned or raised, all let go at the same moment, each on a connection of its own."""
    deeds = list(deeds)
    barrier = Barrier(len(deeds))

    def run(deed: Callable[[], Any]) -> Any:
        barrier.wait()
        try:
            return deed()
        except MoveRefused as refused:
            return refused
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(deeds)) as pool:
        return list(pool.map(run, deeds))


@pytest.fixture
def agents(team: Team, now) -> list[User]:
    people = User.objects.bulk_create(
        User(email=f"agent{number}@example.com", name=f"Agent {number}", role="agent", password="!", created_at=now)
        for number in range(AGENTS)
    )
    Membership.objects.bulk_create(Membership(user=person, team=team) for person in people)
    return people


def test_of_fifty_who_take_a_case_at_once_exactly_one_gets_it_and_the_others_are_told_who(case, agents):
    def take(person: User) -> Callable[[], Case]:
        return lambda: take_case(case, by=person, now=timezone.now())

    answers = at_once(take(person) for person in agents)
    case.refresh_from_db()
    won = [answer for answer in answers if isinstance(answer, Case)]
    lost = [answer for answer in answers if isinstance(answer, AlreadyTaken)]
    assert (len(won), len(lost)) == (1, AGENTS - 1)
    assert won[0].assignee == case.assignee
    assert {refused.by for refused in lost} == {case.assignee}
    assert all(refused.at is not None and case.assignee.name in str(refused) for refused in lost)
    assert Entry.objects.filter(event="case.taken").count() == 1


def test_a_double_click_on_take_has_one_effect(case, agent):
    answers = at_once([lambda: take_case(case, by=agent, now=timezone.now())] * 8)
    assert {answer.assignee for answer in answers} == {agent}
    assert Entry.objects.filter(event="case.taken").count() == 1


def test_two_who_resolve_at_once_resolve_once_and_the_other_is_refused(case, agent, colleague):
    answers = at_once(
        [
            lambda: resolve_case(case, outcome="no_contact_possible", by=agent, now=timezone.now()),
            lambda: resolve_case(case, outcome="no_contact_possible", by=colleague, now=timezone.now()),
        ]
    )
    assert Counter(type(answer).__name__ for answer in answers) == {"Case": 1, "MoveRefused": 1}
    assert Entry.objects.filter(event="case.resolved").count() == 1


def test_accepting_and_withdrawing_at_once_leaves_one_owner_and_one_answer(case, agent, colleague, lead):
    take_case(case, by=agent, now=timezone.now())
    for _ in range(5):
        hand_over_case(case, to=colleague, by=agent, now=timezone.now())
        at_once(
            [
                lambda: accept_hand_over(case, by=colleague, now=timezone.now()),
                lambda: decline_hand_over(case, by=agent, now=timezone.now()),
            ]
        )
        case.refresh_from_db()
        offer = case.hand_overs.latest("pk")
        assert offer.answered_at is not None
        assert case.assignee == (colleague if offer.accepted else agent)
        assign_case(case, to=agent, by=lead, now=timezone.now())


def test_two_cases_marked_as_duplicates_of_each_other_leave_one_that_stands(make_case, agent, colleague):
    one, other = make_case(), make_case()
    answers = at_once(
        [
            lambda: mark_duplicate(one, of=other, by=agent, now=timezone.now()),
            lambda: mark_duplicate(other, of=one, by=colleague, now=timezone.now()),
        ]
    )
    assert Counter(type(answer).__name__ for answer in answers) == {"Case": 1, "MoveRefused": 1}
    assert Case.objects.filter(state="closed").count() == 1


def test_two_merges_in_opposite_directions_make_one(make_case, agent, colleague):
    one, other = make_case(), make_case()
    answers = at_once(
        [
            lambda: merge_cases(one, merged=other, by=agent, now=timezone.now()),
            lambda: merge_cases(other, merged=one, by=colleague, now=timezone.now()),
        ]
    )
    assert Counter(type(answer).__name__ for answer in answers) == {"CaseMerge": 1, "MoveRefused": 1}


def test_a_word_about_a_duplicate_locks_the_cases_as_whoever_wants_both_does(
    make_case: Callable[..., Case], agent: User
) -> None:
    stands, duplicate = make_case(), make_case()
    now = timezone.now()
    mark_duplicate(duplicate, of=stands, by=agent, now=now)
    word = {"direction": "in", "channel": "email", "party": None, "occurred_at": now, "by": agent, "now": now}

    with ThreadPoolExecutor(max_workers=1) as pool:
        with transaction.atomic():
            Case.objects.locked(stands.pk)
            written = pool.submit(in_its_own_connection, lambda: record_contact(duplicate, **word))
            time.sleep(0.5)
            assert not written.done()
            Case.objects.select_for_update(of=("self",), nowait=True).get(pk=duplicate.pk)
        assert written.result().case == stands


def in_its_own_connection(deed: Callable[[], Any]) -> Any:
    try:
        return deed()
    finally:
        connections.close_all()
