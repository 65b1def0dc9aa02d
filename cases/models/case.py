from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from cases.querysets import CaseQuerySet
from cases.references import NextReference
from cases.workflow import OPEN_STATES, CaseState, Outcome, WaitingOn
from foundation.accounts.models import Integration, Team
from foundation.accounts.permissions import Level
from foundation.audit.actors import Subject


class Kind(models.TextChoices):
    """What a case is about. Further kinds come with their apps."""

    INCIDENT = "incident", _("Incident")


class Channel(models.TextChoices):
    """How a report came in (contract.md)."""

    PHONE = "phone", _("Phone")
    EMAIL = "email", _("Email")
    SMS = "sms", _("SMS")
    CHAT = "chat", _("Chat")
    SOCIAL = "social", _("Social media")
    API = "api", _("API")
    FORM = "form", _("Form")
    IMPORT = "import", _("Import")
    IN_PERSON = "in_person", _("In person")


class Band(models.IntegerChoices):
    """The three bands of the queue, most pressing first."""

    PERSON_WAITING = 1, _("A person is waiting")
    DUE = 2, _("Due today and next")
    WAITING_ON_OTHERS = 3, _("Waiting on others")


class Case(models.Model):
    """The unit of work, whatever it is about.

    urgent_at places it in the queue (performance.md): next due instant minus head starts; with ``band`` it is
    set by the operation that changes an input. ``version`` grows with every change of the details and is what
    a stale write is refused by. ``last_*`` repeat the newest external contact, so that lists need not look.
    """

    reference = models.CharField(max_length=16, unique=True, db_default=NextReference(), editable=False)
    kind = models.CharField(max_length=24, choices=Kind.choices, default=Kind.INCIDENT)
    state = models.CharField(max_length=16, choices=CaseState.choices, default=CaseState.NEW)
    title = models.CharField(_("title"), max_length=200)
    description = models.TextField(_("what happened"), blank=True, max_length=20_000)
    severity = models.PositiveSmallIntegerField(_("severity"))
    severity_suggested = models.PositiveSmallIntegerField()
    severity_reason = models.CharField(_("why not the suggestion"), max_length=500, blank=True)
    confidentiality = models.PositiveSmallIntegerField(_("level"), choices=Level.choices, default=Level.C1)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="cases")
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="cases"
    )
    escalated_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="escalated_cases"
    )
    channel = models.CharField(_("channel"), max_length=16, choices=Channel.choices)
    market = models.CharField(_("market"), max_length=2)
    language = models.CharField(_("language"), max_length=35, default="en")
    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, null=True, related_name="cases")
    external_id = models.CharField(max_length=120, blank=True)
    content_sha256 = models.CharField(max_length=64, blank=True)
    submission = models.UUIDField(null=True, unique=True)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="opened_cases"
    )

    waiting_on = models.CharField(max_length=16, choices=WaitingOn.choices, blank=True)
    waiting_until = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=24, choices=Outcome.choices, blank=True)
    duplicate_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="duplicates")
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged_cases"
    )
    flagged_for_legal = models.BooleanField(default=False)
    legal_hold = models.BooleanField(default=False)

    received_at = models.DateTimeField(_("received"))
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    last_contact_at = models.DateTimeField(null=True)
    last_contact_in = models.BooleanField(null=True)
    last_contact_role = models.CharField(max_length=16, blank=True)

    urgent_at = models.DateTimeField()
    band = models.PositiveSmallIntegerField(choices=Band.choices, default=Band.PERSON_WAITING)
    version = models.PositiveIntegerField(default=1)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["band", "urgent_at", "id"], condition=Q(state__in=sorted(OPEN_STATES)), name="cases_queue"
            ),
            models.Index(
                fields=["team", "band", "urgent_at", "id"],
                condition=Q(state__in=sorted(OPEN_STATES)),
                name="cases_team_queue",
            ),
            models.Index(
                fields=["assignee", "band", "urgent_at", "id"],
                condition=Q(state__in=sorted(OPEN_STATES)),
                name="cases_own_queue",
            ),
            models.Index(fields=["-received_at", "-id"], name="cases_newest"),
            models.Index(fields=["integration", "id"], name="cases_by_integration"),
            models.Index(fields=["waiting_until"], condition=Q(state="waiting"), name="cases_to_resume"),
            models.Index(
                Coalesce("last_contact_at", "resolved_at"), condition=Q(state="resolved"), name="cases_to_close"
            ),
            GinIndex(OpClass("reference", name="gin_trgm_ops"), name="cases_reference_trgm"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["integration", "external_id"], condition=~Q(external_id=""), name="cases_one_an_external_id"
            ),
            models.CheckConstraint(condition=Q(severity__gte=1, severity__lte=4), name="cases_severity"),
            models.CheckConstraint(
                condition=Q(severity_suggested__gte=1, severity_suggested__lte=4), name="cases_suggestion"
            ),
            models.CheckConstraint(condition=Q(confidentiality__gte=1, confidentiality__lte=4), name="cases_level"),
            models.CheckConstraint(
                condition=Q(severity=F("severity_suggested")) | ~Q(severity_reason=""),
                name="cases_override_has_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", waiting_on__gt="")
                | (~Q(state="waiting") & Q(waiting_on="", waiting_until__isnull=True)),
                name="cases_waiting_on_whom",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved") | Q(outcome__gt="", resolved_at__isnull=False), name="cases_resolved_how"
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False) | (~Q(state="closed") & Q(closed_at__isnull=True)),
                name="cases_closed_when",
            ),
            models.CheckConstraint(condition=~Q(duplicate_of=F("id")), name="cases_not_its_own_duplicate"),
            models.CheckConstraint(condition=~Q(merged_into=F("id")), name="cases_not_merged_into_self"),
        ]

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("cases:case", args=[self.reference])

    @property
    def subject(self) -> Subject:
        return Subject("case", str(self.pk))

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES
