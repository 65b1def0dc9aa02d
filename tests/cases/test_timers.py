"""What sweeps promise besides what they do: once each, and no row holds up another."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from cases.models import Case
from cases.operations.moves import resolve_case, take_case, wait_case
from cases.operations.timers import sweep_closings, sweep_due_tasks, sweep_resumptions
from cases.operations.work import add_task
from foundation.audit.models import Entry
from foundation.notifications.models import OutboxMessage

WEEK = timedelta(days=7)


@pytest.fixture
def resolved(make_case, agent, now):
    cases = [make_case(title=f"Theft {number}") for number in range(5)]
    return [resolve_case(case, outcome="no_contact_possible", by=agent, now=now) for case in cases]


def test_a_row_that_raises_leaves_the_others_and_is_tried_again(resolved, now):
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_close() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'refused by the test'; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER refuse_close BEFORE UPDATE ON cases_case FOR EACH ROW"
            f" WHEN (NEW.id = {resolved[1].pk} AND NEW.state = 'closed') EXECUTE FUNCTION refuse_close()"
        )
    assert sweep_closings(now + WEEK) == 4
    assert set(Case.objects.filter(state="resolved")) == {resolved[1]}
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER refuse_close ON cases_case")
    assert sweep_closings(now + WEEK) == 1


def test_a_sweep_ends_after_its_most(resolved, now):
    assert sweep_closings(now + WEEK, most=3) == 3
    assert sweep_closings(now + WEEK, most=3) == 2


def test_nothing_due_is_one_query_a_sweep(resolved, now, django_assert_num_queries):
    for sweep in (sweep_closings, sweep_resumptions, sweep_due_tasks):
        with django_assert_num_queries(1):
            assert sweep(now) == 0


@pytest.mark.django_db(transaction=True)
def test_workers_that_sweep_at_once_do_everything_once(make_case, agent, now):
    cases = [take_case(make_case(title=f"Theft {number}"), by=agent, now=now) for number in range(12)]
    for case in cases:
        wait_case(case, on="vet", until=now + timedelta(hours=1), by=agent, now=now)
        add_task(case, title="Call", assignee=agent, due_at=now, by=agent, now=now)
    later = now + timedelta(hours=1)

    def work(_worker: int) -> tuple[int, int]:
        try:
            return sweep_resumptions(later), sweep_due_tasks(later)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, range(4)))
    # What one worker held while another looked is left to the next sweep.
    rest = (sweep_resumptions(later), sweep_due_tasks(later))
    assert [sum(counts) for counts in zip(rest, *done, strict=True)] == [12, 12]
    assert Entry.objects.filter(event="case.resumed").count() == 12
    assert OutboxMessage.objects.filter(notice="task_due", channel="in_app").count() == 12
