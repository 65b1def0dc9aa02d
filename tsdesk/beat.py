"""Celery beat's scheduler."""

from typing import Any

import structlog
from celery.beat import Scheduler
from django.db import Error, close_old_connections
from django.utils import timezone

from tsdesk.health import record_heartbeat

log = structlog.get_logger(__name__)


class PulsingScheduler(Scheduler):
    """Keeps its schedule in memory, for all of it is written down in the settings, and records a heartbeat.

    Nothing is stored: after a restart every entry is due within its own few seconds, and there is no file to corrupt.
    """

    # Seconds; the heartbeat comes at least this often.
    max_interval = 5

    def tick(self, *args: Any, **kwargs: Any) -> float:
        wait: float = super().tick(*args, **kwargs)
        close_old_connections()
        try:
            record_heartbeat("beat", now=timezone.now())
        except Error:
            # The hints go on without the database; whoever watches sees the silence.
            log.warning("heartbeat_failed", process="beat")
        return min(wait, self.max_interval)
