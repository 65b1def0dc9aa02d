"""Answering a call, staying on it, and ending it."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit import trail
from foundation.audit.actors import SYSTEM, Acting, Subject
from foundation.escalation.models import Cause, Escalation
from foundation.escalation.workflow import ESCALATION_WORKFLOW, EscalationState
from foundation.notifications.operations import mark_read_about
from foundation.workflow.moves import MoveRefused

ACKNOWLEDGED_FOR = timedelta(minutes=30)
"""How long an acknowledgement holds without activity on the record (sla-and-escalation.md 17)."""

LONGEST_MINUTES = 8 * 60


class AlreadyAcknowledged(MoveRefused):
    """Somebody else was first. Says who and when."""

    def __init__(self, escalation: Escalation) -> None:
        self.by = escalation.acknowledged_by
        self.at = escalation.acknowledged_at
        sentence = _("%(name)s acknowledged this at %(time)s.") % {
            "name": self.by.name if self.by else "",
            "time": date_format(timezone.localtime(self.at), "H:i") if self.at else "",
        }
        super().__init__(sentence, code="already_acknowledged")


@transaction.atomic
def acknowledge_escalation(escalation: Escalation, *, by: User, now: datetime, minutes: int = 30) -> Escalation:
    """Say that she is on it, for ``minutes``. No page begins to leave once this has committed, and hers is read.

    Safe to call twice. Raises AlreadyAcknowledged when somebody else was first, MoveRefused when the call is over
    or her role does not answer calls.
    """
    escalation = Escalation.objects.locked(escalation.pk)
    if escalation.state == EscalationState.ACKNOWLEDGED:
        if escalation.acknowledged_by_id == by.pk:
            return escalation
        raise AlreadyAcknowledged(escalation)
    move = ESCALATION_WORKFLOW.check("acknowledge", escalation.state, by=by)
    if not 1 <= minutes <= LONGEST_MINUTES:
        raise MoveRefused(_("An acknowledgement holds from 1 minute to 8 hours."), code="invalid")
    escalation.state = move.target or escalation.state
    escalation.acknowledged_by, escalation.acknowledged_at = by, now
    escalation.acknowledged_until = escalation.next_step_at = now + timedelta(minutes=minutes)
    escalation.ended_at = None
    escalation.save(
        update_fields=[
            "state", "acknowledged_by", "acknowledged_at", "acknowledged_until", "next_step_at", "ended_at",
        ]
    )  # fmt: skip
    trail.record(
        move.event, about=escalation.subject, by=by,
        escalation=escalation.pk, reason=escalation.reason, until=escalation.acknowledged_until, cycle=escalation.cycle,
    )  # fmt: skip
    mark_read_about(escalation.subject, by=by, now=now)
    return escalation


@transaction.atomic
def note_activity(subject: Subject, *, now: datetime) -> None:
    """Something was done about the record: whoever acknowledged is still on it. One statement; shortens nothing."""
    until = now + ACKNOWLEDGED_FOR
    held = Escalation.objects.about(subject).filter(state=EscalationState.ACKNOWLEDGED, acknowledged_until__lt=until)
    held.update(acknowledged_until=until, next_step_at=until)


@transaction.atomic
def end_escalations(subject: Subject, *, by: Acting, now: datetime, reason: str | None = None) -> int:
    """End every call about the record, or what calls for ``reason`` alone. Returns how many calls are over by that.

    A call that several causes share goes on until the last of them is over, whichever of them started it.
    """
    calls = list(Escalation.objects.about(subject).unresolved().select_for_update(no_key=True).order_by("pk"))
    over = calls if reason is None else _left_without_cause(calls, reason, now=now)
    Cause.objects.filter(escalation__in=over, ended_at__isnull=True).update(ended_at=now)
    for escalation in over:
        move = ESCALATION_WORKFLOW.check("end", escalation.state, by=SYSTEM)
        escalation.state = move.target or escalation.state
        escalation.ended_at = escalation.ended_at or now
        escalation.next_step_at = None
        escalation.save(update_fields=["state", "ended_at", "next_step_at"])
        trail.record(move.event, about=subject, by=by, escalation=escalation.pk, reason=escalation.reason)
    return len(over)


def _left_without_cause(calls: Sequence[Escalation], reason: str, *, now: datetime) -> list[Escalation]:
    """End the causes of this reason; the calls that had no other. The others go by what still calls for somebody."""
    standing: dict[int, list[Cause]] = {call.pk: [] for call in calls}
    for cause in Cause.objects.filter(escalation__in=calls, ended_at__isnull=True).order_by("pk"):
        standing[cause.escalation_id].append(cause)
    over = []
    for call in calls:
        left = [cause for cause in standing[call.pk] if cause.reason != reason]
        if len(left) == len(standing[call.pk]):
            continue
        if not left:
            over.append(call)
            continue
        ended = [cause.pk for cause in standing[call.pk] if cause.reason == reason]
        Cause.objects.filter(pk__in=ended).update(ended_at=now)
        if call.reason != left[0].reason:
            call.reason = left[0].reason
            call.save(update_fields=["reason"])
    return over
