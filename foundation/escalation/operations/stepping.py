"""Time passing: from level to level, and from an acknowledgement that ran out to a new call."""

from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import F

from foundation.audit import trail
from foundation.audit.actors import SYSTEM
from foundation.escalation.models import Escalation
from foundation.escalation.operations.calling import call_from, exhaust, place_after
from foundation.escalation.workflow import ESCALATION_WORKFLOW, EscalationState

log = structlog.get_logger(__name__)

FAILURES_BEFORE_QUARANTINE = 3
BATCH = 200


def sweep_escalations(*, now: datetime, limit: int = BATCH) -> int:
    """Step every escalation whose time is up, the gravest first. Returns how many were stepped.

    Safe to run at any time, any number at once. Each steps in a transaction of its own (a savepoint inside another);
    one that raises is tried again at the next sweep, three times in all, and stops no other.
    """
    due = Escalation.objects.due(now).order_by("severity", "next_step_at", "pk").values_list("pk", flat=True)
    return sum(_step_apart(pk, now) for pk in list(due[:limit]))


def _step_apart(pk: int, now: datetime) -> bool:
    try:
        return step_escalation(pk, now=now)
    except Exception:
        log.exception("escalation_step_raised", escalation=pk)
        _count_failure(pk, now)
        return False


@transaction.atomic
def step_escalation(pk: int, *, now: datetime) -> bool:
    """Step one whose time is up; False when it is not, or when another worker holds it. Waits for nobody."""
    due = Escalation.objects.due(now).select_for_update(skip_locked=True, no_key=True, of=("self",))
    escalation = due.select_related("team__lead").filter(pk=pk).first()
    if escalation is None:
        return False
    if escalation.state == EscalationState.ACKNOWLEDGED:
        _expire(escalation, now=now)
    else:
        _pass_on(escalation, now=now)
    return True


def _pass_on(escalation: Escalation, *, now: datetime) -> None:
    move = ESCALATION_WORKFLOW.check("step", escalation.state, by=SYSTEM)
    place = place_after(escalation)
    if place is None:
        exhaust(escalation, now=now)
        return
    escalation.round, level = place
    trail.record(
        move.event, about=escalation.subject, by=SYSTEM,
        escalation=escalation.pk, level=level + 1, round=escalation.round + 1, cycle=escalation.cycle,
    )  # fmt: skip
    call_from(escalation, level, now=now)


def _expire(escalation: Escalation, *, now: datetime) -> None:
    """Back to whoever is on now, from the first level, as a new cycle."""
    move = ESCALATION_WORKFLOW.check("expire", escalation.state, by=SYSTEM)
    previous = escalation.acknowledged_by_id
    escalation.state = move.target or escalation.state
    escalation.acknowledged_by = escalation.acknowledged_at = escalation.acknowledged_until = None
    escalation.round, escalation.cycle = 0, escalation.cycle + 1
    escalation.save(
        update_fields=["state", "acknowledged_by", "acknowledged_at", "acknowledged_until", "round", "cycle"]
    )
    trail.record(
        move.event, about=escalation.subject, by=SYSTEM,
        escalation=escalation.pk, previous=previous, cycle=escalation.cycle,
    )  # fmt: skip
    call_from(escalation, 0, now=now)


@transaction.atomic
def _count_failure(pk: int, now: datetime) -> None:
    Escalation.objects.filter(pk=pk).update(failures=F("failures") + 1)
    stuck = Escalation.objects.filter(pk=pk, failures__gte=FAILURES_BEFORE_QUARANTINE, quarantined_at__isnull=True)
    if stuck.update(quarantined_at=now):
        log.error("escalation_quarantined", escalation=pk)
