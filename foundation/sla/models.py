from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.audit.actors import Subject
from foundation.sla.calendar import BusinessCalendar


class Metric(models.TextChoices):
    """What a clock measures (sla-and-escalation.md 1-5)."""

    FIRST_RESPONSE = "first_response", _("First response")
    NEXT_RESPONSE = "next_response", _("Next response")
    PERIODIC_UPDATE = "periodic_update", _("Update")
    RESOLUTION = "resolution", _("Resolution")


class ClockState(models.TextChoices):
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Met")
    CANCELLED = "cancelled", _("Cancelled")


class FireKind(models.TextChoices):
    """What a clock does next by itself."""

    WARN = "warn", _("Warning")
    BREACH = "breach", _("Breach")


class ClockEventKind(models.TextChoices):
    START = "start", _("Started")
    WARN = "warn", _("Warned")
    BREACH = "breach", _("Breached")
    MET = "met", _("Met")
    CANCEL = "cancel", _("Cancelled")
    PAUSE = "pause", _("Paused")
    RESUME = "resume", _("Resumed")
    RETARGET = "retarget", _("Retargeted")


ONCE = [ClockEventKind.START, ClockEventKind.WARN, ClockEventKind.BREACH, ClockEventKind.MET, ClockEventKind.CANCEL]
SEVERAL = [ClockEventKind.PAUSE, ClockEventKind.RESUME, ClockEventKind.RETARGET]


class Rollout(models.Model):
    """How far a new wording has reached the clocks that run: every record up to ``applied_upto``, all at ``applied_at``."""

    applied_upto = models.BigIntegerField(default=0)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Calendar(models.Model):
    """When a team counts time. What it says lies in immutable versions."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("calendar", str(self.pk))

    @property
    def current(self) -> CalendarVersion:
        return self.versions.latest("number")


class CalendarVersion(Rollout):
    """One wording of a calendar; ``spec`` is what BusinessCalendar.from_spec reads. The wording is never edited."""

    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    spec = models.JSONField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["calendar", "number"], name="sla_calendar_version_number")]

    def __str__(self) -> str:
        return f"{self.calendar} {self.number}"

    @property
    def hours(self) -> BusinessCalendar:
        return BusinessCalendar.from_spec(self.spec)


class Policy(models.Model):
    """Which targets a case gets. The first policy in ``position`` whose conditions fit applies."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveIntegerField(default=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("sla_policy", str(self.pk))

    @property
    def current(self) -> PolicyVersion:
        return self.versions.latest("number")


class PolicyVersion(Rollout):
    """One wording of a policy: its conditions and its targets. The wording is never edited."""

    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    kinds = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    teams = ArrayField(models.SlugField(), default=list, blank=True)
    markets = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["policy", "number"], name="sla_policy_version_number")]

    def __str__(self) -> str:
        return f"{self.policy} {self.number}"


class Target(models.Model):
    """How long a metric may take at a severity, in business seconds of a calendar.

    warn_percents and warn_seconds are business time: percents of the target used, seconds left before due.
    pause_on lists the waiting reasons that pause this metric; first_response never pauses.
    """

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="targets")
    metric = models.CharField(max_length=32)
    severity = models.PositiveSmallIntegerField()
    seconds = models.PositiveIntegerField()
    calendar = models.ForeignKey(Calendar, on_delete=models.PROTECT, related_name="+")
    warn_percents = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True)
    warn_seconds = ArrayField(models.PositiveIntegerField(), default=list, blank=True)
    pause_on = ArrayField(models.CharField(max_length=16), default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["version", "metric", "severity"], name="sla_one_target"),
            models.CheckConstraint(condition=Q(severity__gte=1, severity__lte=4), name="sla_target_severity"),
            models.CheckConstraint(condition=Q(seconds__gt=0), name="sla_target_positive"),
            models.CheckConstraint(
                condition=~Q(metric="first_response") | Q(pause_on=[]), name="sla_first_response_never_pauses"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} SEV-{self.severity}: {self.seconds} s"


