import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Team
from foundation.audit.actors import Subject
from foundation.notifications.querysets import InboxQuerySet, OutboxQuerySet


class Channel(models.TextChoices):
    IN_APP = "in_app", _("In the app")
    MAIL = "mail", _("Email")
    SMS = "sms", _("SMS")
    VOICE = "voice", _("Phone call")
    CHAT = "chat", _("Chat")
    WEBHOOK = "webhook", _("Webhook")


class Delivery(models.TextChoices):
    """Where a message stands. SENDING is a worker's lease; a message to be retried is QUEUED again with a later not_before.

    DELIVERED, FAILED and CANCELLED are final, and so is SENT where the channel reports no delivery.
    """

    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Sending")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Not needed any more")


class OutboxMessage(models.Model):
    """One message to one person (or address) on one channel, written in the transaction of its event.

    notice names the class that renders it, with the recipient's rights, when it is sent. gate names who is
    asked, under its own row lock, whether the send may begin (an escalation that may have been acknowledged).
    urgent messages wait for no bundle and no quiet hours. One that opens_bundle went at once; what comes within two
    minutes after it is held and shares a mail: digest is then the message that carries this one's words along with
    its own. message_id is stable over retries. context holds ids, codes, times and numbers. address: of a phone, the
    number that the first attempt went to; later ones go there or nowhere.
    """

    dedupe_key = models.CharField(max_length=200, unique=True)
    notice = models.CharField(max_length=64)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    address = models.CharField(max_length=320, blank=True)
    subject_kind = models.CharField(max_length=32)
    subject_id = models.CharField(max_length=64)
    context = models.JSONField(default=dict)
    urgent = models.BooleanField(default=False)
    gate_kind = models.CharField(max_length=32, blank=True)
    gate_id = models.CharField(max_length=64, blank=True)
    gate_step = models.CharField(max_length=32, blank=True)
    state = models.CharField(max_length=16, choices=Delivery.choices, default=Delivery.QUEUED)
    not_before = models.DateTimeField()
    opens_bundle = models.BooleanField(default=False)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    message_id = models.UUIDField(default=uuid.uuid4, unique=True)
    last_error = models.CharField(max_length=200, blank=True)
    digest = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="bundled")
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    objects = OutboxQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["not_before", "id"], condition=Q(state__in=["queued", "sending"]), name="outbox_to_send"
            ),
            models.Index(fields=["recipient", "-id"], name="outbox_to_whom"),
            models.Index(
                fields=["recipient", "created_at"], condition=Q(opens_bundle=True), name="outbox_open_bundles"
            ),
            models.Index(fields=["gate_kind", "gate_id"], condition=~Q(gate_kind=""), name="outbox_gate"),
            models.Index(fields=["-id"], condition=Q(state="failed"), name="outbox_failed"),
            models.Index(
                fields=["channel", "-id"], condition=Q(channel__in=["sms", "voice", "chat"]), name="outbox_outside"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(recipient__isnull=False) | ~Q(address=""), name="outbox_has_a_recipient"
            ),
            models.CheckConstraint(
                condition=Q(state="sending", leased_until__isnull=False)
                | (~Q(state="sending") & Q(leased_until__isnull=True)),
                name="outbox_leased_while_sending",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["sent", "delivered"]) | Q(sent_at__isnull=False), name="outbox_sent_when"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} {self.channel} {self.state}"

    @property
    def subject(self) -> Subject:
        return Subject(self.subject_kind, self.subject_id)


class Outcome(models.TextChoices):
    """What became of one attempt to send. LOST: its worker died; whether anything left is not known."""

    BEGUN = "begun", _("Under way")
    LEFT = "left", _("Left")
    DELIVERED = "delivered", _("Delivered")
    LATER = "later", _("To be tried again")
    FAILED = "failed", _("Failed")
    LOST = "lost", _("Lost")
    NOT_NEEDED = "not_needed", _("Not needed any more")


class Attempt(models.Model):
    """One try to send a message, written before it begins. Together they are the ledger of deliveries.

    code: why it failed, the provider's own where it gives one. said: the provider's words, never ours about the record.
    provider_id: how the provider calls what it took.
    """

    message = models.ForeignKey(OutboxMessage, on_delete=models.PROTECT, related_name="tries")
    number = models.PositiveSmallIntegerField()
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=16, choices=Outcome.choices, default=Outcome.BEGUN)
    code = models.CharField(max_length=40, blank=True)
    said = models.CharField(max_length=200, blank=True)
    provider_id = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="begun", ended_at__isnull=True) | (~Q(outcome="begun") & Q(ended_at__isnull=False)),
                name="outbox_attempt_ended_when",
            )
        ]

    def __str__(self) -> str:
        return f"{self.message_id} #{self.number} {self.outcome}"


class Phone(models.Model):
    """Somebody's own number for SMS and calls, in E.164. Nothing but a code goes there before she has typed that code.

    nonce: what the code is made from (codes.py); a new number or a new code has a new one. The code itself is kept
    nowhere.
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="phone")
    number = models.CharField(max_length=16)
    verified_at = models.DateTimeField(null=True)
    nonce = models.UUIDField(default=uuid.uuid4)
    code_until = models.DateTimeField()
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(number__regex=r"^\+[1-9][0-9]{6,14}$"), name="notifications_phone_is_e164"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {'verified' if self.verified_at else 'not verified'}"


class ChatHook(models.Model):
    """Where a team's chat takes messages: an incoming webhook as Slack gives them. Whoever knows the address may post."""

    team = models.OneToOneField(Team, on_delete=models.CASCADE, related_name="chat_hook")
    url = models.CharField(max_length=500)
    changed_at = models.DateTimeField()
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.team_id}"

    @property
    def shown(self) -> str:
        """Enough to tell two apart, too little to post by."""
        return f"{urlsplit(self.url).hostname}/…{self.url[-4:]}"


class InboxItem(models.Model):
    """A notice in somebody's inbox in the app. Says what and about which record; rendered with her rights when read."""

    message = models.OneToOneField(OutboxMessage, on_delete=models.PROTECT, related_name="inbox_item")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="inbox")
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)

    objects = InboxQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-id"], name="inbox_of"),
            models.Index(fields=["user"], condition=Q(read_at__isnull=True), name="inbox_unread"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.message_id}"


class Preference(models.Model):
    """Whether somebody wants a notice on a channel. No row: as the notice ships. Urgent notices ask nobody."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="preferences")
    notice = models.CharField(max_length=64)
    channel = models.CharField(max_length=16, choices=Channel.choices)
    wanted = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "notice", "channel"], name="notifications_one_preference")
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.notice} {self.channel} {self.wanted}"


class QuietHours(models.Model):
    """When somebody's ordinary mail waits, in her own zone. The instant it resumes is stored on the message."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiet_hours")
    from_time = models.TimeField()
    to_time = models.TimeField()

    def __str__(self) -> str:
        return f"{self.user_id} {self.from_time}-{self.to_time}"
