"""A worker whose broker is gone fires clocks all the same: PostgreSQL is the clock, Celery only a hint."""

import socket
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from foundation.escalation.models import Escalation
from foundation.notifications.models import OutboxMessage
from tsdesk.sweeper import sweep_once

WITHIN = 25.0
"""Seconds that a worker gets to start and to find by itself what is due; its sweeper looks every 5."""


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def late(make_case, lead):
    received_at = timezone.now() - timedelta(days=2)
    return make_case(received_at=received_at, at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_one_round_of_the_sweeper_needs_neither_beat_nor_broker(late):
    assert sweep_once() == []

    assert late.clocks.get(metric="first_response").breached_at == late.received_at + timedelta(hours=4)
    assert Escalation.objects.filter(subject_id=str(late.pk), reason="breach:first_response").exists()


def test_a_worker_without_its_broker_fires_clocks_and_calls_the_lead(start_process, late, lead):
    start_process(
        "-m", "celery", "-A", "tsdesk.celery", "worker", "--pool", "solo", "--loglevel", "CRITICAL",
        REDIS_URL=f"redis://127.0.0.1:{closed_port()}/0",
    )  # fmt: skip
    waited_until = time.monotonic() + WITHIN
    clock = late.clocks.get(metric="first_response")
    while clock.breached_at is None and time.monotonic() < waited_until:
        time.sleep(0.25)
        clock.refresh_from_db()

    assert clock.breached_at == late.received_at + timedelta(hours=4)
    assert OutboxMessage.objects.filter(recipient=lead, channel="mail").exists()
