"""What the auditor looks at: work that is late, whoever should have done it.

It runs outside Celery and trusts nobody's word: it reads the rows. What is late is put back where the sweeps find
it, swept at once, and told to people by a way that shares nothing with the outbox.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error, transaction
from django.db.models import F, Min, Q, QuerySet

from cases.models import Clock
from foundation.escalation.models import Escalation
from foundation.escalation.workflow import RUNNING, EscalationState
from foundation.notifications.models import OutboxMessage
from foundation.sla.models import ClockState, FireKind
from tsdesk.health import silent_processes

GRACE = timedelta(minutes=2)
"""How late work may be before it counts (sla-and-escalation.md 21)."""

QUARANTINE = timedelta(minutes=15)
"""How long a row that raised three times is left alone before it is tried again."""


@dataclass(frozen=True)
class Finding:
    """Something that is not as it should be. `key` is stable while it lasts; no word about any case stands in it."""

    key: str
    rows: int
    oldest_seconds: int

    def __str__(self) -> str:
        if not self.rows:
            return self.key
        return f"{self.key}: {self.rows}, the oldest {self.oldest_seconds} s late"


def late_clocks(now: datetime) -> "QuerySet[Clock]":
    """Due and not fired, of any age: by the mark that the sweep reads, and by the due time itself if that mark is lost."""
    return Clock.objects.filter(
        Q(next_fire_at__lt=now - GRACE) | Q(state=ClockState.RUNNING, breached_at__isnull=True, due_at__lt=now - GRACE)
    )


def late_escalations(now: datetime) -> "QuerySet[Escalation]":
    """Running, with its next step overdue, or with none at all: then it would be silent for ever."""
    return Escalation.objects.running().filter(
        Q(next_step_at__lt=now - GRACE) | Q(next_step_at__isnull=True, started_at__lt=now - GRACE)
    )


def late_messages(now: datetime) -> "QuerySet[OutboxMessage]":
    """Neither out nor given up two minutes after it should have gone; a sender that died holds its lease for no longer."""
    return OutboxMessage.objects.waiting().filter(
        Q(leased_until__isnull=True) | Q(leased_until__lt=now - GRACE), not_before__lt=now - GRACE, digest__isnull=True
    )


def find_lateness(*, now: datetime, watching_since: datetime) -> list[Finding]:
    """All that is late now. An unreachable database is itself a finding.

    A process that was never heard of is missed once the auditor has watched for the grace: they all start together.
    """
    try:
        found = [
            _finding("clocks past due and unfired", late_clocks(now), "due_at", now),
            _finding("escalations with an overdue step", late_escalations(now), "next_step_at", now),
            _finding("messages not sent", late_messages(now), "not_before", now),
        ]
        silent = []
        if now - watching_since >= GRACE:
            names = silent_processes(now=now, after=GRACE.total_seconds())
            silent = [Finding(f"no word from {name}", 0, 0) for name in names if name != "auditor"]
    except Error:
        return [Finding("the database does not answer", 0, 0)]
    return [finding for finding in found if finding.rows] + silent


def rearm(*, now: datetime) -> int:
    """Put late rows back where the sweeps find them; return how many were changed. Safe to run twice.

    Only the marks that the sweeps read are set, each from what the row itself says; what is due is decided by the
    same operations as ever.
    """
    with transaction.atomic():
        lost = Q(next_fire_at__isnull=True) | Q(next_fire_at__gt=F("due_at"))
        clocks = (
            late_clocks(now)
            .filter(lost, state=ClockState.RUNNING, breached_at__isnull=True)
            .update(next_fire_at=F("due_at"), next_fire_kind=FireKind.BREACH, next_fire_threshold=0)
        )
        escalations = Escalation.objects.filter(state=EscalationState.TRIGGERED, next_step_at__isnull=True)
        escalations_changed = escalations.update(next_step_at=now)
        expired = Escalation.objects.filter(state=EscalationState.ACKNOWLEDGED, next_step_at__isnull=True)
        escalations_changed += expired.update(next_step_at=F("acknowledged_until"))
        released = 0
        for rows in (Clock.objects.all(), Escalation.objects.filter(state__in=sorted(RUNNING))):
            released += rows.filter(quarantined_at__lt=now - QUARANTINE).update(quarantined_at=None, failures=0)
    return clocks + escalations_changed + released


def _finding(
    key: str, rows: "QuerySet[Clock] | QuerySet[Escalation] | QuerySet[OutboxMessage]", since: str, now: datetime
) -> Finding:
    oldest = rows.aggregate(oldest=Min(since))["oldest"]
    return Finding(key, rows.count(), int((now - oldest).total_seconds()) if oldest else 0)
