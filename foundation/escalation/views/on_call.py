"""Who is on shift: the week of a team's schedules in any zone, standing in, swapping, and notes for the next shift."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission
from foundation.escalation import operations
from foundation.escalation.forms import NoteForm, OverrideForm, SwapForm, zones_with
from foundation.escalation.models import Schedule, Shift, ShiftNote, Swap
from foundation.escalation.shift_policies import ShiftRefused, reads_notes
from foundation.escalation.weeks import Cover, Week, cover, today
from foundation.workflow.moves import MoveRefused

MOST_SCHEDULES = 12
FIRST_YEAR, LAST_YEAR = 2000, 2199


@require_safe
@requires(Permission.SHIFT_VIEW)
def on_call(request: StaffRequest) -> HttpResponse:
    """The week of one team."""
    return _page(request, _team_asked_for(request))


@require_POST
@requires(Permission.SHIFT_EDIT)
def override(request: StaffRequest, pk: int) -> HttpResponse:
    """Put somebody in another's place."""
    schedule, now = _schedule(pk), timezone.now()
    ahead = _cover(request, schedule, now).ahead
    form = OverrideForm(request.POST, schedule=schedule, ahead=ahead, prefix=f"override-{pk}")

    def stand_in() -> None:
        names = ("person", "starts_at", "ends_at", "instead_of", "note")
        given = {name: form.cleaned_data[name] for name in names}
        shift = operations.override_shift(schedule, **given, by=request.user, now=now)
        messages.success(
            request,
            _("%(name)s stands in.") % {"name": shift.person.name},
            extra_tags="undo:" + reverse("escalation:override_take_back", args=[shift.pk]),
        )

    return _done_or_shown(request, schedule, form, stand_in)


@require_POST
@requires(Permission.SHIFT_EDIT)
def override_take_back(request: StaffRequest, pk: int) -> HttpResponse:
    shift = get_object_or_404(Shift.objects.select_related("schedule__team"), pk=pk)
    return _said(
        request,
        shift.schedule,
        lambda: operations.take_back_override(shift, by=request.user, now=timezone.now()),
        _("Taken back: the plan stands again."),
    )


@require_POST
@requires(Permission.SHIFT_SWAP)
def swap(request: StaffRequest, pk: int) -> HttpResponse:
    """Ask a colleague to take a shift of one's own."""
    schedule, now = _schedule(pk), timezone.now()
    ahead = _cover(request, schedule, now).ahead
    form = SwapForm(
        request.POST, schedule=schedule, ahead=ahead, reader=request.user, zone=_zone(request), now=now,
        prefix=f"swap-{pk}",
    )  # fmt: skip

    def ask() -> None:
        asked = operations.ask_swap(schedule, **form.deal(), by=request.user, now=now)
        messages.success(
            request, _("%(name)s is asked. Until she takes it the shift is yours.") % {"name": asked.asked_of.name}
        )

    return _done_or_shown(request, schedule, form, ask)


