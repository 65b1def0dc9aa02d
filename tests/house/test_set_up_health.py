"""Whether the desk lives, as a probe asks it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from tsdesk.health import forget_heartbeats, heartbeat_ages, record_heartbeat, silent_processes
from tsdesk.heartbeats import STALE_AFTER

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
EVERYBODY = tuple(STALE_AFTER)


def test_the_process_answers_for_itself_without_the_database_and_by_any_name() -> None:
    answer = Client(headers={"host": "10.0.0.7:8000"}).get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_the_desk_is_ready_when_everybody_was_heard_of() -> None:
    for name in EVERYBODY:
        record_heartbeat(name, now=timezone.now())
    answer = Client().get("/readyz")
    assert answer.status_code == 200
    report = answer.json()
    assert report["ready"] is True
    assert report["database"] == report["broker"] == "ok"
    assert [report[name]["stale"] for name in EVERYBODY] == [False, False, False]


@pytest.mark.django_db
@pytest.mark.parametrize("silent", EVERYBODY)
def test_the_desk_is_not_ready_while_one_is_silent(silent: str) -> None:
    for name in EVERYBODY:
        late = timedelta(seconds=STALE_AFTER[name] + 5) if name == silent else timedelta()
        record_heartbeat(name, now=timezone.now() - late)
    answer = Client().get("/readyz")
    assert answer.status_code == 503
    assert {name for name in EVERYBODY if answer.json()[name]["stale"]} == {silent}


@pytest.mark.django_db
def test_the_desk_is_not_ready_without_its_broker(settings: object) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    for name in EVERYBODY:
        record_heartbeat(name, now=timezone.now())
    answer = Client().get("/readyz")
    assert (answer.status_code, answer.json()["broker"]) == (503, "unreachable")


@pytest.mark.django_db
def test_a_heartbeat_is_one_row_a_process_and_only_the_last_counts() -> None:
    record_heartbeat("worker", now=NOW - timedelta(minutes=5))
    record_heartbeat("worker", now=NOW - timedelta(seconds=7))
    assert heartbeat_ages(now=NOW) == {"worker": 7.0, "beat": None, "auditor": None}
    assert silent_processes(now=NOW) == ["beat", "auditor"]


@pytest.mark.django_db
def test_the_heartbeats_of_the_last_run_are_not_taken_for_those_of_this_one() -> None:
    record_heartbeat("worker", now=NOW)
    forget_heartbeats()
    assert silent_processes(now=NOW) == ["worker", "beat", "auditor"]
