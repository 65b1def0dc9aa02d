import uuid
from datetime import datetime

from django.db import models
from django.db.models.functions import Now


class Entry(models.Model):
    """One thing that happened. Append-only: the database refuses UPDATE, DELETE and TRUNCATE.

    Holds ids, codes, times and numbers. Free text lies encrypted in Payload; ``texts`` maps each text's
    name to ``{"sha256": hex, "payload": uuid}``. id and time come from the database.
    """

    id = models.BigAutoField(primary_key=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)
    event = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=16)
    actor_id = models.CharField(max_length=64)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    data = models.JSONField(default=dict)
    texts = models.JSONField(default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["subject_kind", "subject_id", "-id"], name="audit_entry_about"),
            models.Index(fields=["actor_kind", "actor_id", "-id"], name="audit_entry_by"),
            models.Index(fields=["event", "-id"], name="audit_entry_event"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.subject_kind}:{self.subject_id}"

    @property
    def happened_at(self) -> datetime:
        """When it was recorded; of history put down later (history.py), when it is told to have happened."""
        told = self.data.get("told_at")
        return datetime.fromisoformat(told) if told else self.recorded_at


class SubjectKey(models.Model):
    """The key that encrypts the texts about one subject. Destroying it erases them; the chain still holds.

    A subject has at most one live key. Texts written after an erasure get a new one.
    """

    subject_kind = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    wrapped = models.BinaryField(null=True)
    destroyed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"],
                condition=models.Q(destroyed_at__isnull=True),
                name="audit_one_live_key_a_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(wrapped__isnull=True) ^ models.Q(destroyed_at__isnull=True),
                name="audit_key_there_or_destroyed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject_kind}:{self.subject_id}"


class Payload(models.Model):
    """A free text of the trail, encrypted with the key of its subject. Append-only."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    key = models.ForeignKey(SubjectKey, on_delete=models.PROTECT, related_name="payloads")
    ciphertext = models.BinaryField()

    def __str__(self) -> str:
        return str(self.id)


class Seal(models.Model):
    """A batch of entries hashed together with the seal before it. Append-only."""

    sealed_at = models.DateTimeField(db_default=Now(), editable=False)
    entries = models.PositiveIntegerField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["previous_hash"], name="audit_chain_never_forks")]

    def __str__(self) -> str:
        return self.hash[:12]


class Sealed(models.Model):
    """Which seal an entry lies in, and where. Append-only.

    digest is the SHA-256 of the entry's canonical line: it names the entry that was changed, where the seal's
    hash could only say that one of its batch was.
    """

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, primary_key=True, related_name="sealed")
    seal = models.ForeignKey(Seal, on_delete=models.PROTECT, related_name="members")
    position = models.PositiveIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["seal", "position"], name="audit_one_place_in_a_seal")]

    def __str__(self) -> str:
        return f"{self.entry_id} in {self.seal_id}"
