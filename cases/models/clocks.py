from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from foundation.sla.models import ClockBase, ClockEventBase, clock_constraints, clock_event_constraints


class BreachReason(models.TextChoices):
    """Why a target was missed, from a short list, so that blockers can be counted (sla-and-escalation.md 13)."""

    VET = "vet", _("Waiting on a vet")
    PARTY = "party", _("Waiting on a party")
    STAFFING = "staffing", _("Too few people on shift")
    TOOLING = "tooling", _("A tool failed")
    WRONG_SEVERITY = "wrong_severity", _("The severity was wrong")
    HAND_OVER = "hand_over", _("Lost in a hand-over")
    LEGAL = "legal", _("Waiting on legal")
    OTHER = "other", _("Something else")


class Clock(ClockBase):
    """A clock of a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="clocks")

    class Meta:
        indexes = [
            models.Index(
                fields=["severity", "next_fire_at"],
                condition=Q(next_fire_at__isnull=False, quarantined_at__isnull=True),
                name="cases_clock_fires",
            ),
            # What the auditor looks for: overdue by its mark, set aside or not, and overdue by itself whatever became of that.
            models.Index(fields=["next_fire_at"], condition=Q(next_fire_at__isnull=False), name="cases_clock_unfired"),
            models.Index(
                fields=["due_at"], condition=Q(state="running", breached_at__isnull=True), name="cases_clock_unjudged"
            ),
        ]
        constraints = clock_constraints("cases_clock", "case")

    def __str__(self) -> str:
        return f"{self.case_id} {self.metric} {self.cycle}"


class ClockEvent(ClockEventBase):
    """Something a clock of a case did."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="events")

    class Meta:
        constraints = clock_event_constraints("cases_clock_event")

    def __str__(self) -> str:
        return f"{self.clock_id} {self.kind}"
