from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Team
from foundation.audit.actors import Subject
from foundation.escalation.querysets import EscalationQuerySet, RotationQuerySet, ShiftQuerySet
from foundation.escalation.rotations import Turns
from foundation.escalation.workflow import EscalationState, SwapState


class EscalationPolicy(models.Model):
    """Whom to page, level after level. What it says lies in immutable versions.

    The first active policy in ``position`` whose reason is the cause's and whose team is the record's, or
    no team, applies.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    reason = models.CharField(max_length=48, help_text=_("What starts it, such as breach:first_response or by_hand."))
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    position = models.PositiveIntegerField(default=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("escalation_policy", str(self.pk))

    @property
    def current(self) -> EscalationPolicyVersion:
        return self.versions.latest("number")


class EscalationPolicyVersion(models.Model):
    """One wording of a policy. Never edited.

    levels: ordered list of ``{"targets": [...], "channels": ["in_app", "mail"], "ack_seconds": n,
    "window": {"from": "HH:MM", "to": "HH:MM"} or null}``, the window in the team's zone; what a target may be
    stands in targets.py, which channels in policies.py. repeat: 0-9 further rounds; catch_all: targets paged when
    everybody stayed silent.
    """

    policy = models.ForeignKey(EscalationPolicy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    levels = models.JSONField()
    repeat = models.PositiveSmallIntegerField(default=0)
    catch_all = models.JSONField(default=list)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="escalation_policy_version_number"),
            models.CheckConstraint(condition=Q(repeat__lte=9), name="escalation_repeat_0_to_9"),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.number}"


class Escalation(models.Model):
    """One running call for somebody, about a record of any kind. The levels are a snapshot of the policy.

    key: the cause that started it. reason: that of the oldest cause that is not over. level counts from 0, and the
    one after the last is the catch-all; round counts repeats; cycle grows with every re-trigger after an
    acknowledgement ran out.
    next_step_at: when the level is passed on (triggered) or the acknowledgement runs out (acknowledged).
    """

    key = models.CharField(max_length=200, unique=True)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    reason = models.CharField(max_length=48)
    severity = models.PositiveSmallIntegerField()
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="+")
    policy_version = models.ForeignKey(EscalationPolicyVersion, on_delete=models.PROTECT, null=True, related_name="+")
    levels = models.JSONField()
    repeat = models.PositiveSmallIntegerField(default=0)
    catch_all = models.JSONField(default=list)
    state = models.CharField(max_length=16, choices=EscalationState.choices, default=EscalationState.TRIGGERED)
    level = models.PositiveSmallIntegerField(default=0)
    round = models.PositiveSmallIntegerField(default=0)
    cycle = models.PositiveSmallIntegerField(default=1)
    started_at = models.DateTimeField()
    next_step_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    acknowledged_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    quarantined_at = models.DateTimeField(null=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_step_at"], condition=Q(next_step_at__isnull=False), name="escalation_next_step"),
            models.Index(fields=["subject_kind", "subject_id"], name="escalation_about"),
            models.Index(
                fields=["-started_at"],
                condition=Q(state__in=["triggered", "acknowledged", "exhausted"]),
                name="escalation_unresolved",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=EscalationState.ACKNOWLEDGED)
                | Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False, acknowledged_until__isnull=False),
                name="escalation_acknowledged_by_whom",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_by__isnull=True, acknowledged_at__isnull=True)
                | Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False),
                name="escalation_acknowledged_pair",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["resolved", "exhausted"], ended_at__isnull=False, next_step_at__isnull=True)
                | Q(state__in=["triggered", "acknowledged"], ended_at__isnull=True),
                name="escalation_ended_when",
            ),
            models.CheckConstraint(condition=Q(severity__gte=1, severity__lte=4), name="escalation_severity"),
        ]

    def __str__(self) -> str:
        return f"{self.reason} {self.subject_kind}:{self.subject_id} {self.state}"

    @property
    def subject(self) -> Subject:
        return Subject(self.subject_kind, self.subject_id)

    @property
    def step(self) -> str:
        """Whose turn it is: a page belongs to one step and is not sent at another."""
        return f"{self.cycle}.{self.round}.{self.level}"


class Cause(models.Model):
    """Something that called for somebody: the one that started an escalation, or one that joined it while it ran.

    key: one effect per cause, for ever, also after the escalation it joined is over.
    ended_at: when what it called for was done, which may be before the escalation is over.
    """

    key = models.CharField(max_length=200, unique=True)
    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="causes")
    reason = models.CharField(max_length=48)
    severity = models.PositiveSmallIntegerField()
    occurred_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        # How many called within the last minutes: asked by the page of every lead while there is a storm.
        indexes = [models.Index(fields=["occurred_at"], name="escalation_cause_when")]

    def __str__(self) -> str:
        return f"{self.reason} of {self.escalation_id}"


class Page(models.Model):
    """A person paged at a level of an escalation: the ledger of who was called, when and on which channel."""

    escalation = models.ForeignKey(Escalation, on_delete=models.PROTECT, related_name="pages")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="pages")
    level = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=0)
    cycle = models.PositiveSmallIntegerField(default=1)
    channel = models.CharField(max_length=16)
    message = models.OneToOneField("notifications.OutboxMessage", on_delete=models.PROTECT, related_name="page")
    paged_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["escalation", "person", "level", "round", "cycle", "channel"], name="escalation_one_page"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} level {self.level} {self.channel}"


class Schedule(models.Model):
    """Who is on shift for a team, by rotations and by shifts put down one by one.

    hours: the local hours in which somebody ought to be on shift, by day as a calendar writes them; {}: all of them.
    A schedule out of use puts nobody on shift. gaps_checked_at: when somebody was last to be warned of its gaps.
    """

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="schedules")
    time_zone = models.CharField(max_length=64, default="UTC")
    hours = models.JSONField(default=dict, blank=True)
    is_active = models.BooleanField(default=True)
    gaps_checked_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("schedule", str(self.pk))


class TurnUnit(models.TextChoices):
    DAY = "day", _("Days")
    WEEK = "week", _("Weeks")


class Rotation(models.Model):
    """One wording of whose turn it is in a schedule. Never edited: another wording follows where this one ends.

    length turns of ``unit`` each; weeks begin on ``weekday`` (Monday is 0). hand_over_at is local, and so are ``hours``,
    outside which nobody is on by this rotation; {}: around the clock. The first turn is the one under way on
    ``starts_on``. It counts from starts_at until ends_at (UTC).
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="rotations")
    name = models.CharField(_("name"), max_length=80)
    follows = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="followed_by")
    unit = models.CharField(max_length=8, choices=TurnUnit.choices)
    length = models.PositiveSmallIntegerField(default=1)
    weekday = models.PositiveSmallIntegerField(null=True, choices=list(WEEKDAYS.items()))
    hand_over_at = models.TimeField()
    time_zone = models.CharField(max_length=64)
    hours = models.JSONField(default=dict, blank=True)
    starts_on = models.DateField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RotationQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["schedule", "starts_at", "ends_at"], name="escalation_rotation_counts")]
        constraints = [
            # One that ends where it starts never counted: it was replaced before its first turn.
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gte=models.F("starts_at")),
                name="escalation_rotation_forward",
            ),
            models.CheckConstraint(
                condition=Q(unit=TurnUnit.WEEK, weekday__gte=0, weekday__lte=6)
                | Q(unit=TurnUnit.DAY, weekday__isnull=True),
                name="escalation_rotation_weekday",
            ),
            models.CheckConstraint(condition=Q(length__gte=1), name="escalation_rotation_length"),
        ]

    def __str__(self) -> str:
        return self.name

    def turns(self, people: list[Any]) -> Turns:
        """Its arithmetic, for people in their order (rotations.py)."""
        return Turns.of(
            people=tuple(people),
            weeks=self.unit == TurnUnit.WEEK,
            length=self.length,
            weekday=self.weekday,
            hand_over=self.hand_over_at,
            zone=self.time_zone,
            hours=self.hours,
            starts_on=self.starts_on,
        )


