from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case


class LinkKind(models.TextChoices):
    RELATED = "related", _("Related")
    CAUSED_BY = "caused_by", _("Caused by")
    SAME_PEOPLE = "same_people", _("Same people")


class CaseLink(models.Model):
    """Two cases that belong together. Seen from each side only by who may see the other."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="links_out")
    other = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="links_in")
    kind = models.CharField(max_length=16, choices=LinkKind.choices)
    linked_at = models.DateTimeField()
    linked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["case", "other", "kind"], name="cases_linked_once"),
            models.CheckConstraint(condition=~Q(case=F("other")), name="cases_link_two"),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.kind} {self.other_id}"


class CaseMerge(models.Model):
    """A case merged into another. ``moved`` lists what went over and what it was before, so that undo is exact."""

    kept = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict)
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at__isnull=True), name="cases_merged_once"),
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="cases_merge_two"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="cases_merge_undone_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"


class HandOver(models.Model):
    """A case offered by one to another. Until it is accepted the old owner stays responsible."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="hand_overs")
    from_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    to_user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="hand_overs_in")
    note = models.TextField(max_length=5_000, blank=True)
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True)
    accepted = models.BooleanField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(answered_at__isnull=True), name="cases_one_open_hand_over"
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, accepted__isnull=True)
                | Q(answered_at__isnull=False, accepted__isnull=False),
                name="cases_hand_over_answer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} to {self.to_user_id}"
