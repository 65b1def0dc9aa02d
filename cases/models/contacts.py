from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from cases.models.parties import Party
from cases.querysets import ContactQuerySet
from foundation.accounts.models import Integration


class Direction(models.TextChoices):
    IN = "in", _("They to us")
    OUT = "out", _("We to them")


class ContactChannel(models.TextChoices):
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("Email")
    SMS = "sms", _("SMS")
    CHAT = "chat", _("Chat")
    SOCIAL = "social", _("Social media")
    IN_PERSON = "in_person", _("In person")
    PORTAL = "portal", _("Portal")


class Contact(models.Model):
    """A word between the desk and somebody outside; the only thing that moves response clocks. Never edited."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts")
    direction = models.CharField(max_length=3, choices=Direction.choices)
    channel = models.CharField(max_length=16, choices=ContactChannel.choices)
    party = models.ForeignKey(Party, on_delete=models.SET_NULL, null=True, blank=True, related_name="contacts")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    automatic = models.BooleanField(default=False)
    occurred_at = models.DateTimeField()
    seconds = models.PositiveIntegerField(null=True, blank=True)
    body = models.TextField(blank=True, max_length=20_000)
    submission = models.UUIDField(null=True, unique=True)
    created_at = models.DateTimeField()

    objects = ContactQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case", "-occurred_at", "-id"], name="cases_contacts")]
        constraints = [
            models.CheckConstraint(
                condition=Q(direction="in") | Q(automatic=True) | Q(by__isnull=False) | Q(integration__isnull=False),
                name="cases_contact_out_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.direction} {self.channel} {self.occurred_at}"
