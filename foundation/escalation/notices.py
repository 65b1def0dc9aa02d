"""What escalations say: to whom they call, and to the admins when there is nobody to call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission, Role
from foundation.escalation.models import Schedule
from foundation.escalation.reasons import reason_name
from foundation.notifications import subjects
from foundation.notifications.models import Channel, OutboxMessage
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


STANDS_IN, RELIEVED, TAKEN_BACK = "stands_in", "relieved", "taken_back"
"""What a change of shifts means to whoever is told of it."""


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


class ShiftNotice(Notice):
    """Something about who is on shift in a schedule."""

    def concerns(self, reader: User) -> bool:
        return reader.may(Permission.SHIFT_SWAP)


@register
class ShiftChangedNotice(ShiftNotice):
    """She stands in for somebody, somebody stands in for her, or neither any more."""

    code = "shift_changed"
    title = _("Your shifts were changed")
    may_be_declined = False


@register
class SwapAskedNotice(ShiftNotice):
    """A colleague asks her to take a shift."""

    code = "swap_asked"
    title = _("Somebody asks to swap a shift")


@register
class SwapAnsweredNotice(ShiftNotice):
    """Whether the colleague takes it."""

    code = "swap_answered"
    title = _("A swap you asked for is answered")


@register
class ShiftNoteNotice(ShiftNotice):
    """The shift before left a note. It is read on its page, by those whom it is for."""

    code = "shift_note"
    title = _("A note from the shift before")
    channels = (Channel.IN_APP,)


@register
class ShiftGapNotice(Notice):
    """Hours are coming in which nobody is on shift. At most once a day a schedule."""

    code = "shift_gap"
    title = _("Hours without anybody on shift")

    def concerns(self, reader: User) -> bool:
        return reader.may(Permission.SHIFT_EDIT)


def find_schedule(reader: User, pk: str) -> Schedule | None:
    if not reader.may(Permission.SHIFT_VIEW):
        return None
    return Schedule.objects.filter(pk=pk).select_related("team").first()


def schedule_page(schedule: Schedule) -> str:
    """Where a schedule is looked at: the week of its team."""
    team = f"?team={schedule.team.slug}" if schedule.team else ""
    return f"{reverse('escalation:on_call')}{team}"


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
subjects.register(
    "schedule",
    find=find_schedule,
    label=lambda schedule: schedule.name,
    url=schedule_page,
    named_in_mail=False,
)
