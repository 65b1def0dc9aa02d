"""What the auditor looks at: work that is late, whoever should have done it.

It runs outside Celery and trusts nobody's word: it reads the rows. What is late is put back where the sweeps find
it, swept at once, and told to people by a way that shares nothing with the outbox.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import Error, transaction
from django.db.models import Count, F, Max, Min, Q, QuerySet

from cases.models import Clock
from cases.operations import rollouts
from foundation.escalation.models import Escalation
from foundation.escalation.workflow import RUNNING, EscalationState
from foundation.notifications.models import OutboxMessage
from foundation.sla.models import CalendarVersion, ClockState, FireKind, PolicyVersion
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


def unfired_clocks(now: datetime) -> "QuerySet[Clock]":
    """Overdue by the mark that the sweep reads, of any age, set aside or not."""
    return Clock.objects.filter(next_fire_at__lt=now - GRACE)


def unjudged_clocks(now: datetime) -> "QuerySet[Clock]":
    """Past due without a breach on record, by the due time itself: the mark that the sweep reads may be lost."""
    return Clock.objects.filter(state=ClockState.RUNNING, breached_at__isnull=True, due_at__lt=now - GRACE)


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
            _late_clocks(now),
            _finding("escalations with an overdue step", late_escalations(now), "next_step_at", now),
            _finding("messages not sent", late_messages(now), "not_before", now),
            _left_behind(now),
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
            unjudged_clocks(now)
            .filter(lost)
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


def _late_clocks(now: datetime) -> Finding:
    """Clocks due and not fired. Two questions, because no index serves both at once; what answers both counts once."""
    unmarked = unjudged_clocks(now).exclude(next_fire_at__lt=now - GRACE)
    # What is late may be a warning, of a clock that is due only later.
    found = [(unfired_clocks(now), "next_fire_at"), (unmarked, "due_at")]
    told = [rows.aggregate(count=Count("pk"), oldest=Min(since)) for rows, since in found]
    since = min((each["oldest"] for each in told if each["oldest"]), default=now)
    rows = sum(each["count"] for each in told)
    return Finding("clocks past due and unfired", rows, int((now - since).total_seconds()))


def _left_behind(now: datetime) -> Finding:
    """Clocks that a new wording of a policy or a calendar has passed by, since the newest one was rolled out."""
    clocks = rollouts.left_behind()
    ended = [
        wordings.aggregate(last=Max("applied_at"))["last"]
        for wordings in (PolicyVersion.objects.all(), CalendarVersion.objects.all())
    ]
    since = max((at for at in ended if at), default=now)
    return Finding("clocks that a new wording did not reach", len(clocks), int((now - since).total_seconds()))


def _finding(key: str, rows: "QuerySet[Escalation] | QuerySet[OutboxMessage]", since: str, now: datetime) -> Finding:
    oldest = rows.aggregate(oldest=Min(since))["oldest"]
    return Finding(key, rows.count(), int((now - oldest).total_seconds()) if oldest else 0)
