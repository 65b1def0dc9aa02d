"""The auditor's process: `manage auditor`, outside Celery."""

import signal
import threading
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections
from django.utils import timezone

from tsdesk.alarms import raise_alarm, send_heartbeat
from tsdesk.auditing import Finding, find_lateness, rearm
from tsdesk.health import record_heartbeat
from tsdesk.sweeper import sweep_once

log = structlog.get_logger(__name__)

EVERY = 30.0
"""Seconds between two rounds: with the two minutes of grace, an alarm is raised within three."""

REMIND_AFTER = 15 * 60.0
"""Seconds until what lasts is told again."""


class Command(BaseCommand):
    help = "Look for late work twice a minute, have it done, and raise an alarm."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="one round; exit 1 when something was late")

    def handle(self, *args: Any, once: bool, **options: Any) -> None:
        if once:
            found = Auditor().round()
            for finding in found:
                self.stdout.write(str(finding))
            if found:
                raise SystemExit(1)
            return
        stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: stop.set())
        auditor = Auditor()
        while True:
            close_old_connections()
            auditor.round()
            if stop.wait(EVERY):
                return


class Auditor:
    """Remembers what it has told, so that the same trouble is an alarm once and then a reminder."""

    def __init__(self) -> None:
        self._told: dict[str, float] = {}
        self._since = timezone.now()

    def round(self) -> list[Finding]:
        """Look, tell, have it done, and say that the auditor lives. Return what was found."""
        now = timezone.now()
        found = find_lateness(now=now, watching_since=self._since)
        news = [finding for finding in found if self._is_news(finding, now.timestamp())]
        self._told = {finding.key: self._told[finding.key] for finding in found}
        if news:
            raise_alarm(found, now=now)
        if any(finding.rows for finding in found):
            self._have_it_done()
        try:
            record_heartbeat("auditor", now=timezone.now())
        except Error:
            log.warning("heartbeat_failed", process="auditor")
        send_heartbeat()
        return found

    def _is_news(self, finding: Finding, now: float) -> bool:
        if now - self._told.get(finding.key, float("-inf")) < REMIND_AFTER:
            return False
        self._told[finding.key] = now
        return True

    def _have_it_done(self) -> None:
        try:
            rearm(now=timezone.now())
        except Error as error:
            log.error("rearm_failed", exc_info=error)
        sweep_once()
