"""What to look for among the policies that say who is called."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.accounts.settings_warnings import SettingsWarning, register
from foundation.escalation.models import Escalation, EscalationPolicy, EscalationPolicyVersion, Schedule
from foundation.escalation.notices import NOBODY
from foundation.escalation.oncall import gaps
from foundation.escalation.outlook import Crew, Rung, look_ahead
from foundation.escalation.policies import Spec, shadowed_by

MOST_POLICIES = 50
MOST_NAMED = 3
NO_TIME = timedelta(0)
GAPS_AHEAD = timedelta(days=14)


@register
def levels_without_people(now: datetime) -> Iterator[SettingsWarning]:
    """Levels that would call nobody right now, by policy and level."""
    crew = Crew()
    for version in _in_force():
        empty: dict[int, list[str]] = {}
        for of_team in look_ahead(version, now=now, ahead=NO_TIME, crew=crew).teams:
            for rung in of_team.rungs:
                if rung.number is not None and rung.why == NOBODY and not _is_told_by_team(rung):
                    empty.setdefault(rung.number, []).append(of_team.team.name)
        for level, teams in empty.items():
            sentence = _("Level %(level)s reaches nobody now for %(teams)s.")
            yield _warning(version.policy, sentence % {"level": level, "teams": _listed(teams)}, is_grave=True)


@register
def people_who_left(now: datetime) -> Iterator[SettingsWarning]:
    """Levels and catch-alls that name somebody who has no access any more."""
    named = {version: _named_in(version) for version in _in_force()}
    everybody = {pk for people in named.values() for pk in people}
    gone = dict(User.objects.filter(pk__in=everybody, is_active=False).values_list("pk", "name"))
    for version, people in named.items():
        if left := sorted(gone[pk] for pk in people if pk in gone):
            yield _warning(
                version.policy,
                _("It calls %(names)s, who works here no more.") % {"names": _listed(left)},
                is_grave=True,
            )


@register
def policies_never_applied(now: datetime) -> Iterator[SettingsWarning]:
    """Policies whose calls an earlier one takes, or whose team is closed."""
    policies = list(EscalationPolicy.objects.filter(is_active=True).select_related("team"))
    shadowed = shadowed_by(policies)
    for policy in policies:
        if policy.pk in shadowed:
            sentence = _("It never applies: “%(earlier)s” stands before it for the same calls.")
            yield _warning(policy, sentence % {"earlier": shadowed[policy.pk].name})
        elif policy.team is not None and not policy.team.is_active:
            yield _warning(policy, _("It never applies: %(team)s is closed.") % {"team": policy.team.name})


@register
def hours_without_anybody(now: datetime) -> Iterator[SettingsWarning]:
    """Schedules in which nobody is on shift for some of the hours of the next two weeks that they are to cover."""
    until = now + GAPS_AHEAD
    for schedule in Schedule.objects.filter(is_active=True).order_by("pk")[:MOST_POLICIES]:
        if found := gaps(schedule, now, until):
            sentence = ngettext(
                "Nobody is on shift for a stretch of the next 14 days, the first from %(at)s.",
                "Nobody is on shift for %(count)s stretches of the next 14 days, the first from %(at)s.",
                len(found),
            )
            first = found[0][0].astimezone(ZoneInfo(schedule.time_zone))
            told = sentence % {"count": len(found), "at": date_format(first, "j M, H:i")}
            yield SettingsWarning(schedule.name, told, reverse("escalation:on_call"), Permission.SHIFT_EDIT)


@register
def calls_set_aside(now: datetime) -> Iterator[SettingsWarning]:
    """Calls whose step raised three times. The auditor tries them again."""
    count = Escalation.objects.unresolved().filter(quarantined_at__isnull=False).count()
    if count:
        sentence = ngettext(
            "%(count)s call is set aside: its next step failed three times.",
            "%(count)s calls are set aside: their next step failed three times.",
            count,
        )
        name, told = _("Calls set aside"), sentence % {"count": count}
        yield SettingsWarning(name, told, "", Permission.SETTINGS_VIEW, is_grave=True)


def _in_force() -> list[EscalationPolicyVersion]:
    """The newest wordings of the active policies."""
    versions = EscalationPolicyVersion.objects.filter(policy__is_active=True).select_related("policy")
    return list(versions.order_by("policy_id", "-number").distinct("policy_id")[:MOST_POLICIES])


def _is_told_by_team(rung: Rung) -> bool:
    """A level of nobody but the lead is empty where the team has none, and of that the team's own warning tells."""
    return {target["kind"] for target in rung.level.targets} <= {"team_lead"}


def _named_in(version: EscalationPolicyVersion) -> set[int]:
    targets: list[Spec] = [*version.catch_all, *(target for level in version.levels for target in level["targets"])]
    return {target["id"] for target in targets if target["kind"] == "person"}


def _listed(names: Sequence[str]) -> str:
    """The first few of them, and that there are more."""
    shown = ", ".join(names[:MOST_NAMED])
    return shown if len(names) <= MOST_NAMED else _("%(names)s and %(more)s more") % {
        "names": shown, "more": len(names) - MOST_NAMED
    }  # fmt: skip


def _warning(policy: EscalationPolicy, sentence: str, *, is_grave: bool = False) -> SettingsWarning:
    where = reverse("cases:settings_ladder", args=[policy.pk])
    return SettingsWarning(policy.name, sentence, where, Permission.ESCALATION_EDIT, is_grave)
