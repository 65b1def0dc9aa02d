"""Is the desk alive? Heartbeats of its processes, and what `/readyz` answers from them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError

from tsdesk.heartbeats import STALE_AFTER
from tsdesk.models import Heartbeat


def record_heartbeat(name: str, *, now: datetime) -> None:
    Heartbeat.objects.bulk_create(
        [Heartbeat(name=name, beat_at=now)], update_conflicts=True, unique_fields=["name"], update_fields=["beat_at"]
    )


def forget_heartbeats() -> None:
    """Before the processes of a new run start, so that those of the last one are not taken for them."""
    Heartbeat.objects.all().delete()


def heartbeat_ages(*, now: datetime) -> dict[str, float | None]:
    """Seconds since each process was heard of; None for one that never was."""
    heard = dict(Heartbeat.objects.values_list("name", "beat_at"))
    return {name: max(0.0, (now - heard[name]).total_seconds()) if name in heard else None for name in STALE_AFTER}


def silent_processes(*, now: datetime, after: float | None = None) -> list[str]:
    """The processes not heard of for `after` seconds, or for as long as makes each of them stale."""
    ages = heartbeat_ages(now=now)
    return [name for name, age in ages.items() if age is None or age > (after or STALE_AFTER[name])]


@dataclass(frozen=True)
class Readiness:
    ready: bool
    report: dict[str, Any]


def readiness(*, now: datetime) -> Readiness:
    """Whether the database and the broker answer and every process was heard of lately."""
    report: dict[str, Any] = {"database": "ok", "broker": "ok" if _broker_answers() else "unreachable"}
    try:
        ages = heartbeat_ages(now=now)
    except DatabaseError:
        report["database"] = "unreachable"
        ages = dict.fromkeys(STALE_AFTER)
    for name, age in ages.items():
        report[name] = {
            "age_seconds": None if age is None else round(age, 1),
            "stale": age is None or age > STALE_AFTER[name],
        }
    ready = report["database"] == report["broker"] == "ok" and not any(report[name]["stale"] for name in STALE_AFTER)
    return Readiness(ready, {"ready": ready, **report})


def _broker_answers() -> bool:
    broker = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=0.5, socket_connect_timeout=0.5)
    try:
        return bool(broker.ping())
    except (redis.RedisError, OSError):
        return False
    finally:
        broker.close()
