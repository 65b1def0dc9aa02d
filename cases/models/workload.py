from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.models.case import Case
from foundation.accounts.models import Team
from foundation.audit.actors import Subject


class AssignmentRule(models.Model):
    """How a team's queue gives its cases away by itself. A team without one, or with one that is off, gives none.

    Its row is the lock: of any number of workers one gives the team's cases at a time.
    """

    team = models.OneToOneField(Team, on_delete=models.PROTECT, related_name="assignment_rule")

    def __str__(self) -> str:
        return f"rule of {self.team_id}"

    @property
    def subject(self) -> Subject:
        return self.team.subject


class AssignmentRuleVersion(models.Model):
    """One wording of a team's rule; none is ever edited.

    weights: the points that a case of each severity counts, by "1" to "4". capacity: the points of whoever has no
    number of her own in ``capacities``, which is by the id of a person.
    """

    rule = models.ForeignKey(AssignmentRule, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    is_current = models.BooleanField(default=True)
    is_on = models.BooleanField(default=False)
    weights = models.JSONField()
    capacity = models.PositiveIntegerField()
    capacities = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="cases_assignment_rule_number"),
            models.UniqueConstraint(fields=["rule"], condition=Q(is_current=True), name="cases_one_rule_in_force"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.number}"


class AssignmentTurn(models.Model):
    """When somebody was last given a case by a rule; her row is locked while rules decide about her."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="assignment_turn"
    )
    given_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.person_id} at {self.given_at}"


class OffShiftWarning(models.Model):
    """A lead was told that a case lies with its owner, who is off shift. It goes when she is back, or the case is not hers."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="off_shift_warnings")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    warned_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "owner"], name="cases_warned_once_a_shift")]

    def __str__(self) -> str:
        return f"{self.case_id} with {self.owner_id}"
