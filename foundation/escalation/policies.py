"""Which policy a cause falls under, and who may answer a call."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.db.models import Q

from foundation.accounts.models import Team, User
from foundation.audit.actors import Subject
from foundation.escalation.models import EscalationPolicy, EscalationPolicyVersion
from foundation.notifications import subjects

Spec = dict[str, Any]
"""A level or a target as JSON keeps it."""

BY_HAND = "by_hand"
"""A person called. Such a call stands alone, because a person takes it back alone."""


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


def policy_for(reason: str, team: Team | None) -> EscalationPolicyVersion | None:
    """The newest version of the first active policy for this reason and team, or None when none fits."""
    of_team = Q(team__isnull=True) | Q(team=team) if team is not None else Q(team__isnull=True)
    policy = EscalationPolicy.objects.filter(of_team, is_active=True, reason=reason).first()
    return policy.current if policy else None


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


def may_see(person: User, subject: Subject) -> bool:
    """Whether the record that somebody is called for is there for ``person``."""
    return subjects.find(subject, person) is not None
