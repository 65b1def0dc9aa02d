"""The auditor finds late work, has it done and tells people."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from cases.models import Case, Clock
from tsdesk.alarms import raise_alarm
from tsdesk.auditing import Finding, find_lateness, rearm
from tsdesk.health import record_heartbeat
from tsdesk.management.commands.auditor import Auditor

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
LATE = [Finding("clocks past due and unfired", 3, 400)]


def keys(found: list[Finding]) -> list[str]:
    return [finding.key for finding in found]


@pytest.fixture
def mails(settings: Any, tmp_path: Path) -> Path:
    settings.MAIL_DIRECTORY = tmp_path
    settings.ALARM_URL = settings.HEARTBEAT_URL = ""
    return tmp_path


@pytest.fixture
def clock(case: Case) -> Clock:
    clock = case.clocks.order_by("due_at").first()
    assert clock is not None
    return clock


def test_a_clock_that_is_due_is_not_late_yet(clock: Clock) -> None:
    Clock.objects.exclude(pk=clock.pk).delete()
    assert clock.next_fire_at is not None
    now = clock.next_fire_at + timedelta(seconds=90)
    assert keys(find_lateness(now=now, watching_since=now)) == []


@pytest.mark.parametrize("lost", [{}, {"next_fire_at": None, "next_fire_kind": ""}, {"quarantined_at": NOW}])
def test_a_clock_past_due_and_unfired_is_found_whatever_became_of_its_mark(clock: Clock, lost: dict[str, Any]) -> None:
    Clock.objects.filter(pk=clock.pk).update(**lost)
    assert clock.due_at is not None
    now = clock.due_at + timedelta(minutes=3)
    (found,) = find_lateness(now=now, watching_since=now)
    assert found.key == "clocks past due and unfired"
    assert found.rows >= 1


def test_a_clock_whose_mark_was_lost_is_put_back_where_the_sweep_finds_it(clock: Clock) -> None:
    Clock.objects.filter(pk=clock.pk).update(next_fire_at=None, next_fire_kind="")
    assert clock.due_at is not None
    rearm(now=clock.due_at + timedelta(minutes=3))
    clock.refresh_from_db()
    assert (clock.next_fire_at, clock.next_fire_kind) == (clock.due_at, "breach")
    assert rearm(now=clock.due_at + timedelta(minutes=3)) == 0


@pytest.mark.django_db
def test_a_process_nobody_hears_of_is_missed_after_two_minutes() -> None:
    record_heartbeat("beat", now=NOW - timedelta(seconds=130))
    record_heartbeat("worker", now=NOW)
    assert keys(find_lateness(now=NOW, watching_since=NOW - timedelta(minutes=5))) == ["no word from beat"]
    assert keys(find_lateness(now=NOW, watching_since=NOW)) == []


def test_without_an_address_an_alarm_is_a_file_and_a_line(mails: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert raise_alarm(LATE, now=NOW) is True
    (file,) = mails.glob("alarm-*.eml")
    assert b"clocks past due and unfired: 3" in file.read_bytes()
    assert "alarm: clocks past due and unfired: 3" in capsys.readouterr().err


def test_an_alarm_is_posted_where_it_was_asked_for(mails: Path, settings: Any) -> None:
    got: list[dict[str, Any]] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=server.handle_request, daemon=True).start()
    settings.ALARM_URL = f"http://127.0.0.1:{server.server_port}/alarm"
    assert raise_alarm(LATE, now=NOW) is True
    server.server_close()
    assert got[0]["findings"] == [{"what": "clocks past due and unfired", "rows": 3, "oldest_seconds": 400}]
    assert list(mails.iterdir()) == []


def test_an_alarm_that_cannot_leave_is_still_a_file(mails: Path, settings: Any) -> None:
    settings.ALARM_URL = "https://127.0.0.1:1/alarm"
    assert raise_alarm(LATE, now=NOW) is False
    assert len(list(mails.glob("alarm-*.eml"))) == 1


@pytest.mark.django_db
def test_the_same_trouble_is_told_once_and_the_auditor_says_that_it_lives(mails: Path, clock: Clock) -> None:
    Clock.objects.filter(pk=clock.pk).update(
        next_fire_at=None,
        next_fire_kind="",
        due_at=timezone.now() - timedelta(minutes=9),
        quarantined_at=timezone.now(),
    )
    auditor = Auditor()
    assert "clocks past due and unfired" in keys(auditor.round())
    auditor.round()
    assert len(list(mails.glob("alarm-*.eml"))) == 1
