"""Writing the policies that say who is called: their wordings, their order, and whether they apply."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Team, User
from foundation.audit import trail
from foundation.escalation import events
from foundation.escalation.ladders import Problem, problems_of
from foundation.escalation.models import EscalationPolicy, EscalationPolicyVersion
from foundation.escalation.policies import Spec, check_edits_ladder, shadowed_by
from foundation.escalation.reasons import known_reasons
from foundation.workflow.wordings import check_newest


class LadderRefused(Exception):
    """Levels that cannot be published. ``problems`` are the sentences for whoever wrote them, all of them."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__(" ".join(str(problem) for problem in problems))
        self.problems = problems


@transaction.atomic
def create_policy(
    *,
    name: str,
    reason: str,
    team: Team | None,
    levels: Sequence[Spec],
    repeat: int = 0,
    catch_all: Sequence[Spec] = (),
    is_active: bool = True,
    by: User,
    now: datetime,
) -> EscalationPolicy:
    """Make a policy for a reason and a team, or for every team, and publish its first wording.

    It stands right before the first of its reason that serves every team: after that one it never applied. Raises as
    publish_policy does, and where the name is taken or the reason unknown.
    """
    check_edits_ladder(team, by=by)
    name = _name(name)
    others = _policies_locked()
    if reason not in known_reasons():
        raise LadderRefused(Problem(None, _("Choose what starts the call."), {}))
    policy, is_new = EscalationPolicy.objects.get_or_create(
        slug=slugify(name, allow_unicode=True)[:50] or "unnamed",
        defaults={"name": name, "reason": reason, "team": team, "is_active": is_active},
    )
    if not is_new:
        raise LadderRefused(Problem(None, _("There is a policy of this name already."), {}))
    rivals = (place for place, each in enumerate(others) if each.reason == reason and each.team_id is None)
    place = next(rivals, len(others))
    _place([*others[:place], policy, *others[place:]])
    _check_applies(policy)
    publish_policy(policy, name=name, levels=levels, repeat=repeat, catch_all=catch_all, by=by, now=now)
    return policy


@transaction.atomic
def publish_policy(
    policy: EscalationPolicy,
    *,
    levels: Sequence[Spec],
    repeat: int,
    catch_all: Sequence[Spec],
    name: str | None = None,
    is_active: bool | None = None,
    based_on: int | None = None,
    by: User,
    now: datetime,
) -> EscalationPolicyVersion:
    """Publish another wording of a policy, its name and whether it applies with it. Calls that are out keep theirs.

    The same levels again publish nothing. Raises LadderRefused for levels that nobody could climb and for a policy that
    an earlier one would leave nothing to, Overtaken where ``based_on`` is not the newest wording, and PermissionDenied
    for a lead of another team.
    """
    policy = next(each for each in _policies_locked() if each.pk == policy.pk)
    check_edits_ladder(policy.team, by=by)
    newest = policy.versions.order_by("-number").first()
    check_newest(newest.number if newest else 0, based_on)
    if problems := problems_of(levels, catch_all, repeat, reason=policy.reason, team=policy.team):
        raise LadderRefused(*problems)
    if name is not None and policy.name != _name(name):
        policy.name = _name(name)
        policy.save(update_fields=["name"])
        trail.record(events.LADDER_RENAMED, about=policy, by=by, name=policy.name)
    if is_active is not None and policy.is_active != is_active:
        policy.is_active = is_active
        policy.save(update_fields=["is_active"])
        _check_applies(policy)
        trail.record(events.LADDER_SWITCHED, about=policy, by=by, active=is_active)
    wording: dict[str, Any] = {"levels": list(levels), "repeat": repeat, "catch_all": list(catch_all)}
    if newest is not None and all(getattr(newest, part) == said for part, said in wording.items()):
        return newest
    version = EscalationPolicyVersion.objects.create(
        policy=policy, number=newest.number + 1 if newest else 1, created_at=now, created_by=by, **wording
    )
    trail.record(events.LADDER_PUBLISHED, about=policy, by=by, number=version.number)
    return version


@transaction.atomic
def move_policy(policy: EscalationPolicy, *, up: bool, by: User) -> None:
    """A place up or down among the policies of its reason; at an end it stays. Calls that are out keep their levels.

    Only two policies change places, one of them hers: nothing changes for a team that is not.
    """
    policies = _policies_locked()
    policy = next(each for each in policies if each.pk == policy.pk)
    check_edits_ladder(policy.team, by=by)
    rivals = [place for place, each in enumerate(policies) if each.reason == policy.reason]
    stood = next(n for n, place in enumerate(rivals) if policies[place] == policy)
    goes = stood + (-1 if up else 1)
    if not 0 <= goes < len(rivals):
        return
    here, there = rivals[stood], rivals[goes]
    policies[here], policies[there] = policies[there], policies[here]
    _place(policies)
    trail.record(events.LADDER_MOVED, about=policy, by=by, place=goes + 1)


def _policies_locked() -> list[EscalationPolicy]:
    """Every policy in order, all locked: two who order them at once would leave an order that neither chose."""
    list(EscalationPolicy.objects.select_for_update(no_key=True).order_by("pk"))
    return list(EscalationPolicy.objects.select_related("team__lead"))


def _place(policies: Sequence[EscalationPolicy]) -> None:
    for place, policy in enumerate(policies, start=1):
        policy.position = place * 10
    EscalationPolicy.objects.bulk_update(policies, ["position"])


def _check_applies(policy: EscalationPolicy) -> None:
    """A policy that comes into force has something to do."""
    if policy.is_active and policy.team is not None and not policy.team.is_active:
        raise LadderRefused(
            Problem(None, _("%(team)s is closed, so nothing would call by this."), {"team": policy.team})
        )
    earlier = shadowed_by(list(EscalationPolicy.objects.all())).get(policy.pk)
    if earlier is not None:
        sentence = _("It would never apply: “%(earlier)s” stands before it for the same calls. Switch one of them off.")
        raise LadderRefused(Problem(None, sentence, {"earlier": earlier.name}))


def _name(name: str) -> str:
    name = " ".join(name.split())
    if not 0 < len(name) <= 80:
        raise LadderRefused(Problem(None, _("A name has 1 to 80 characters."), {}))
    return name
