from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from foundation.audit.actors import Subject
from foundation.escalation.workflow import RUNNING, UNRESOLVED

if TYPE_CHECKING:
    from foundation.escalation.models import Escalation, Rotation, Shift


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


class RotationQuerySet(models.QuerySet["Rotation"]):
    """Rotations, by when they count."""

    def counting(self, start: datetime, end: datetime) -> RotationQuerySet:
        """Those that count at some time between two instants."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=start), starts_at__lt=end)

    def standing(self, now: datetime) -> RotationQuerySet:
        """Those that count now or will."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now) & Q(ends_at__gt=F("starts_at")))

    def locked(self, pk: int) -> Rotation:
        """Lock one for the transaction. Raises Rotation.DoesNotExist."""
        return self.select_for_update(no_key=True).get(pk=pk)


class ShiftQuerySet(models.QuerySet["Shift"]):
    """Shifts put down one by one, by when and for whom. Who is on shift by them and by rotations: oncall.py."""

    def between(self, start: datetime, end: datetime) -> ShiftQuerySet:
        """Those that count at some time between two instants; what was taken back never does."""
        return self.standing(start).filter(starts_at__lt=end)

    def standing(self, now: datetime) -> ShiftQuerySet:
        """Those that count now or will."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=now), taken_back_at__isnull=True)

    def locked(self, pk: int) -> Shift:
        """Lock one for the transaction. Raises Shift.DoesNotExist."""
        return self.select_for_update(no_key=True).get(pk=pk)
