"""Escalation policies in lines, so that two wordings can be laid side by side."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from cases.settings_words import Lines
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.escalation.models import EscalationPolicyVersion, Schedule
from foundation.escalation.policies import Spec
from foundation.notifications.models import Channel
from foundation.sla.durations import write_duration


class LadderWords:
    """The words of these levels, with everybody they name looked up once."""

    def __init__(self, ladders: Iterable[tuple[Sequence[Spec], Sequence[Spec]]]) -> None:
        targets = [
            target
            for levels, catch_all in ladders
            for target in (*catch_all, *(each for level in levels for each in level["targets"]))
        ]
        people = {target["id"] for target in targets if target["kind"] == "person"}
        self._people = dict(User.objects.filter(pk__in=people).values_list("pk", "name")) if people else {}
        slugs = {target["id"] for target in targets if target["kind"] == "schedule"}
        self._schedules = dict(Schedule.objects.filter(slug__in=slugs).values_list("slug", "name")) if slugs else {}

    def lines(self, levels: Sequence[Spec], repeat: int, catch_all: Sequence[Spec]) -> Lines:
        lines = {_("Level %(level)s") % {"level": n}: self.level(level) for n, level in enumerate(levels, start=1)}
        lines[_("Further rounds")] = str(repeat)
        lines[_("When nobody answers")] = self.targets(catch_all) or _("nobody else")
        return lines

    def of_version(self, version: EscalationPolicyVersion) -> Lines:
        return self.lines(version.levels, version.repeat, version.catch_all)

    def level(self, level: Spec) -> str:
        parts = [
            self.targets(level["targets"]),
            channel_names(level["channels"]),
            _("waits %(time)s") % {"time": write_duration(level["ack_seconds"])},
        ]
        if window := level.get("window"):
            parts.append(_("from %(opens)s to %(closes)s") % {"opens": window["from"], "closes": window["to"]})
        return "; ".join(filter(None, parts))

    def targets(self, targets: Sequence[Spec]) -> str:
        return ", ".join(self.target(target) for target in targets)

    def target(self, target: Spec) -> str:
        kind, named = target["kind"], target.get("id")
        if kind == "person":
            return self._people.get(target["id"], _("somebody unknown"))
        if kind == "schedule":
            return self._schedules.get(str(named), str(named))
        if kind == "role":
            role = Role(named).label if named in Role.values else named
            words = _("%(role)s on shift") if target.get("on_shift", True) else _("every %(role)s")
            return words % {"role": str(role).lower()}
        return {"team_lead": _("the team's lead"), "named": _("whomever the call names")}.get(kind, _("admins"))


def channel_names(channels: Sequence[str]) -> str:
    return ", ".join(str(Channel(each).label).lower() if each in Channel.values else each for each in channels)
