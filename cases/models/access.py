from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from people.models import Person


class GrantKind(models.TextChoices):
    """Why somebody sees a case beyond her role's ceilings (access-and-audit.md)."""

    OPENED_HERE = "opened_here", _("Opened it, or held it when its level rose")
    SHARED = "shared", _("Shared with her by name")
    BREAK_GLASS = "break_glass", _("Broke the glass")
    SAMPLED = "sampled", _("Sampled for quality")


class CaseGrant(models.Model):
    """Sight of one case for one person until an instant. Opened-here and break-glass never decide or export."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="grants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    kind = models.CharField(max_length=16, choices=GrantKind.choices)
    ceiling = models.PositiveSmallIntegerField()
    reason = models.TextField(max_length=2_000, blank=True)
    granted_at = models.DateTimeField()
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["user", "case"], condition=Q(ended_at__isnull=True), name="cases_granted_to")]
        constraints = [
            models.CheckConstraint(condition=Q(ceiling__gte=1, ceiling__lte=4), name="cases_grant_ceiling"),
            models.CheckConstraint(
                condition=~Q(kind="break_glass") | (Q(expires_at__isnull=False) & ~Q(reason="")),
                name="cases_glass_has_a_reason_and_an_end",
            ),
            models.CheckConstraint(
                condition=Q(reviewed_at__isnull=True, reviewed_by__isnull=True)
                | Q(reviewed_at__isnull=False, reviewed_by__isnull=False),
                name="cases_grant_reviewed_by_whom",
            ),
            models.CheckConstraint(condition=~Q(reviewed_by=models.F("user")), name="cases_grant_reviewed_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.case_id}"


class Conflict(models.Model):
    """Somebody of the staff has an interest in a case: she does not see it, whatever else she holds.

    ``noted_for``: whose place in the case it was noted for by itself, told by an email address; None where somebody
    declared it.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="conflicts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="conflicts")
    reason = models.CharField(max_length=200)
    declared_at = models.DateTimeField()
    declared_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    noted_for = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("the party that she is")
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["case", "user"], name="cases_one_conflict")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.case_id}"
