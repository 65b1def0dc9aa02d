from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Integration
from foundation.audit.actors import Subject
from people import normal, places
from people.folding import Folded
from people.querysets import BookingQuerySet, PersonQuerySet, PetQuerySet


class PersonKind(models.TextChoices):
    OWNER = "owner", _("Owner")
    SITTER = "sitter", _("Sitter")
    PRO = "pro", _("Pro")
    VET = "vet", _("Vet")
    OTHER = "other", _("Other")


class ContactKind(models.TextChoices):
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("Email")
    HANDLE = "handle", _("Social handle")


class Person(models.Model):
    """Somebody outside the desk that cases are about. A merged person stays, pointing at who she was merged into."""

    kind = models.CharField(_("kind"), max_length=8, choices=PersonKind.choices, default=PersonKind.OTHER)
    name = models.CharField(_("name"), max_length=200)
    language = models.CharField(_("language"), max_length=35, blank=True, help_text=_("BCP 47"))
    country = models.CharField(_("country"), max_length=2, blank=True, help_text=_("ISO 3166-1 alpha-2"))
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    note = models.CharField(_("how to reach her"), max_length=500, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_people"
    )
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = PersonQuerySet.as_manager()

    class Meta:
        indexes = [
            GinIndex(OpClass(Folded("name"), name="gin_trgm_ops"), name="people_person_folded"),
            models.Index(fields=["-updated_at", "-id"], name="people_person_recent"),
        ]
        constraints = [
            models.CheckConstraint(condition=~Q(merged_into=models.F("id")), name="people_not_merged_into_self"),
            models.CheckConstraint(condition=~Q(name=""), name="people_has_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("people:person", args=[self.pk])

    @property
    def subject(self) -> Subject:
        return Subject("person", str(self.pk))

    @property
    def country_name(self) -> str:
        """Her country as the reader calls it, or ""."""
        return places.country_name(self.country) if self.country else ""

    @property
    def standing(self) -> Person:
        """The record that now stands for her: herself, or the one at the end of her merges."""
        person = self
        while person.merged_into is not None:
            person = person.merged_into
        return person

    @property
    def records(self) -> list[int]:
        """Ids of this record and of all that were merged into it: what could not go over still lies with them."""
        found, newest = [self.pk], [self.pk]
        while newest := list(Person.objects.filter(merged_into__in=newest).values_list("pk", flat=True)):
            found += newest
        return found


class ContactPoint(models.Model):
    """A way to reach somebody. ``normal`` is what is matched: E.164 for phones, lower case for emails.

    What could not be read is kept as written; its normal form then begins with ``?`` and matches nobody.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=8, choices=ContactKind.choices)
    value = models.CharField(max_length=320)
    normal = models.CharField(max_length=320)
    is_preferred = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-is_preferred", "kind", "pk"]
        indexes = [
            models.Index(fields=["kind", "normal"], name="people_contact_normal"),
            GinIndex(OpClass("normal", name="gin_trgm_ops"), name="people_contact_trgm"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "kind", "normal"], name="people_contact_once"),
            models.CheckConstraint(condition=~Q(normal=""), name="people_contact_not_empty"),
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def is_readable(self) -> bool:
        return normal.is_readable(self.normal)

    @property
    def shown(self) -> str:
        """A phone with its country code and spaced for reading; anything else as written."""
        return (
            normal.phone_for_reading(self.normal) if self.kind == ContactKind.PHONE and self.is_readable else self.value
        )

    @property
    def href(self) -> str:
        """Where a click on it leads: a call, a mail, or nowhere."""
        schemes = {ContactKind.PHONE: "tel:", ContactKind.EMAIL: "mailto:"}
        scheme = schemes.get(ContactKind(self.kind)) if self.is_readable else None
        return f"{scheme}{self.normal}" if scheme else ""


class ExternalId(models.Model):
    """What another system calls somebody."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="external_ids")
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, null=True, related_name="+")
    value = models.CharField(max_length=120)

    class Meta:
        indexes = [models.Index(fields=["value"], name="people_external_value")]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "value"], name="people_one_person_an_external_id", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return self.value


class Pet(models.Model):
    """An animal in somebody's care."""

    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="pets")
    name = models.CharField(_("name"), max_length=120, blank=True)
    species = models.CharField(_("species"), max_length=40, default="dog")
    breed = models.CharField(_("breed"), max_length=120, blank=True)
    sex = models.CharField(_("sex"), max_length=1, blank=True)
    neutered = models.BooleanField(_("neutered"), null=True)
    age_months = models.PositiveSmallIntegerField(_("age in months"), null=True, blank=True)
    age_text = models.CharField(_("age as told"), max_length=40, blank=True)
    weight_grams = models.PositiveIntegerField(_("weight in grams"), null=True, blank=True)
    health = models.CharField(_("health"), max_length=500, blank=True)
    created_at = models.DateTimeField()

    objects = PetQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name or self.breed or self.species

    @property
    def subject(self) -> Subject:
        return Subject("pet", str(self.pk))


class Booking(models.Model):
    """What was agreed on the marketplace. Amount in minor units of ``currency`` (ISO 4217)."""

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, null=True, related_name="+")
    external_id = models.CharField(_("booking id"), max_length=120)
    service = models.CharField(_("service"), max_length=80, blank=True)
    client = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings_made")
    provider = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="bookings_served"
    )
    pets = models.ManyToManyField(Pet, blank=True, related_name="bookings")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    amount_minor = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    created_at = models.DateTimeField()

    objects = BookingQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["external_id"], name="people_booking_id")]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "external_id"], name="people_one_booking_an_id", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(ends_at__gte=models.F("starts_at")),
                name="people_booking_forward",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__isnull=True, currency="") | Q(amount_minor__isnull=False, currency__gt=""),
                name="people_booking_money",
            ),
        ]

    def __str__(self) -> str:
        return self.external_id

    @property
    def subject(self) -> Subject:
        return Subject("booking", str(self.pk))


class PersonMerge(models.Model):
    """Two records of one person made one. ``moved`` lists what went over, so that undo puts it back exactly."""

    kept = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges")
    merged = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    moved = models.JSONField(default=dict)
    merged_at = models.DateTimeField()
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merged"], condition=Q(undone_at__isnull=True), name="people_merged_once"),
            models.CheckConstraint(condition=~Q(kept=models.F("merged")), name="people_merge_two"),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by__isnull=True)
                | Q(undone_at__isnull=False, undone_by__isnull=False),
                name="people_undone_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.merged_id} into {self.kept_id}"
