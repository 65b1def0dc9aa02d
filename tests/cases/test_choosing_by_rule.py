"""Whom a rule chooses: never past a skill, a level, an interest or a capacity, and fair over any sequence."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cases.assignment import WEIGHTS, Because, Left, Wanted, Worker, choose, halves, plan

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
randoms = st.randoms(use_true_random=False)


def some_workers(random: Random) -> list[Worker]:
    return [
        Worker(
            pk=pk,
            capacity=random.choice([0, 1, 4, 8, 24]),
            reach=random.randint(1, 4),
            load=random.randint(0, 30),
            languages=frozenset(random.sample(["en", "es", "pt"], random.randint(0, 2))),
            markets=frozenset(random.sample(["US", "BR"], random.randint(0, 2))),
            kinds=frozenset(random.sample(["incident", "claim"], random.randint(0, 1))),
            given_at=random.choice([None, NOON - timedelta(minutes=random.randint(0, 600))]),
        )
        for pk in range(1, random.randint(1, 7))
    ]


def some_queue(random: Random, workers: list[Worker]) -> list[Wanted]:
    people = [worker.pk for worker in workers]
    return [
        Wanted(
            pk=pk,
            severity=random.randint(1, 4),
            level=random.randint(1, 4),
            language=random.choice(["en", "es-MX", "pt-BR"]),
            market=random.choice(["US", "BR"]),
            kind=random.choice(["incident", "claim"]),
            is_waiting=random.random() < 0.3,
            barred=frozenset(random.sample(people, min(len(people), random.randint(0, 2)))),
        )
        for pk in range(1, random.randint(2, 40))
    ]


@given(randoms)
def test_nobody_is_chosen_past_a_skill_a_level_an_interest_or_a_capacity(random):
    workers = some_workers(random)
    load = {worker.pk: worker.load for worker in workers}
    for wanted, choice in plan(some_queue(random, workers), workers, WEIGHTS, at=NOON):
        counts = halves(wanted.severity, WEIGHTS, wanted.is_waiting)
        fits = [
            worker
            for worker in workers
            if (not worker.languages or wanted.language[:2] in worker.languages)
            and (not worker.markets or wanted.market in worker.markets)
            and (not worker.kinds or wanted.kind in worker.kinds)
            and worker.reach >= wanted.level
            and worker.pk not in wanted.barred
            and load[worker.pk] + counts <= 2 * worker.capacity
        ]
        assert (choice.worker is None) == (not fits)
        if choice.worker is not None:
            assert choice.worker.pk in {worker.pk for worker in fits}
            assert load[choice.worker.pk] == min(load[worker.pk] for worker in fits)
            load[choice.worker.pk] += counts


@given(randoms)
def test_equal_cases_are_shared_fairly_within_one(random):
    severity, number = random.randint(1, 4), random.randint(1, 60)
    workers = [Worker(pk=pk, capacity=1_000) for pk in random.sample(range(1, 50), random.randint(1, 6))]
    shared: Counter[int] = Counter({worker.pk: 0 for worker in workers})
    for step in range(number):
        choice = choose(Wanted(step, severity), workers, WEIGHTS)
        assert choice.worker is not None
        shared[choice.worker.pk] += 1
        at = NOON + timedelta(seconds=step)
        workers = [
            worker.given(Wanted(step, severity), WEIGHTS, at) if worker.pk == choice.worker.pk else worker
            for worker in workers
        ]
        assert max(shared.values()) - min(shared.values()) <= 1


@given(randoms)
def test_the_order_in_which_people_are_read_changes_nothing(random):
    workers = some_workers(random)
    queue = some_queue(random, workers)
    shuffled = random.sample(workers, len(workers))
    assert plan(queue, workers, WEIGHTS, at=NOON) == plan(queue, shuffled, WEIGHTS, at=NOON)


def test_of_two_as_loaded_it_goes_to_whoever_waited_longest_and_then_to_the_first():
    fresh, lately = Worker(9, 24), Worker(1, 24, given_at=NOON)
    assert choose(Wanted(1, 3), [lately, fresh], WEIGHTS).worker == fresh
    assert choose(Wanted(1, 3), [Worker(2, 24), Worker(1, 24)], WEIGHTS).worker == Worker(1, 24)


def test_it_says_why_it_was_she():
    alone, loaded = Worker(1, 24), Worker(2, 24, load=4)
    assert choose(Wanted(1, 3), [alone], WEIGHTS).why == Because.ONLY
    assert choose(Wanted(1, 3), [alone, loaded], WEIGHTS).why == Because.LOAD
    assert choose(Wanted(1, 3), [alone, Worker(3, 24)], WEIGHTS).why == Because.TURN


def test_a_waiting_case_counts_half():
    nearly_full = Worker(1, 8, load=15)
    assert choose(Wanted(1, 4), [nearly_full], WEIGHTS).why == Left.FULL
    assert choose(Wanted(1, 4, is_waiting=True), [nearly_full], WEIGHTS).worker == nearly_full


@pytest.mark.parametrize(
    ("workers", "why"),
    [
        ([], Left.NOBODY),
        ([Worker(1, 0)], Left.NOBODY),
        ([Worker(1, 24, languages=frozenset({"en"}))], Left.LANGUAGE),
        ([Worker(1, 24, markets=frozenset({"BR"}))], Left.MARKET),
        ([Worker(1, 24, kinds=frozenset({"claim"}))], Left.KIND),
        ([Worker(1, 24, reach=1)], Left.LEVEL),
        ([Worker(7, 24)], Left.BARRED),
        ([Worker(1, 24, load=48)], Left.FULL),
    ],
)
def test_it_says_why_it_was_nobody(workers, why):
    wanted = Wanted(1, 2, level=2, language="es", barred=frozenset({7}))
    assert choose(wanted, workers, WEIGHTS).why == why
