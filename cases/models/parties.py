from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from people.models import Person


class PartyRole(models.TextChoices):
    """What somebody is to the marketplace or to the incident (contract.md, role)."""

    OWNER = "owner", _("Owner")
    SITTER = "sitter", _("Sitter")
    WALKER = "walker", _("Walker")
    PRO = "pro", _("Pro")
    VET = "vet", _("Vet")
    WITNESS = "witness", _("Witness")
    NEIGHBOUR = "neighbour", _("Neighbour")
    AUTHORITY = "authority", _("Authority")
    STAFF = "staff", _("Staff")
    OTHER = "other", _("Other")


class Capacity(models.TextChoices):
    """The side somebody stands on in this case."""

    REPORTER = "reporter", _("Reporter")
    RESPONDENT = "respondent", _("Respondent")
    INVOLVED = "involved", _("Involved")


class Party(models.Model):
    """A person's place in a case: her role and her side."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="parties")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="parties")
    role = models.CharField(max_length=16, choices=PartyRole.choices)
    capacity = models.CharField(max_length=16, choices=Capacity.choices)
    added_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["person", "case"], name="cases_of_a_person")]
        constraints = [
            models.UniqueConstraint(fields=["case", "person", "capacity"], name="cases_party_once"),
            models.UniqueConstraint(fields=["case"], condition=Q(capacity="reporter"), name="cases_one_reporter"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.capacity} in {self.case_id}"
