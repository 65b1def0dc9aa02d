from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower
from django.utils.crypto import salted_hmac
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import (
    NAMEABLE,
    ROLES,
    SCOPES,
    Compartment,
    Level,
    Permission,
    Relation,
    Role,
    RoleSpec,
)
from foundation.accounts.querysets import UserQuerySet
from foundation.audit.actors import Actor, Subject


class Theme(models.TextChoices):
    SYSTEM = "", _("As the system")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class User(AbstractBaseUser):
    """A member of staff. Signs in with email; what she may do and see follows from her one role.

    session_epoch is part of what a session is checked against: raising it ends every session of hers.
    """

    email = models.EmailField(_("email"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=16, choices=[c for c in Role.choices if c[0] != Role.INTEGRATION])
    is_active = models.BooleanField(default=True)
    named_for_staff_subject = models.BooleanField(
        default=False, help_text=_("The named lead who sees cases about members of staff.")
    )
    language = models.CharField(_("language"), max_length=8, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    theme = models.CharField(_("theme"), max_length=8, choices=Theme.choices, blank=True, default=Theme.SYSTEM)
    shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)
    session_epoch = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()
    deactivated_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]

    objects = UserQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_one_user_an_email"),
            models.CheckConstraint(
                condition=models.Q(is_active=True, deactivated_at__isnull=True)
                | models.Q(is_active=False, deactivated_at__isnull=False),
                name="accounts_inactive_since",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def actor(self) -> Actor:
        return Actor("staff", str(self.pk))

    @property
    def subject(self) -> Subject:
        return Subject("staff", str(self.pk))

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What Django compares a session with at every request, so that ending them costs no look-up of sessions."""
        return salted_hmac(
            "foundation.accounts.User.session",
            f"{self.session_epoch}:{self.password}",
            secret=secret,
            algorithm="sha256",
        ).hexdigest()

    @property
    def spec(self) -> RoleSpec:
        return ROLES[Role(self.role)]

    @property
    def ceilings(self) -> Mapping[Relation, Level]:
        """For each relation to a case, the highest level that it opens to her: her role's, and what she is named for."""
        if self.named_for_staff_subject and self.role in NAMEABLE:
            return {**self.spec.ceilings, Relation.NAMED: Level.C4}
        return self.spec.ceilings

    def may(self, permission: str) -> bool:
        """Whether her role holds the capability. A deactivated person may nothing."""
        return self.is_active and permission in self.spec.permissions

    def holds(self, compartment: str) -> bool:
        """Whether she holds a compartment in every case that she sees."""
        if compartment == Compartment.NONE:
            return True
        if compartment == Compartment.STAFF_SUBJECT and Relation.NAMED in self.ceilings:
            return True
        return compartment in self.spec.compartments

    @cached_property
    def own_teams(self) -> "tuple[Team, ...]":
        """The teams whose queue is hers: those she belongs to and those she leads. Read once an instance."""
        hers = models.Q(memberships__user=self) | models.Q(lead=self)
        return tuple(Team.objects.filter(hers, is_active=True).order_by("pk").distinct())

    @property
    def team_ids(self) -> tuple[int, ...]:
        return tuple(team.pk for team in self.own_teams)

    @property
    def initials(self) -> str:
        words = self.name.split()
        return (words[0][:1] + words[-1][:1] if len(words) > 1 else self.name[:2]).upper()


class Skills(models.Model):
    """Which cases a rule may give somebody. An empty list asks nothing: every language, every market, every kind.

    languages: primary subtags such as "es". markets: ISO 3166-1 alpha-2. kinds: as skills.kinds() names them.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="skills")
    languages = ArrayField(models.CharField(max_length=8), default=list, blank=True)
    markets = ArrayField(models.CharField(max_length=2), default=list, blank=True)
    kinds = ArrayField(models.CharField(max_length=24), default=list, blank=True)

    def __str__(self) -> str:
        return f"skills of {self.user_id}"


class Team(models.Model):
    """A group of staff with its own queue, in a country and a time zone."""

    slug = models.SlugField(unique=True)
    name = models.CharField(_("name"), max_length=80)
    country = models.CharField(
        _("country"), max_length=2, blank=True, help_text=_("ISO 3166-1 alpha-2; empty: every country.")
    )
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    lead = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="leads")
    members = models.ManyToManyField(User, through="Membership", related_name="teams")
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("team", str(self.pk))


class Membership(models.Model):
    """Somebody's place in a team's queue."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "team"], name="accounts_once_in_a_team")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"


class Route(models.Model):
    """Cases of this market (and language, when given) go to this team. The more exact route wins."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="routes")
    market = models.CharField(_("market"), max_length=2)
    language = models.CharField(_("language"), max_length=35, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["market", "language"], name="accounts_one_route")]

    def __str__(self) -> str:
        return f"{self.market} {self.language or '*'}"


class Integration(models.Model):
    """A system that writes cases: the marketplace, telephony, payments, an import. Outlives its keys."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def subject(self) -> Subject:
        return Subject("integration", str(self.pk))


class ApiKey(models.Model):
    """A key of an integration. Only its SHA-256 is kept; the prefix tells keys apart."""

    integration = models.ForeignKey(Integration, on_delete=models.PROTECT, related_name="keys")
    prefix = models.CharField(max_length=16, unique=True)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=32), default=list)
    allowed_networks = ArrayField(models.CharField(max_length=64), default=list, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.integration} {self.prefix}"

    @property
    def actor(self) -> Actor:
        return Actor("integration", str(self.integration_id))

    @property
    def subject(self) -> Subject:
        return Subject("api_key", str(self.pk))

    def may(self, permission: str) -> bool:
        """Whether one of its scopes opens the capability, within the integration role."""
        if permission not in ROLES[Role.INTEGRATION].permissions:
            return False
        return any(Permission(permission) in SCOPES.get(scope, frozenset()) for scope in self.scopes)

    def live(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    # DRF asks these two of whoever is signed in.
    is_authenticated = True
    is_active = True


class AnsweredCall(models.Model):
    """A call of the API that was answered under an Idempotency-Key: one effect a caller and key."""

    caller_kind = models.CharField(max_length=16)
    caller_id = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    answer = models.JSONField()
    headers = models.JSONField(default=dict)
    answered_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["answered_at"], name="accounts_answers_by_age")]
        constraints = [
            models.UniqueConstraint(fields=["caller_kind", "caller_id", "key"], name="accounts_one_effect_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.caller_kind}:{self.caller_id} {self.key}"
