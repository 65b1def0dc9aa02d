from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from cases.models.case import Case
from cases.models.parties import Party
from foundation.accounts.models import Integration
from foundation.accounts.permissions import Compartment
from foundation.audit.actors import Subject


class Evidence(models.Model):
    """A file about a case: bytes as received in the storage backend, hashed at intake, hidden until revealed.

    content_type is told from the bytes, never from the name. display_name is the re-encoded picture without
    its metadata, for showing; empty for what is only downloaded.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    title = models.CharField(max_length=200)
    description = models.TextField(blank=True, max_length=5_000)
    original_name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    stored_as = models.CharField(max_length=255)
    display_as = models.CharField(max_length=255, blank=True)
    compartment = models.CharField(max_length=16, choices=Compartment.choices, blank=True)
    party = models.ForeignKey(Party, on_delete=models.SET_NULL, null=True, blank=True, related_name="evidence")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["added_at", "id"]
        verbose_name_plural = "evidence"
        constraints = [
            models.UniqueConstraint(fields=["case", "sha256"], name="cases_evidence_once"),
            models.CheckConstraint(
                condition=Q(added_by__isnull=False) | Q(integration__isnull=False), name="cases_evidence_from_somebody"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def subject(self) -> Subject:
        return Subject("evidence", str(self.pk))

    @property
    def is_image(self) -> bool:
        return bool(self.display_as)

    @property
    def display_type(self) -> str:
        """The content type of the picture that is shown, which is seldom that of the original."""
        return "image/png" if self.display_as.endswith(".png") else "image/jpeg"


class Reveal(models.Model):
    """Somebody looked behind the veil. Opens the bytes to her for a while; the trail keeps it for ever."""

    evidence = models.ForeignKey(Evidence, on_delete=models.CASCADE, related_name="reveals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    revealed_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["evidence", "user", "-expires_at"], name="cases_revealed_to")]

    def __str__(self) -> str:
        return f"{self.evidence_id} to {self.user_id}"
