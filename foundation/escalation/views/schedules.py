"""The settings of schedules: who ought to be there when, in which order, and the next four weeks before it is saved."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.accounts.settings_pages import pages_for
from foundation.escalation import operations
from foundation.escalation.forms import AddShiftForm, RotationForm, ScheduleForm
from foundation.escalation.models import Rotation, RotationPlace, Schedule, Shift
from foundation.escalation.oncall import gaps
from foundation.escalation.operations.gap_warnings import WARNED_AHEAD
from foundation.escalation.operations.schedules import tried
from foundation.escalation.shift_policies import ShiftRefused
from foundation.escalation.weeks import Picture, Week, draw, today, who_left

MOST = 200
PREVIEWED_WEEKS = 4


@require_safe
@requires(Permission.SHIFT_EDIT)
def schedules(request: StaffRequest) -> HttpResponse:
    """Every schedule, with what it lacks in the next two weeks."""
    now = timezone.now()
    rows = [
        (
            schedule,
            list(schedule.rotations.standing(now)),
            gaps(schedule, now, now + WARNED_AHEAD),
            who_left(schedule, now),
        )
        for schedule in Schedule.objects.select_related("team").order_by("-is_active", "team__name", "name")[:MOST]
    ]
    return _render(request, "schedules", {"rows": rows, "now": now})


@require_http_methods(["GET", "POST"])
@requires(Permission.SHIFT_EDIT)
def schedule_new(request: StaffRequest) -> HttpResponse:
    form = ScheduleForm(request.POST or None, schedule=None, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = operations.create_schedule(**form.wording(), by=request.user, now=timezone.now())
        except ShiftRefused as refused:
            _say(form, refused)
        else:
            messages.success(request, _("%(schedule)s is there. Put somebody on shift next.") % {"schedule": made.name})
            return redirect("escalation:schedule", made.pk)
    return _render(request, "schedule", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.SHIFT_EDIT)
def schedule(request: StaffRequest, pk: int) -> HttpResponse:
    """One schedule: its rotations, who is on shift besides, and what it is."""
    found = get_object_or_404(Schedule.objects.select_related("team"), pk=pk)
    form = ScheduleForm(request.POST or None, schedule=found, reader=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            operations.edit_schedule(found, **form.wording(), by=request.user, now=timezone.now())
        except ShiftRefused as refused:
            _say(form, refused)
        else:
            messages.success(request, _("%(schedule)s is saved.") % {"schedule": found.name})
            return redirect("escalation:schedule", pk)
    return _schedule_page(request, found, form=form)


@require_http_methods(["GET", "POST"])
@requires(Permission.SHIFT_EDIT)
def rotation_new(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Schedule.objects.select_related("team"), pk=pk)
    return _rotation(request, found, None)


@require_http_methods(["GET", "POST"])
@requires(Permission.SHIFT_EDIT)
def rotation(request: StaffRequest, pk: int) -> HttpResponse:
    """Another wording of a rotation, which follows it from an hour on."""
    found = get_object_or_404(Rotation.objects.select_related("schedule__team"), pk=pk)
    return _rotation(request, found.schedule, found)


@require_POST
@requires(Permission.SHIFT_EDIT)
def rotation_end(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Rotation.objects.select_related("schedule"), pk=pk)
    try:
        operations.end_rotation(found, by=request.user, now=timezone.now())
    except ShiftRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("%(rotation)s has ended. What it was stays to be read.") % {"rotation": found.name})
    return redirect("escalation:schedule", found.schedule_id)


@require_POST
@requires(Permission.SHIFT_EDIT)
def shift_add(request: StaffRequest, pk: int) -> HttpResponse:
    """Put somebody on shift beside the rotations."""
    found = get_object_or_404(Schedule.objects.select_related("team"), pk=pk)
    form = AddShiftForm(request.POST, schedule=found, prefix="shift")
    if form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("person", "starts_at", "ends_at")}
        try:
            shift = operations.put_on_shift(found, **given, by=request.user, now=timezone.now())
        except ShiftRefused as refused:
            _say(form, refused)
        else:
            messages.success(request, _("%(name)s is put on shift.") % {"name": shift.person.name})
            return redirect("escalation:schedule", pk)
    return _schedule_page(request, found, shift_form=form)


@require_POST
@requires(Permission.SHIFT_EDIT)
def shift_end(request: StaffRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Shift.objects.select_related("schedule", "person"), pk=pk)
    try:
        operations.end_shift(found, by=request.user, now=timezone.now())
    except ShiftRefused as refused:
        messages.warning(request, str(refused))
    else:
        messages.success(request, _("%(name)s is off that shift.") % {"name": found.person.name})
    return redirect("escalation:schedule", found.schedule_id)


def _rotation(request: StaffRequest, found: Schedule, changed: Rotation | None) -> HttpResponse:
    now = timezone.now()
    form = RotationForm(request.POST or None, schedule=found, rotation=changed, now=now)
    pictures: list[Picture] = []
    if request.method == "POST" and form.is_valid():

        def save() -> Rotation:
            if changed is None:
                return operations.start_rotation(found, form.spec(), by=request.user, now=now)
            return operations.change_rotation(changed, form.spec(), by=request.user, now=now)

        try:
            if request.POST.get("step") == "save" and form.was_previewed:
                saved = save()
                messages.success(request, _("%(rotation)s is saved.") % {"rotation": saved.name})
                return redirect("escalation:schedule", found.pk)
            pictures = tried(save, lambda: _four_weeks(found, now))
            form.show_as_previewed()
        except ShiftRefused as refused:
            _say(form, refused)
    context = {"form": form, "schedule": found, "rotation": changed, "pictures": pictures, "now": now}
    return _render(request, "rotation", context, status=422 if form.errors else 200)


def _four_weeks(found: Schedule, now: datetime) -> list[Picture]:
    """This week and the three after it."""
    first = Week.around(today(found.time_zone, now), found.time_zone).monday
    return [draw(found, Week(first + timedelta(weeks=n), found.time_zone), now=now) for n in range(PREVIEWED_WEEKS)]


def _schedule_page(
    request: StaffRequest, found: Schedule, *, form: ScheduleForm | None = None, shift_form: AddShiftForm | None = None
) -> HttpResponse:
    now, zone = timezone.now(), request.user.time_zone
    places = Prefetch("places", RotationPlace.objects.select_related("person"))
    rotations = found.rotations.select_related("created_by").prefetch_related(places)
    context = {
        "schedule": found,
        "form": form or ScheduleForm(schedule=found, reader=request.user),
        "shift_form": shift_form
        or AddShiftForm(schedule=found, prefix="shift", initial={"zone": zone, "starts_at": _soon(now, zone)}),
        "standing": list(rotations.standing(now)[:MOST]),
        "over": list(rotations.exclude(pk__in=found.rotations.standing(now)).order_by("-created_at")[:MOST]),
        "shifts": list(
            found.shifts.standing(now).filter(is_override=False).select_related("person").order_by("starts_at")[:MOST]
        ),
        "gaps": gaps(found, now, now + WARNED_AHEAD),
        "left": who_left(found, now),
        "picture": draw(found, Week.around(today(found.time_zone, now), found.time_zone), now=now),
        "now": now,
    }
    errors = (form and form.errors) or (shift_form and shift_form.errors)
    return _render(request, "schedule", context, status=422 if errors else 200)


def _soon(now: datetime, zone: str) -> str:
    """The next full hour, as a field of local time takes it."""
    local = timezone.localtime(now, ZoneInfo(zone)) + timedelta(hours=1)
    return local.replace(minute=0).strftime("%Y-%m-%dT%H:%M")


def _say(form: ScheduleForm | RotationForm | AddShiftForm, refused: ShiftRefused) -> None:
    form.add_error(refused.field if refused.field in form.fields else None, str(refused))


def _render(request: StaffRequest, page: str, context: dict[str, object], *, status: int = 200) -> HttpResponse:
    framed = {"settings_pages": pages_for(request.user), **context}
    return render(request, f"escalation/{page}.html", framed, status=status)
