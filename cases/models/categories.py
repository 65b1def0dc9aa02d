from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.audit.actors import Subject


class Category(models.Model):
    """A place in the category tree. What it says lies in immutable versions; cases point at the version they were filed under."""

    slug = models.SlugField(unique=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveIntegerField(default=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.slug

    @property
    def subject(self) -> Subject:
        return Subject("category", str(self.pk))

    @property
    def current(self) -> CategoryVersion:
        return self.versions.get(is_current=True)


class CategoryVersion(models.Model):
    """One wording of a category: its names, starting level and suggested severities. Never edited.

    names: ``{"en": "Bite", "es": ..., "pt": ...}``. severity: suggested without further facts.
    severity_rules: list of ``{"fact": "emergency_care", "equals": [..], "severity": 1, "says": {...}}``, first match wins.
    """

    category = models.ForeignKey(Category, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    names = models.JSONField()
    hints = models.JSONField(default=dict, blank=True)
    level = models.PositiveSmallIntegerField(_("starting level"))
    severity = models.PositiveSmallIntegerField(_("suggested severity"))
    severity_rules = models.JSONField(default=list, blank=True)
    is_current = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["category", "number"], name="cases_category_version_number"),
            models.UniqueConstraint(
                fields=["category"], condition=Q(is_current=True), name="cases_category_one_current"
            ),
            models.CheckConstraint(condition=Q(severity__gte=1, severity__lte=4), name="cases_category_severity"),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=4), name="cases_category_level"),
        ]

    def __str__(self) -> str:
        return self.name()

    def name(self, language: str = "en") -> str:
        """Its name in a language (BCP 47; the primary subtag decides), English where that is missing."""
        return str(self.names.get(language.split("-")[0].lower()) or self.names["en"])

    def hint(self, language: str = "en") -> str:
        """What belongs in it, in a sentence and a language; empty where nobody wrote one."""
        return str(self.hints.get(language.split("-")[0].lower()) or self.hints.get("en", ""))
