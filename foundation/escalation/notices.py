"""What escalations say: to whom they call, and to the admins when there is nobody to call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission, Role
from foundation.escalation.reasons import reason_name
from foundation.notifications import subjects
from foundation.notifications.models import OutboxMessage
from foundation.notifications.notices import Notice, WhenHidden, register
from foundation.notifications.rendering import absolute

COVERAGE = "coverage"
"""The kind of record that a gap is about: a team's cover, never the case that found the gap."""

NOBODY, NOBODY_MAY_SEE, OUTSIDE_WINDOW, SILENCE = "nobody", "nobody_may_see", "outside_window", "silence"
"""Why a call reaches nobody."""

_GAPS: Mapping[str, str | Promise] = {
    NOBODY: _("A call found nobody to reach."),
    NOBODY_MAY_SEE: _("A call found nobody cleared to answer it."),
    SILENCE: _("Everybody was called and nobody answered."),
}


@dataclass(frozen=True, slots=True)
class Coverage:
    """A team's cover; team None: of records that belong to no team."""

    team: Team | None


@register
class EscalationPageNotice(Notice):
    """Somebody is needed, and it is her turn. Waits for no bundle, and with severity 1 for no quiet hours."""

    code = "escalation_page"
    title = _("You are called")
    bundles = False
    may_be_declined = False
    when_hidden = WhenHidden.BARE

    def concerns(self, reader: User) -> bool:
        return reader.may(Permission.ESCALATION_ACKNOWLEDGE)

    def facts(self, message: OutboxMessage, record: Any) -> Mapping[str, Any]:
        path = reverse("escalation:list")
        return {"why": reason_name(message.context["reason"]), "answer_path": path, "answer_link": absolute(path)}


@register
class CoverageGapNotice(Notice):
    """Nobody could be called, or nobody answered. Goes to admins, so it holds no word about the record."""

    code = "coverage_gap"
    title = _("Nobody to call")
    may_be_declined = False

    def concerns(self, reader: User) -> bool:
        return reader.role == Role.ADMIN

    def facts(self, message: OutboxMessage, record: Any) -> Mapping[str, Any]:
        return {"sentence": _GAPS[message.context["gap"]]}


def find_coverage(reader: User, pk: str) -> Coverage | None:
    if reader.role != Role.ADMIN:
        return None
    return Coverage(Team.objects.filter(pk=pk).first() if pk != "0" else None)


subjects.register(
    COVERAGE,
    find=find_coverage,
    label=lambda coverage: coverage.team.name if coverage.team else "",
    url=lambda coverage: reverse("notifications:inbox"),
    named_in_mail=False,
)
