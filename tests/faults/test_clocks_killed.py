"""Workers are killed with -9 while they fire clocks: nothing is lost and nothing happens twice."""

import random
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Count

from cases.models import Case, Clock, ClockEvent
from cases.operations import firing
from cases.operations.clocks import first_clocks
from foundation.audit.models import Entry
from foundation.escalation.models import Escalation
from foundation.notifications.models import OutboxMessage

CLOCKS = 600
KILLS = 8
SWEEP = """
import sys, time
from datetime import datetime
import django
django.setup()
from cases.operations import firing
firing.BATCH = 1
sys.stdout.write("ready\\n")
sys.stdout.flush()
while True:
    firing.sweep_clocks(datetime.fromisoformat(sys.argv[1]))
    time.sleep(0.05)
"""


@pytest.fixture
def start_sweeping(start_process, now):
    """Start a process that fires what is due until it is killed, and wait until it is about to."""

    def start():
        sweeper = start_process("-c", SWEEP, now.isoformat())
        assert sweeper.stdout.readline() == "ready\n"
        return sweeper

    return start


def left():
    return Clock.objects.filter(next_fire_at__isnull=False, metric="first_response").count()


@pytest.fixture
def due(transactional_db, make_case, colleague, lead, now):
    """Cases with an owner, each with a first response that was due long ago."""
    case = make_case(received_at=now - timedelta(days=2))
    case.assignee = colleague
    case.save()
    same = {field.attname: getattr(case, field.attname) for field in Case._meta.concrete_fields}
    del same["id"], same["reference"]
    cases = Case.objects.bulk_create(Case(**same) for _ in range(CLOCKS - 1))
    clocks = [clock for copy in cases for clock in first_clocks(copy, now=now)]
    Clock.objects.bulk_create(clocks)


def test_killed_workers_lose_and_double_nothing(due, start_sweeping, now):
    chance = random.Random(20261118)
    kills = 0
    while kills < KILLS and left():
        for sweeper in [start_sweeping() for _ in range(2)]:
            time.sleep(chance.uniform(0.0, 0.12))
            sweeper.kill()
            sweeper.wait()
            kills += 1
    assert kills >= 4
    assert left() < CLOCKS
    firing.sweep_clocks(now)

    assert left() == 0
    breached = Clock.objects.filter(metric="first_response", breached_at=now - timedelta(days=2) + timedelta(hours=4))
    assert breached.count() == CLOCKS
    for once in (
        ClockEvent.objects.filter(kind="breach", clock__metric="first_response").values("clock"),
        Entry.objects.filter(event="clock.breached", data__metric="first_response").values("subject_id"),
        Escalation.objects.filter(reason="breach:first_response").values("subject_id"),
        OutboxMessage.objects.filter(notice="clock_breached", channel="mail").values("subject_id"),
        OutboxMessage.objects.filter(notice="clock_breached", channel="in_app").values("subject_id"),
    ):
        counted = once.annotate(times=Count("pk")).values_list("times", flat=True)
        assert (len(counted), set(counted)) == (CLOCKS, {1})


def test_sweeps_beside_each_other_share_the_work(start_sweeping, make_case, lead, now):
    for _ in range(40):
        make_case(received_at=now - timedelta(days=2))
    start_sweeping(), start_sweeping()
    waited_until = time.monotonic() + 20
    while left() and time.monotonic() < waited_until:
        time.sleep(0.1)

    assert ClockEvent.objects.filter(kind="breach", clock__metric="first_response").count() == 40
    assert Escalation.objects.count() == 40


@pytest.mark.django_db(transaction=True)
def test_a_case_in_hand_is_left_for_the_next_sweep(make_case, lead, now):
    """A sweep waits for nobody: a case that somebody is changing just now fires when she is done."""
    held, free = (make_case(received_at=now - timedelta(days=2)) for _ in range(2))
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            other.set_autocommit(False)
            cursor.execute("SELECT 1 FROM cases_case WHERE id = %s FOR UPDATE", [held.pk])
            firing.sweep_clocks(now)
            assert list(ClockEvent.objects.filter(kind="breach").values_list("clock__case", flat=True)) == [free.pk]
            other.rollback()
    finally:
        other.close()

    firing.sweep_clocks(now)

    assert ClockEvent.objects.filter(kind="breach").count() == 2
