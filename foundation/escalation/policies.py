"""Which policy a cause falls under, and whom its levels name."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from foundation.accounts.models import Team, User
from foundation.escalation.models import EscalationPolicy, EscalationPolicyVersion
from foundation.notifications.models import Channel

Spec = dict[str, Any]
"""A level or a target as JSON keeps it."""

BY_HAND = "by_hand"
"""A person called. Such a call stands alone, because a person takes it back alone."""


CHANNELS = (Channel.IN_APP, Channel.MAIL, Channel.SMS, Channel.VOICE, Channel.CHAT)
"""The ways a level may call by. All of a level's leave at once; what one cannot deliver goes on by mail."""


def check_channels(channels: Sequence[str]) -> None:
    """Raise ValidationError, with the sentence, for ways that a level cannot call by."""
    if not channels:
        raise ValidationError(_("A level calls by one channel at least."))
    if unknown := [channel for channel in channels if channel not in CHANNELS]:
        raise ValidationError(_("A level cannot call by %(channel)s.") % {"channel": unknown[0]})
    if len(set(channels)) != len(channels):
        raise ValidationError(_("A level names each channel once."))


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a snapshot: whom to call, how, for how long, and when in the team's day."""

    targets: Sequence[Spec]
    channels: Sequence[str]
    ack_seconds: int
    window: tuple[time, time] | None = None

    @classmethod
    def from_spec(cls, spec: Spec) -> "Level":
        window = spec.get("window")
        return cls(
            targets=spec["targets"],
            channels=spec["channels"],
            ack_seconds=spec["ack_seconds"],
            window=(time.fromisoformat(window["from"]), time.fromisoformat(window["to"])) if window else None,
        )


LEAD_ALONE: list[Spec] = [
    {"targets": [{"kind": "team_lead"}], "channels": ["in_app", "mail"], "ack_seconds": 900, "window": None}
]
"""What applies when no policy fits: a cause nobody wrote a policy for must not be met with silence."""


def policies_for(reasons: Collection[str]) -> Callable[[str, Team | None], EscalationPolicyVersion | None]:
    """For these reasons: how to find, by reason and team, the newest version of the first active policy that fits.

    None where none fits. Two statements, whatever is asked of it afterwards.
    """
    policies = list(EscalationPolicy.objects.filter(is_active=True, reason__in=reasons))
    versions = EscalationPolicyVersion.objects.filter(policy__in=policies).order_by("policy_id", "-number")
    newest = {version.policy_id: version for version in versions.distinct("policy_id")}

    def find(reason: str, team: Team | None) -> EscalationPolicyVersion | None:
        of_team = {None, team.pk if team is not None else None}
        fits = (policy for policy in policies if policy.reason == reason and policy.team_id in of_team)
        policy = next(fits, None)
        return newest[policy.pk] if policy else None

    return find


def levels_for(version: EscalationPolicyVersion | None, named: User | None) -> list[Spec]:
    """The levels as this escalation will run them: "named" becomes the person named, or goes when nobody is."""
    levels = []
    for level in version.levels if version else LEAD_ALONE:
        targets = [
            {"kind": "person", "id": named.pk} if target["kind"] == "named" and named is not None else target
            for target in level["targets"]
            if target["kind"] != "named" or named is not None
        ]
        if targets:
            levels.append({**level, "targets": targets})
    return levels