class ClockBase(models.Model):
    """A clock = subject x metric x cycle, with the policy, calendar and target it started under.

    Narrow on purpose: the sweep reads nothing else. All instants are UTC. ``pauses`` is a list of
    ``[from, to or null, reason]`` as ISO 8601; ``carried_seconds`` is business time used by earlier cycles, or in
    another calendar until ``counted_from``. ``set_at`` is when the desk set it going or last gave it another target:
    warnings before it are skipped.
    ``breached_at`` is the true time and is never cleared. ``next_fire_at`` of a breached clock is when its
    breach is announced.
    """

    metric = models.CharField(max_length=32)
    cycle = models.PositiveSmallIntegerField(default=1)
    severity = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, choices=ClockState.choices, default=ClockState.RUNNING)
    policy_version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="+")
    calendar_version = models.ForeignKey(CalendarVersion, on_delete=models.PROTECT, related_name="+")
    target_seconds = models.PositiveIntegerField()
    carried_seconds = models.PositiveIntegerField(default=0)
    counted_from = models.DateTimeField(null=True)
    warn_percents = ArrayField(models.PositiveSmallIntegerField(), default=list)
    warn_seconds = ArrayField(models.PositiveIntegerField(), default=list)
    pause_on = ArrayField(models.CharField(max_length=16), default=list)
    pauses = models.JSONField(default=list)
    started_at = models.DateTimeField()
    set_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    carried_breach = models.BooleanField(default=False)
    met_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    next_fire_at = models.DateTimeField(null=True)
    next_fire_kind = models.CharField(max_length=8, choices=FireKind.choices, blank=True)
    next_fire_threshold = models.IntegerField(default=0)
    seq = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    quarantined_at = models.DateTimeField(null=True)
    breach_reason = models.CharField(max_length=32, blank=True)
    breach_reason_at = models.DateTimeField(null=True)
    breach_reason_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        abstract = True


class ClockEventBase(models.Model):
    """Something a clock did. Append-only. ``at`` is the true time, ``detected_at`` when the desk knew.

    threshold: the warning's percent, or minus its seconds before due; 0 for everything else.
    seq counts pauses, resumes and retargets of one clock.
    """

    kind = models.CharField(max_length=16, choices=ClockEventKind.choices)
    threshold = models.IntegerField(default=0)
    seq = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()
    detected_at = models.DateTimeField()
    reason = models.CharField(max_length=32, blank=True)
    target_seconds = models.PositiveIntegerField(null=True)

    class Meta:
        abstract = True


def clock_constraints(prefix: str, subject: str) -> list[models.BaseConstraint]:
    """What must never be false of a clock, for the concrete table ``prefix`` about the field ``subject``."""
    return [
        models.UniqueConstraint(fields=[subject, "metric", "cycle"], name=f"{prefix}_one_a_cycle"),
        models.CheckConstraint(condition=Q(severity__gte=1, severity__lte=4), name=f"{prefix}_severity"),
        models.CheckConstraint(
            condition=Q(state=ClockState.MET, met_at__isnull=False)
            | (~Q(state=ClockState.MET) & Q(met_at__isnull=True)),
            name=f"{prefix}_met_when",
        ),
        models.CheckConstraint(
            condition=Q(state=ClockState.CANCELLED, cancelled_at__isnull=False)
            | (~Q(state=ClockState.CANCELLED) & Q(cancelled_at__isnull=True)),
            name=f"{prefix}_cancelled_when",
        ),
        models.CheckConstraint(
            condition=Q(next_fire_at__isnull=True)
            | Q(state=ClockState.RUNNING)
            | Q(state=ClockState.PAUSED, breached_at__isnull=False),
            name=f"{prefix}_only_running_fire",
        ),
        models.CheckConstraint(
            condition=Q(next_fire_at__isnull=True, next_fire_kind="")
            | Q(next_fire_at__isnull=False, next_fire_kind__gt=""),
            name=f"{prefix}_fires_what_when",
        ),
        models.CheckConstraint(
            condition=~Q(metric=Metric.FIRST_RESPONSE) | ~Q(state=ClockState.PAUSED),
            name=f"{prefix}_first_never_pauses",
        ),
        models.CheckConstraint(
            condition=Q(breach_reason="", breach_reason_at__isnull=True, breach_reason_by__isnull=True)
            | Q(breach_reason__gt="", breach_reason_at__isnull=False, breach_reason_by__isnull=False),
            name=f"{prefix}_reason_by_whom",
        ),
    ]


def clock_event_constraints(prefix: str) -> list[models.BaseConstraint]:
    """One event a kind and threshold; pauses, resumes and retargets one a seq."""
    return [
        models.UniqueConstraint(
            fields=["clock", "kind", "threshold"], condition=Q(kind__in=ONCE), name=f"{prefix}_once"
        ),
        models.UniqueConstraint(fields=["clock", "seq"], condition=Q(kind__in=SEVERAL), name=f"{prefix}_in_order"),
    ]
