"""Which policy a cause falls under, and whom its levels name."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import time
from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission, Relation
from foundation.escalation.models import EscalationPolicy, EscalationPolicyVersion
from foundation.notifications.models import Channel

Spec = dict[str, Any]
"""A level or a target as JSON keeps it."""

BY_HAND = "by_hand"
"""A person called. Such a call stands alone, because a person takes it back alone."""


CHANNELS = (Channel.IN_APP, Channel.MAIL, Channel.SMS, Channel.VOICE, Channel.CHAT)
"""The ways a level may call by. All of a level's leave at once; what one cannot deliver goes on by mail."""


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


def check_edits_ladder(team: Team | None, *, by: User) -> None:
    """A lead edits the policies of her own teams, a manager everybody's. Raises PermissionDenied with the sentence."""
    if not by.may(Permission.ESCALATION_EDIT):
        raise PermissionDenied(_("Leads and managers decide who is called."))
    if Relation.EVERY_TEAM in by.ceilings:
        return
    if team is None:
        raise PermissionDenied(_("This policy serves every team, so a manager changes it."))
    if team.pk not in by.team_ids:
        raise PermissionDenied(_("This policy belongs to %(team)s, so its lead changes it.") % {"team": team.name})


def edits_ladder_not(team: Team | None, *, by: User) -> str:
    """Why she may not change a policy of this team; empty where she may."""
    try:
        check_edits_ladder(team, by=by)
    except PermissionDenied as denied:
        return str(denied)
    return ""


def shadowed_by(policies: Sequence[EscalationPolicy]) -> dict[int, EscalationPolicy]:
    """The active policies that never apply, by id, each with the earlier one that takes all that it would.

    ``policies`` in their order.
    """
    shadowed: dict[int, EscalationPolicy] = {}
    before: list[EscalationPolicy] = []
    for policy in policies:
        if not policy.is_active:
            continue
        takes = (each for each in before if each.reason == policy.reason and each.team_id in (None, policy.team_id))
        if (earlier := next(takes, None)) is not None:
            shadowed[policy.pk] = earlier
        before.append(policy)
    return shadowed


def teams_served(policy: EscalationPolicy) -> list[Team]:
    """The active teams whose calls go by this policy: those that no earlier one takes. None while it is off."""
    if not policy.is_active:
        return []
    earlier = EscalationPolicy.objects.filter(is_active=True, reason=policy.reason)
    taken: set[int | None] = set()
    for each in earlier:
        if each.pk == policy.pk:
            break
        taken.add(each.team_id)
    teams = Team.objects.filter(is_active=True).select_related("lead")
    mine = teams if policy.team_id is None else teams.filter(pk=policy.team_id)
    return [] if None in taken else [team for team in mine if team.pk not in taken]
