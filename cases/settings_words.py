"""Wordings of settings in lines, so that two of them can be laid side by side: in a preview, in a history, after a clash."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from cases.category_forms import LANGUAGE_NAMES, when
from cases.models import CategoryVersion, Kind
from cases.workflow import WaitingOn
from foundation.accounts.permissions import Level
from foundation.sla.durations import write_duration
from foundation.sla.matching import ALWAYS_SLUG
from foundation.sla.models import Metric, PolicyVersion, Target
from foundation.sla.operations import NewTarget
from foundation.sla.typed_hours import DAYS, hours_as_typed
from people.places import country_name

Lines = Mapping[str, str]
"""What a wording says, by what it is about."""


class Change(NamedTuple):
    """One line that differs; ``was`` or ``becomes`` is empty where it is new or gone."""

    label: str
    was: str
    becomes: str


def changes(before: Lines, after: Lines) -> list[Change]:
    labels = [*after, *(label for label in before if label not in after)]
    pairs = [Change(label, before.get(label, ""), after.get(label, "")) for label in labels]
    return [pair for pair in pairs if pair.was != pair.becomes]


def policy_lines(version: PolicyVersion) -> Lines:
    """A wording of a policy, its targets prefetched with their calendars."""
    return _policy(version.kinds, version.teams, version.markets, version.targets.all())


def typed_policy_lines(wording: Mapping[str, Any]) -> Lines:
    return _policy(wording["kinds"], wording["teams"], wording["markets"], wording["targets"])


def _policy(
    kinds: Sequence[str], teams: Sequence[str], markets: Sequence[str], targets: Iterable[Target | NewTarget]
) -> Lines:
    every = pgettext("of conditions", "every one")
    lines = {
        _("Kinds"): ", ".join(str(Kind(kind).label) if kind in Kind.values else kind for kind in kinds) or every,
        _("Teams"): ", ".join(teams) or every,
        _("Markets"): ", ".join(markets) or every,
    }
    for target in sorted(targets, key=lambda each: (Metric.values.index(each.metric), each.severity)):
        lines[f"{Metric(target.metric).label}, SEV-{target.severity}"] = _target(target)
    return lines


def _target(target: Target | NewTarget) -> str:
    parts = [write_duration(target.seconds)]
    # SEV-1 counts around the clock whatever is stored (rule 7), so a calendar beside it would mislead.
    if target.severity > 1 and target.calendar.slug != ALWAYS_SLUG:
        parts.append(_("in %(calendar)s") % {"calendar": target.calendar.name})
    warned = [f"{percent}%" for percent in target.warn_percents]
    warned += [_("%(time)s before") % {"time": write_duration(each)} for each in target.warn_seconds]
    if warned:
        parts.append(_("warns at %(warned)s") % {"warned": ", ".join(warned)})
    if target.pause_on:
        reasons = [str(WaitingOn(reason).label).lower() for reason in target.pause_on]
        parts.append(_("pauses on %(reasons)s") % {"reasons": ", ".join(reasons)})
    return "; ".join(parts)


def calendar_lines(spec: Mapping[str, Any]) -> Lines:
    if spec.get("always"):
        return {_("Open"): _("at every hour")}
    closed = _("closed")
    lines = {_("Time zone"): str(spec["tz"])}
    lines |= {str(label): hours_as_typed(spec["hours"].get(day, {})) or closed for day, label in DAYS}
    if region := spec.get("holidays"):
        part = f" ({region['subdiv']})" if region.get("subdiv") else ""
        lines[_("Public holidays")] = country_name(region["country"]) + part
    lines |= {str(day): closed for day in spec.get("hol", ())}
    lines |= {str(day): hours_as_typed(hours) or closed for day, hours in spec.get("overrides", {}).items()}
    return lines


def category_lines(version: CategoryVersion) -> Lines:
    lines = {LANGUAGE_NAMES[language]: str(name) for language, name in version.names.items()}
    if version.category.parent_id is None:
        return lines
    lines[_("Starting level")] = str(Level(version.level).label)
    lines[_("Suggested severity")] = f"SEV-{version.severity}"
    for number, rule in enumerate(version.severity_rules, start=1):
        condition = when(rule["fact"], rule["equals"])
        said = " / ".join(rule["says"].values())
        lines[_("Rule %(number)s") % {"number": number}] = f"{condition} → SEV-{rule['severity']}. {said}"
    return lines
