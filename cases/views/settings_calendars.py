"""Calendars: the hours that count, drawn as a week and previewed on the clocks that run before they are published."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases.operations.rollouts import preview
from cases.settings_forms import CalendarForm
from cases.settings_words import Lines, calendar_lines, changes
from cases.views.settings_wordings import SHOWN, clash, history, settings_page
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.sla.calendar import BusinessCalendar, CalendarError
from foundation.sla.calendar_spec import MINUTES_A_DAY, CalendarSpec
from foundation.sla.models import Calendar, CalendarVersion
from foundation.sla.operations import PolicyRefused, create_calendar, publish_calendar
from foundation.sla.typed_hours import DAYS, calendar_sentence, hours_as_typed
from foundation.workflow.wordings import Overtaken

AHEAD = timedelta(days=120)
MOST = 200
MOST_CLOSED = 8


class DayBar(NamedTuple):
    """A day of the week as a bar: spans as (from, length) in minutes after midnight, and now where it is today."""

    label: str
    hours: str
    spans: list[tuple[int, int]]
    now: int | None


class Picture(NamedTuple):
    """A calendar as one looks at it: its week, whether it is open, and the next dates that it is closed by name."""

    days: list[DayBar]
    zone: str
    is_open: bool
    turns_at: datetime | None
    closed: list[Any]


@require_safe
@requires(Permission.SLA_EDIT)
def calendars(request: StaffRequest) -> HttpResponse:
    now = timezone.now()
    rows = [(each, picture(each.current.spec, now)) for each in Calendar.objects.order_by("name")[:MOST]]
    return settings_page(request, "calendars", {"rows": rows}, now=now)


@require_http_methods(["GET", "POST"])
@requires(Permission.SLA_EDIT)
def calendar_new(request: StaffRequest) -> HttpResponse:
    """A new calendar. Nothing counts in it until a policy names it, so there is nothing to preview but its picture."""
    now = timezone.now()
    form = CalendarForm(request.POST or None, spec=None, initial={"tz": request.user.time_zone})
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("step") == "publish" and form.was_previewed:
                made = create_calendar(**form.wording(), by=request.user, now=now)
                messages.success(request, _("%(calendar)s is published.") % {"calendar": made.name})
                return redirect("cases:settings_calendar", made.pk)
            outcome = preview(lambda: create_calendar(**form.wording(), by=request.user, now=now), now=now)
            form.show_as_previewed()
            return _page(request, form, now=now, outcome=outcome, changes=changes({}, _lines_of(form)))
        except PolicyRefused as refused:
            form.add_error(None, str(refused.sentence))
    return _page(request, form, now=now)


@require_http_methods(["GET", "POST"])
@requires(Permission.SLA_EDIT)
def calendar(request: StaffRequest, pk: int) -> HttpResponse:
    """One calendar: its week, and what other hours would do to the clocks that run."""
    found, now = get_object_or_404(Calendar, pk=pk), timezone.now()
    versions = _versions(found)
    newest = versions[0]
    form = CalendarForm(request.POST or None, spec=newest.spec, based_on=newest.number, name=found.name)
    context: dict[str, Any] = {"calendar": found, "is_always": bool(newest.spec.get("always"))}
    if request.method == "POST" and form.is_valid():
        based_on = form.cleaned_data["based_on"]

        def publish() -> CalendarVersion:
            return publish_calendar(found, **form.wording(), based_on=based_on, by=request.user, now=now)

        try:
            if request.POST.get("step") == "publish" and form.was_previewed:
                publish()
                messages.success(
                    request,
                    _("%(calendar)s is published. Running clocks follow within a minute.") % {"calendar": found.name},
                )
                return redirect("cases:settings_calendar", pk)
            context["outcome"] = preview(publish, now=now)
            context["changes"] = changes(_named(found.name, newest.spec), _lines_of(form))
            form.show_as_previewed()
        except PolicyRefused as refused:
            form.add_error(None, str(refused.sentence))
        except Overtaken:
            versions = _versions(found)
            context["clash"] = clash(versions, based_on, _lines)
            form.base_on(versions[0].number)
    return _page(request, form, now=now, spec=versions[0].spec, history=history(versions, _lines), **context)


def picture(spec: Mapping[str, Any], now: datetime) -> Picture:
    """The usual week of a calendar and how it stands now. Raises CalendarError for a specification that cannot be used."""
    read, hours = CalendarSpec.read(spec), BusinessCalendar.from_spec(spec)
    local = now.astimezone(ZoneInfo(read.zone))
    days = [
        DayBar(
            label=str(label),
            hours=hours_as_typed(spec.get("hours", {}).get(day, {})),
            spans=_spans(read, n),
            now=local.hour * 60 + local.minute if n == local.weekday() else None,
        )
        for n, (day, label) in enumerate(DAYS)
    ]
    is_open = hours.is_open(now)
    turns_at = None
    if not read.always:
        turns_at = _closes_at(hours, now) if is_open else hours.next_open(now)
    today = local.date()
    ahead = (today + timedelta(days=n) for n in range(AHEAD.days))
    overridden = {day for day, _hours in read.overrides}
    closed = [day for day in ahead if read.is_closed_by_date(day) and day not in overridden]
    return Picture(days, read.zone, is_open, turns_at, closed[:MOST_CLOSED])


def _spans(read: CalendarSpec, weekday: int) -> list[tuple[int, int]]:
    """The open minutes of a local day, with what the day before carries past midnight."""
    if read.always:
        return [(0, MINUTES_A_DAY)]
    own = [(opens, min(closes, MINUTES_A_DAY) - opens) for opens, closes in read.weekly[weekday]]
    before = read.weekly[weekday - 1]
    return [(0, closes - MINUTES_A_DAY) for _opens, closes in before if closes > MINUTES_A_DAY] + own


def _closes_at(hours: BusinessCalendar, now: datetime) -> datetime | None:
    span = next(hours.intervals(now, now + timedelta(days=8)), None)
    return span[1] if span else None


def _page(
    request: StaffRequest, form: CalendarForm, *, now: datetime, spec: Mapping[str, Any] | None = None, **context: Any
) -> HttpResponse:
    """The picture is of what was typed where that can be read, else of what is in force."""
    shown = form.spec() if form.is_bound and form.is_valid() else spec
    try:
        context["picture"] = picture(shown, now) if shown else None
    except CalendarError as error:
        form.add_error(None, calendar_sentence(error))
    context["is_typed"] = form.is_bound and shown is not spec
    status = 409 if context.get("clash") else 422 if form.errors else 200
    return settings_page(request, "calendar", {"form": form, **context}, now=now, status=status)


def _versions(found: Calendar) -> list[CalendarVersion]:
    return list(found.versions.select_related("created_by").order_by("-number")[: SHOWN + 1])


def _lines(version: CalendarVersion) -> Lines:
    return calendar_lines(version.spec)


def _lines_of(form: CalendarForm) -> Lines:
    return _named(form.cleaned_data["name"], BusinessCalendar.from_spec(form.spec()).to_spec())


def _named(name: str, spec: Mapping[str, Any]) -> Lines:
    return {_("Name"): name, **calendar_lines(spec)}
