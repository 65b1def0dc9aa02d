from __future__ import annotations

from django.conf import settings
from django.db import models

from foundation.accounts.models import Integration
from foundation.audit.actors import Subject


class ImportRun(models.Model):
    """One run of an import: what came, what became of it, and the rows that were refused with why.

    errors: at most 1,000 of ``{"row": n, "field": name, "message": sentence}``.
    """

    mapping = models.CharField(max_length=64)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="import_runs")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    errors = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.mapping} {self.started_at}"

    @property
    def subject(self) -> Subject:
        return Subject("import", str(self.pk))
