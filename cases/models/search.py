from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from foundation.accounts.models import Team
from foundation.accounts.permissions import Compartment


class CaseText(models.Model):
    """The words of a case, one row per compartment, searched only where the reader holds the compartment."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="search_texts")
    compartment = models.CharField(max_length=16, choices=Compartment.choices, blank=True)
    words = SearchVectorField()

    class Meta:
        indexes = [GinIndex(fields=["words"], name="cases_words")]
        constraints = [models.UniqueConstraint(fields=["case", "compartment"], name="cases_one_text_a_compartment")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.compartment}"


class SavedView(models.Model):
    """A search kept under a name, for one person or shared with a team."""

    name = models.CharField(_("name"), max_length=60)
    query = models.CharField(_("search"), max_length=500, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="saved_views")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="cases_one_view_a_name"),
            models.CheckConstraint(condition=~Q(name=""), name="cases_view_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
