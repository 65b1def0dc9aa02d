"""The sweeper: a thread in every worker that looks for due rows by itself, every five seconds.

Beat and the broker are only hints that make work prompt. This thread needs neither, so clocks, escalations and
mail go on while beat is dead or the broker is gone.
"""

import threading
from typing import Any

import structlog
from celery import bootsteps
from django.db import close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string

from tsdesk.health import record_heartbeat

log = structlog.get_logger(__name__)

EVERY = 5.0
"""Seconds between two rounds."""

SWEEPS = (
    "cases.tasks.sweep_clocks",
    "foundation.escalation.tasks.sweep_escalations",
    "foundation.notifications.tasks.sweep_outbox",
    "cases.tasks.sweep_cases",
    "foundation.escalation.tasks.sweep_gaps",
    "cases.tasks.sweep_workload",
)


def sweep_once() -> list[str]:
    """Run every sweep once, each whatever became of the one before it. Return the names of those that failed."""
    failed = []
    for name in SWEEPS:
        try:
            # A task called as a function runs here and now, without the broker.
            import_string(name)()
        except Exception as error:
            # Whatever one sweep meets, the others must still run, and this one again in five seconds.
            failed.append(name)
            log.error("sweep_failed", sweep=name, exc_info=error)
            close_old_connections()
    return failed


class Sweeper(bootsteps.StartStopStep):
    """Runs `sweep_once` in a thread from the worker's start to its stop."""

    def __init__(self, parent: Any, **kwargs: Any) -> None:
        super().__init__(parent, **kwargs)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sweeper", daemon=True)

    def start(self, parent: Any) -> None:
        self._thread.start()

    def stop(self, parent: Any) -> None:
        self._stop.set()

    def terminate(self, parent: Any) -> None:
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.is_set():
            close_old_connections()
            sweep_once()
            try:
                record_heartbeat("worker", now=timezone.now())
            except Exception as error:
                # This thread must outlive anything that its database does.
                log.warning("heartbeat_failed", process="worker", exc_info=error)
            self._stop.wait(EVERY)
