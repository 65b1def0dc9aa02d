from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.categories import CategoryVersion
from people.models import Booking, Pet


class Harm(models.TextChoices):
    """How badly somebody, person or animal, was hurt."""

    UNKNOWN = "", _("Not known")
    NONE = "none", _("Nobody hurt")
    MINOR = "minor", _("Minor")
    SERIOUS = "serious", _("Serious")
    DEATH = "death", _("Death")


class EmergencyCare(models.TextChoices):
    """Whether a doctor or vet had to help at once."""

    UNKNOWN = "", _("Not known")
    NO = "no", _("No")
    PERSON = "person", _("For a person")
    ANIMAL = "animal", _("For an animal")
    BOTH = "both", _("For both")


class Authority(models.TextChoices):
    """Who outside can have been informed."""

    POLICE = "police", _("Police")
    ANIMAL_CONTROL = "animal_control", _("Animal control")
    HEALTH = "health", _("Health department")
    CHILD_SERVICES = "child_services", _("Child protection")


class Incident(models.Model):
    """What happened: the facts of a case of kind incident. Loss in minor units of ``loss_currency`` (ISO 4217)."""

    case = models.OneToOneField(Case, on_delete=models.CASCADE, primary_key=True, related_name="incident")
    category = models.ForeignKey(CategoryVersion, on_delete=models.PROTECT, related_name="incidents")
    occurred_at = models.DateTimeField(_("when it happened"), null=True, blank=True)
    occurred_date_only = models.BooleanField(default=False)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    place = models.CharField(_("where"), max_length=300, blank=True)
    booking = models.ForeignKey(Booking, on_delete=models.PROTECT, null=True, blank=True, related_name="incidents")
    pets = models.ManyToManyField(Pet, through="CasePet", related_name="incidents")
    people_hurt = models.CharField(_("people hurt"), max_length=8, choices=Harm.choices, blank=True)
    animals_hurt = models.CharField(_("animals hurt"), max_length=8, choices=Harm.choices, blank=True)
    emergency_care = models.CharField(_("emergency care"), max_length=8, choices=EmergencyCare.choices, blank=True)
    immediate_danger = models.BooleanField(_("somebody is in danger now"), default=False)
    authorities = ArrayField(models.CharField(max_length=16), default=list, blank=True)
    authority_reference = models.CharField(_("their reference"), max_length=120, blank=True)
    loss_minor = models.BigIntegerField(_("loss, estimated"), null=True, blank=True)
    loss_currency = models.CharField(_("currency"), max_length=3, blank=True)
    details = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(loss_minor__isnull=True, loss_currency="") | Q(loss_minor__gte=0, loss_currency__gt=""),
                name="cases_loss_has_a_currency",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.category}"

    def authority_names(self) -> list[str]:
        """Who outside was informed, in the reader's language."""
        known = dict(Authority.choices)
        return [str(known.get(code, code)) for code in self.authorities]


class CasePet(models.Model):
    """An animal in an incident, and how it fared."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="case_pets")
    pet = models.ForeignKey(Pet, on_delete=models.PROTECT, related_name="case_pets")
    harm = models.CharField(max_length=8, choices=Harm.choices, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "pet"], name="cases_pet_once")]

    def __str__(self) -> str:
        return f"{self.pet_id} in {self.incident_id}"
