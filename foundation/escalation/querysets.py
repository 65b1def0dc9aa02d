from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from foundation.audit.actors import Subject
from foundation.escalation.workflow import RUNNING, UNRESOLVED

if TYPE_CHECKING:
    from foundation.accounts.models import Team
    from foundation.escalation.models import Escalation, Shift


class EscalationQuerySet(models.QuerySet["Escalation"]):
    """Escalations, by what one asks of them."""

    def about(self, subject: Subject) -> EscalationQuerySet:
        return self.filter(subject_kind=subject.kind, subject_id=subject.id)

    def about_any(self, subjects: Iterable[Subject]) -> EscalationQuerySet:
        ids: dict[str, set[str]] = {}
        for subject in subjects:
            ids.setdefault(subject.kind, set()).add(subject.id)
        return self.filter(reduce(or_, (Q(subject_kind=kind, subject_id__in=pks) for kind, pks in ids.items())))

    def running(self) -> EscalationQuerySet:
        """Somebody is being called, or has acknowledged and may yet be called again."""
        return self.filter(state__in=sorted(RUNNING))

    def unresolved(self) -> EscalationQuerySet:
        return self.filter(state__in=sorted(UNRESOLVED))

    def due(self, now: datetime) -> EscalationQuerySet:
        """Whose level or acknowledgement has run out."""
        return self.filter(next_step_at__lte=now, quarantined_at__isnull=True)

    def locked(self, pk: int) -> Escalation:
        """Lock one for the transaction. Raises Escalation.DoesNotExist."""
        return self.select_for_update(no_key=True).get(pk=pk)


class ShiftQuerySet(models.QuerySet["Shift"]):
    """Shifts, by when and for whom."""

    def covering(self, now: datetime) -> ShiftQuerySet:
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), starts_at__lte=now)

    def of_team(self, team: Team) -> ShiftQuerySet:
        return self.filter(schedule__team=team)

    def in_force(self, now: datetime) -> list[Shift]:
        """Shifts of active people at ``now``, in order. In a schedule with an override only overrides count."""
        covering = self.covering(now).filter(person__is_active=True).select_related("person")
        shifts = list(covering.order_by("schedule", "starts_at", "pk"))
        overridden = {shift.schedule_id for shift in shifts if shift.is_override}
        return [shift for shift in shifts if shift.is_override or shift.schedule_id not in overridden]