@require_POST
@requires(Permission.SHIFT_SWAP)
def swap_answer(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a shift, refuse it, or withdraw what one asked."""
    asked = get_object_or_404(Swap.objects.select_related("schedule__team"), pk=pk)
    deeds: dict[str, tuple[Callable[..., Swap], str]] = {
        "accept": (operations.accept_swap, _("It is yours.")),
        "refuse": (operations.refuse_swap, _("Refused. The shift stays with whoever asked.")),
        "withdraw": (operations.withdraw_swap, _("Withdrawn. The shift is yours.")),
    }
    deed, sentence = deeds.get(request.POST.get("answer", ""), (None, ""))
    if deed is None:
        messages.error(request, _("Nothing was answered: say which."))
        return _back(request, asked.schedule)
    return _said(request, asked.schedule, lambda: deed(asked, by=request.user, now=timezone.now()), sentence)


@require_POST
@requires(Permission.SHIFT_VIEW)
def note(request: StaffRequest, pk: int) -> HttpResponse:
    """Leave a note for the next shift."""
    schedule = _schedule(pk)
    form = NoteForm(request.POST, prefix=f"note-{pk}")

    def leave() -> None:
        operations.write_shift_note(schedule, body=form.cleaned_data["body"], by=request.user, now=timezone.now())
        messages.success(request, _("The next shift finds it here and in her inbox."))

    return _done_or_shown(request, schedule, form, leave)


@require_POST
@requires(Permission.SHIFT_VIEW)
def note_read(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(ShiftNote.objects.select_related("schedule__team"), pk=pk)
    return _said(
        request,
        found.schedule,
        lambda: operations.confirm_shift_note(found, by=request.user, now=timezone.now()),
        _("Confirmed: you have read it."),
    )


def _page(request: StaffRequest, team: Team | None, *, typed: tuple[int, Any] | None = None) -> HttpResponse:
    now, zone, reader = timezone.now(), _zone(request), request.user
    week = _week(request, zone, now)
    teams = list(Team.objects.filter(schedules__is_active=True, is_active=True).distinct().order_by("name"))
    covers = []
    if team is not None:
        schedules = Schedule.objects.filter(team=team, is_active=True).select_related("team__lead")
        for schedule in schedules[:MOST_SCHEDULES]:
            found = cover(schedule, week, now=now, with_notes=reads_notes(reader, team))
            covers.append((found, _forms(found, reader, zone, now, typed), found.is_on_now(reader)))
    context = {
        "team": team,
        "teams": teams,
        "covers": covers,
        "week": week,
        "zone": zone,
        "zones": zones_with(reader.time_zone, team.time_zone if team else ""),
        "this_week": week.monday == Week.around(today(zone, now), zone).monday,
        "may_edit": reader.may(Permission.SHIFT_EDIT),
        "reads_notes": reads_notes(reader, team) if team else False,
        "now": now,
    }
    return render(request, "escalation/on_call.html", context, status=422 if typed else 200)


def _forms(found: Cover, reader: User, zone: str, now: datetime, typed: tuple[int, Any] | None) -> dict[str, Any]:
    """The forms under a schedule, one of them perhaps as it was refused."""
    schedule, pk = found.schedule, found.schedule.pk
    forms: dict[str, Any] = {}
    if reader.may(Permission.SHIFT_EDIT):
        forms["override"] = OverrideForm(
            schedule=schedule, ahead=found.ahead, prefix=f"override-{pk}", initial={"zone": zone}
        )
    if reader.may(Permission.SHIFT_SWAP) and any(span.person.pk == reader.pk for span in found.ahead):
        forms["swap"] = SwapForm(
            schedule=schedule, ahead=found.ahead, reader=reader, zone=zone, now=now, prefix=f"swap-{pk}"
        )
    forms["note"] = NoteForm(prefix=f"note-{pk}")
    if typed is not None and typed[0] == pk:
        forms[str(typed[1].prefix).partition("-")[0]] = typed[1]
    return forms


def _done_or_shown(request: StaffRequest, schedule: Schedule, form: Any, deed: Callable[[], None]) -> HttpResponse:
    """Do what a form asks, or show the page with the form as it was typed and what is wrong with it."""
    if form.is_valid():
        try:
            deed()
        except ShiftRefused as refused:
            form.add_error(refused.field if refused.field in form.fields else None, str(refused))
        else:
            return _back(request, schedule)
    return _page(request, schedule.team, typed=(schedule.pk, form))


def _said(request: StaffRequest, schedule: Schedule, deed: Callable[[], object], sentence: str) -> HttpResponse:
    try:
        deed()
    except (ShiftRefused, MoveRefused) as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, sentence)
    return _back(request, schedule)


def _back(request: StaffRequest, schedule: Schedule) -> HttpResponse:
    """To the week that she was looking at."""
    asked = {name: value for name in ("week", "zone") if (value := request.POST.get(name, "")) and len(value) <= 64}
    if schedule.team is not None:
        asked = {"team": schedule.team.slug, **asked}
    return redirect(f"{reverse('escalation:on_call')}?{urlencode(asked)}")


def _schedule(pk: int) -> Schedule:
    return get_object_or_404(Schedule.objects.select_related("team"), pk=pk, is_active=True)


def _cover(request: StaffRequest, schedule: Schedule, now: datetime) -> Cover:
    return cover(schedule, _week(request, _zone(request), now), now=now, with_notes=False)


def _team_asked_for(request: StaffRequest) -> Team | None:
    """The team she named, else the first of her own that has a schedule, else the first that has."""
    with_schedule = Team.objects.filter(schedules__is_active=True, is_active=True).select_related("lead").distinct()
    if asked := request.GET.get("team"):
        return get_object_or_404(Team.objects.filter(is_active=True).select_related("lead"), slug=asked)
    own = with_schedule.filter(pk__in=request.user.team_ids).order_by("pk").first()
    return own or with_schedule.order_by("name").first()


def _zone(request: StaffRequest) -> str:
    """The zone she asked for, where there is such a one, else her own."""
    asked = request.POST.get("zone") or request.GET.get("zone", "")
    return asked if asked in dict(zones_with()) else request.user.time_zone


def _week(request: StaffRequest, zone: str, now: datetime) -> Week:
    try:
        day = date.fromisoformat(request.POST.get("week") or request.GET.get("week", ""))
    except ValueError:
        return Week.around(today(zone, now), zone)
    return Week.around(day if FIRST_YEAR < day.year < LAST_YEAR else today(zone, now), zone)