class RotationPlace(models.Model):
    """Somebody's place in the order of a rotation, counted from 0."""

    rotation = models.ForeignKey(Rotation, on_delete=models.PROTECT, related_name="places")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="rotation_places")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["rotation", "position"]
        constraints = [
            models.UniqueConstraint(fields=["rotation", "position"], name="escalation_one_place"),
            models.UniqueConstraint(fields=["rotation", "person"], name="escalation_one_place_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.position} in {self.rotation_id}"


class Swap(models.Model):
    """Somebody asks a colleague to take a shift of hers, for one of the colleague's or for nothing in return.

    starts_at, ends_at: what asked_by gives. back_starts_at, back_ends_at: what asked_of gives in return. Accepted, each
    of the two becomes an override.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="swaps")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="swaps_asked")
    asked_of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="swaps_to_answer")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    back_starts_at = models.DateTimeField(null=True)
    back_ends_at = models.DateTimeField(null=True)
    state = models.CharField(max_length=16, choices=SwapState.choices, default=SwapState.ASKED)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["starts_at", "pk"]
        indexes = [models.Index(fields=["schedule", "state", "starts_at"], name="escalation_swaps_open")]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="escalation_swap_forward"),
            models.CheckConstraint(
                condition=Q(back_starts_at__isnull=True, back_ends_at__isnull=True)
                | Q(back_starts_at__isnull=False, back_ends_at__gt=models.F("back_starts_at")),
                name="escalation_swap_back_forward",
            ),
            models.CheckConstraint(condition=~Q(asked_by=models.F("asked_of")), name="escalation_swap_of_two"),
            models.CheckConstraint(
                condition=Q(state=SwapState.ASKED, answered_at__isnull=True)
                | (~Q(state=SwapState.ASKED) & Q(answered_at__isnull=False)),
                name="escalation_swap_answered_when",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.asked_by_id} asks {self.asked_of_id}: {self.state}"


class Shift(models.Model):
    """Somebody on shift from one instant to another (UTC). Overrides win over what a rotation made.

    instead_of: whose place an override takes; without one it takes everybody's of the schedule. One that was taken
    back counts for nothing.
    """

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="shifts")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, help_text=_("Empty: at all hours, until somebody ends it."))
    is_override = models.BooleanField(default=False)
    instead_of = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    swap = models.ForeignKey(Swap, on_delete=models.PROTECT, null=True, related_name="shifts")
    taken_back_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=200, blank=True)

    objects = ShiftQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["schedule", "starts_at", "ends_at"], name="escalation_on_shift")]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=models.F("starts_at")),
                name="escalation_shift_forward",
            ),
            models.CheckConstraint(
                condition=Q(instead_of__isnull=True, swap__isnull=True) | Q(is_override=True),
                name="escalation_only_overrides_replace",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} from {self.starts_at}"


class ShiftNote(models.Model):
    """What whoever goes off shift leaves for whoever comes on. Read once the next has said so."""

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    body = models.TextField()
    written_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-written_at", "-pk"]
        indexes = [models.Index(fields=["schedule", "-written_at"], name="escalation_notes_newest")]
        constraints = [
            models.CheckConstraint(
                condition=Q(read_at__isnull=True, read_by__isnull=True)
                | Q(read_at__isnull=False, read_by__isnull=False),
                name="escalation_note_read_pair",
            )
        ]

    def __str__(self) -> str:
        return f"{self.author_id} at {self.written_at}"
