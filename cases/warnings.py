"""What to look for among service levels, calendars and the clocks that run."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cases.models import Clock
from cases.operations.rollouts import MOST_LISTED, left_behind
from foundation.accounts.permissions import Permission
from foundation.accounts.settings_warnings import SettingsWarning, register
from foundation.sla.calendar import BusinessCalendar, CalendarError
from foundation.sla.matching import unreached
from foundation.sla.models import CalendarVersion, PolicyVersion

HORIZON = timedelta(days=400)
"""A calendar without open time for so long is of no use (sla-and-escalation.md 7)."""

HOLIDAYS_LAST = timedelta(days=60)
"""How long beforehand the end of a list of closed dates is told."""


@register
def policies_never_reached(now: datetime) -> Iterator[SettingsWarning]:
    newest = PolicyVersion.objects.filter(policy__is_active=True).order_by("policy_id", "-number").distinct("policy_id")
    in_order = sorted(newest.select_related("policy"), key=lambda each: (each.policy.position, each.policy_id))
    for version, earlier in unreached(in_order):
        yield SettingsWarning(
            version.policy.name,
            _("No case can match it: “%(earlier)s” stands before it and takes them all.")
            % {"earlier": earlier.policy.name},
            reverse("cases:settings_policy", args=[version.policy_id]),
            Permission.SLA_EDIT,
        )


@register
def calendars_that_run_out(now: datetime) -> Iterator[SettingsWarning]:
    """Calendars that no time counts in, and those whose written closed dates come to an end."""
    newest = CalendarVersion.objects.order_by("calendar_id", "-number").distinct("calendar_id")
    for version in newest.select_related("calendar"):
        if (said := _trouble(version, now)) is not None:
            sentence, is_grave = said
            where = reverse("cases:settings_calendar", args=[version.calendar_id])
            yield SettingsWarning(version.calendar.name, sentence, where, Permission.SLA_EDIT, is_grave)


def _trouble(version: CalendarVersion, now: datetime) -> tuple[str, bool] | None:
    """What is the matter with a calendar, and whether clocks stand still for it."""
    try:
        is_ever_open = any(BusinessCalendar.from_spec(version.spec).intervals(now, now + HORIZON))
    except CalendarError:
        is_ever_open = False
    if not is_ever_open:
        return _("It has no open time within 400 days, so nothing in it is ever due."), True
    dates = version.spec.get("hol", ())
    if version.spec.get("holidays") or not dates:
        return None
    last = date.fromisoformat(max(dates))
    if last >= (now + HOLIDAYS_LAST).date():
        return None
    return _("Its closed dates end on %(date)s. Write down the next ones.") % {
        "date": date_format(last, "j M Y")
    }, False


@register
def clocks_left_behind(now: datetime) -> Iterator[SettingsWarning]:
    count = len(left_behind())
    if count:
        sentence = ngettext(
            "%(count)s running clock was passed by when a wording was published and keeps its old target.",
            "%(count)s running clocks were passed by when a wording was published and keep their old targets.",
            count,
        )
        told = sentence % {"count": f"{count}+" if count == MOST_LISTED else count}
        where = reverse("cases:settings_sla")
        yield SettingsWarning(_("Clocks left behind"), told, where, Permission.SLA_EDIT, is_grave=True)


@register
def clocks_set_aside(now: datetime) -> Iterator[SettingsWarning]:
    """Clocks that raised three times when they were due. The auditor tries them again."""
    count = Clock.objects.filter(next_fire_at__lte=now, quarantined_at__isnull=False)[:MOST_LISTED].count()
    if count:
        sentence = ngettext(
            "%(count)s clock is set aside: it failed three times when it was due.",
            "%(count)s clocks are set aside: they failed three times when they were due.",
            count,
        )
        told = sentence % {"count": f"{count}+" if count == MOST_LISTED else count}
        yield SettingsWarning(_("Clocks set aside"), told, "", Permission.SETTINGS_VIEW, is_grave=True)
