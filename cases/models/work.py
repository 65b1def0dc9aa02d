from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models.case import Case
from foundation.audit.actors import Subject


class Note(models.Model):
    """An internal note: staff only, never a message. Never edited, so what was known when stays known."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="notes")
    body = models.TextField(max_length=20_000)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    mentions = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="+")
    submission = models.UUIDField(null=True, unique=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["case", "-created_at"], name="cases_notes")]
        constraints = [models.CheckConstraint(condition=~Q(body=""), name="cases_note_not_empty")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.created_at}"


class Draft(models.Model):
    """What somebody was typing: kept on the server so that no reload, expiry or change of owner loses it.

    key names the form and its kind ("case:12:note"); a draft of one kind never comes back in a form of another.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="drafts")
    key = models.CharField(max_length=120)
    fields = models.JSONField(default=dict)
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="cases_one_draft")]

    def __str__(self) -> str:
        return self.key


class Task(models.Model):
    """Something to do on a case, by somebody, by a time."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="tasks")
    title = models.CharField(_("task"), max_length=200)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks"
    )
    due_at = models.DateTimeField(_("due"), null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    reminded_at = models.DateTimeField(null=True)
    submission = models.UUIDField(null=True, unique=True)

    class Meta:
        indexes = [models.Index(fields=["due_at"], condition=Q(done_at__isnull=True), name="cases_tasks_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
                name="cases_task_done_by_whom",
            )
        ]

    def __str__(self) -> str:
        return self.title


class Playbook(models.Model):
    """A checklist for cases of some categories (by slug; empty: every category)."""

    slug = models.SlugField(unique=True)
    names = models.JSONField()
    categories = ArrayField(models.SlugField(), default=list, blank=True)
    position = models.PositiveIntegerField(default=100)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return str(self.names.get("en", self.slug))

    def name(self, language: str = "en") -> str:
        """Its name in a language (the primary subtag decides), English where that is missing."""
        return str(self.names.get(language.split("-")[0].lower()) or self)

    @property
    def subject(self) -> Subject:
        return Subject("playbook", str(self.pk))


class PlaybookItem(models.Model):
    """One step of a playbook. A gate has to be ticked before the case can be resolved."""

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    texts = models.JSONField()
    is_gate = models.BooleanField(default=False)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["playbook", "position"], name="cases_playbook_order")]

    def __str__(self) -> str:
        return str(self.texts.get("en", ""))


class Check(models.Model):
    """A step of the playbook as it stands on one case; its wording is copied, so later edits change no past case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="checks")
    item = models.ForeignKey(PlaybookItem, on_delete=models.SET_NULL, null=True, related_name="+")
    position = models.PositiveIntegerField()
    texts = models.JSONField()
    is_gate = models.BooleanField(default=False)
    ticked_at = models.DateTimeField(null=True)
    ticked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "position"], name="cases_check_order"),
            models.CheckConstraint(
                condition=Q(ticked_at__isnull=True, ticked_by__isnull=True)
                | Q(ticked_at__isnull=False, ticked_by__isnull=False),
                name="cases_check_ticked_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.text()

    def text(self, language: str = "en") -> str:
        """Its wording in a language, English where that is missing."""
        return str(self.texts.get(language.split("-")[0].lower()) or self.texts["en"])
