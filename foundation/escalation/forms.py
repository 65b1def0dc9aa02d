"""The shape of what is typed about schedules and shifts."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from json import dumps
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from foundation.accounts.forms import zone_choices
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import ROLES, Permission
from foundation.escalation.models import Rotation, Schedule, TurnUnit
from foundation.escalation.oncall import Span
from foundation.escalation.operations import RotationSpec
from foundation.escalation.rotations import instant
from foundation.sla.calendar import Interval
from foundation.sla.typed_hours import DAYS, HoursField, hours_as_typed

FEWEST_PLACES, SPARE_PLACES = 5, 2
SWAPPED_AHEAD = timedelta(days=28)
ON_SHIFT_ROLES = [role for role, spec in ROLES.items() if Permission.ESCALATION_ACKNOWLEDGE in spec.permissions]
FIRST_YEAR, LAST_YEAR = 2000, 2199


def people_for(team: Team | None) -> list[User]:
    """Who can be put on shift for a team: its own people first, then everybody else whose role answers calls."""
    staff = list(User.objects.active().filter(role__in=ON_SHIFT_ROLES).order_by("name", "pk"))
    if team is None:
        return staff
    own = set(team.memberships.values_list("user_id", flat=True)) | {team.lead_id}
    return sorted(staff, key=lambda person: person.pk not in own)


def zones_with(*wanted: str) -> list[tuple[str, str]]:
    """Every zone, those wanted first."""
    zones = dict(zone_choices())
    first = [zone for zone in dict.fromkeys(wanted) if zone]
    return [(zone, zones.get(zone, zone)) for zone in first] + [pair for pair in zones.items() if pair[0] not in first]


class WallField(forms.CharField):
    """A local date and time, as a browser's own field sends it; which instant it means depends on a zone."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def clean(self, value: Any) -> datetime | None:
        written = str(super().clean(value) or "").strip()
        if not written:
            return None
        try:
            wall = datetime.fromisoformat(written).replace(tzinfo=None)
        except ValueError as error:
            raise forms.ValidationError(_("Write a date and a time, such as 2026-12-24 18:00.")) from error
        if not FIRST_YEAR <= wall.year <= LAST_YEAR:
            raise forms.ValidationError(_("That year is out of reach."))
        return wall


class ShiftForm(forms.Form):
    """Somebody on shift from one time to another, in the zone of the page."""

    zone = forms.CharField(max_length=64, widget=forms.HiddenInput)
    person = forms.ModelChoiceField(User.objects.none(), label=_("Who"), empty_label=_("Choose"))
    starts_at = WallField(label=_("From"))
    ends_at = WallField(label=_("Until"))

    def __init__(self, *args: Any, schedule: Schedule, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = people_for(schedule.team)
        person: Any = self.fields["person"]
        person.queryset = User.objects.filter(pk__in=[each.pk for each in people])
        person.choices = [("", _("Choose")), *((each.pk, each.name) for each in people)]

    def clean_zone(self) -> str:
        zone = str(self.cleaned_data["zone"])
        if zone not in dict(zone_choices()):
            raise forms.ValidationError(_("“%(zone)s” is not a known time zone."), params={"zone": zone})
        return zone

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("starts_at", "ends_at"):
            wall = data.get(name)
            if wall is not None and "zone" in data:
                data[name] = instant(wall.date(), wall.time(), data["zone"])
        return data


class OverrideForm(ShiftForm):
    """Who stands in, for whom, and when."""

    instead_of = forms.ModelChoiceField(
        User.objects.none(), label=_("In place of"), required=False, empty_label=_("Everybody on shift here")
    )
    note = forms.CharField(label=_("Why"), max_length=200, required=False)

    def __init__(self, *args: Any, schedule: Schedule, ahead: Sequence[Span], **kwargs: Any) -> None:
        super().__init__(*args, schedule=schedule, **kwargs)
        on = {span.person.pk: span.person for span in ahead}
        field: Any = self.fields["instead_of"]
        field.queryset = User.objects.filter(pk__in=on)
        field.choices = [("", field.empty_label), *((pk, person.name) for pk, person in on.items())]


class AddShiftForm(ShiftForm):
    """Somebody beside the others; without an end, at all hours."""

    ends_at = WallField(label=_("Until"), required=False, help_text=_("Empty: at all hours, until somebody ends it."))


class SwapForm(forms.Form):
    """A shift of one's own, and a colleague to take it, for one of hers or for nothing."""

    shift = forms.ChoiceField(label=_("My shift"))
    offer = forms.ChoiceField(label=_("Who takes it, and what I take in return"))

    def __init__(
        self,
        *args: Any,
        schedule: Schedule,
        ahead: Sequence[Span],
        reader: User,
        zone: str,
        now: datetime,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        until = now + SWAPPED_AHEAD
        # What is under way cannot be given away whole, and what goes on past the last day has no end to name.
        coming = [span for span in ahead if now < span.starts_at < until and span.ends_at < ahead_end(ahead)]
        mine = [span for span in coming if span.person.pk == reader.pk]
        self.fields["shift"].choices = [(_written(span), _told(span, zone)) for span in mine]  # type: ignore[attr-defined]
        others = {person.pk: person for person in people_for(schedule.team) if person.pk != reader.pk}
        self.people = others
        self.fields["offer"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *((person.name, _offers(person, coming, zone)) for person in others.values()),
        ]
        self.has_shifts = bool(mine)

    def deal(self) -> dict[str, Any]:
        """What `ask_swap` takes."""
        pk, _bar, back = self.cleaned_data["offer"].partition("|")
        return {
            "asked_of": self.people[int(pk)],
            "gives": _read(self.cleaned_data["shift"]),
            "takes": _read(back) if back else None,
        }


def ahead_end(ahead: Sequence[Span]) -> datetime:
    return max(span.ends_at for span in ahead)


def _offers(person: User, coming: Sequence[Span], zone: str) -> list[tuple[str, str]]:
    """What a colleague can be asked for: to take the shift for nothing, or for one of hers."""
    hers = [span for span in coming if span.person.pk == person.pk]
    return [
        (str(person.pk), gettext("%(name)s, nothing in return") % {"name": person.name}),
        *((f"{person.pk}|{_written(span)}", f"{person.name}, {_told(span, zone)}") for span in hers),
    ]


def _written(span: Span) -> str:
    return f"{span.starts_at.isoformat()}|{span.ends_at.isoformat()}"


def _read(text: str) -> Interval:
    starts_at, _bar, ends_at = text.partition("|")
    return datetime.fromisoformat(starts_at), datetime.fromisoformat(ends_at)


def _told(span: Span, zone: str) -> str:
    starts_at, ends_at = (timezone.localtime(at, ZoneInfo(zone)) for at in (span.starts_at, span.ends_at))
    return f"{date_format(starts_at, 'D j M H:i')} – {date_format(ends_at, 'D j M H:i')}"


class NoteForm(forms.Form):
    body = forms.CharField(
        label=_("For the next shift"),
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Name cases by their reference. The team reads it."),
    )


class WeekHoursForm(forms.Form):
    """A form with hours of a week, none of them for all hours."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for day, label in DAYS:
            self.fields[day] = HoursField(label=label)

    def week(self) -> list[forms.BoundField]:
        return [self[day] for day, _label in DAYS]

    def hours(self) -> dict[str, dict[str, str]]:
        return {day: self.cleaned_data[day] for day, _label in DAYS if self.cleaned_data[day]}


class ScheduleForm(WeekHoursForm):
    """A schedule: for which team, in which zone, and the hours that ought to be covered."""

    name = forms.CharField(label=_("Name"), max_length=80)
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"))
    time_zone = forms.ChoiceField(label=_("Time zone"))
    is_active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, *args: Any, schedule: Schedule | None, reader: User, **kwargs: Any) -> None:
        typed: dict[str, Any] = {"time_zone": reader.time_zone}
        if schedule is not None:
            typed = {"name": schedule.name, "time_zone": schedule.time_zone, "is_active": schedule.is_active}
            typed |= {day: hours_as_typed(hours) for day, hours in schedule.hours.items()}
        super().__init__(*args, initial=typed | kwargs.pop("initial", {}), **kwargs)
        self.fields["team"].queryset = Team.objects.filter(is_active=True).order_by("name")  # type: ignore[attr-defined]
        self.fields["time_zone"].choices = zones_with(typed["time_zone"])  # type: ignore[attr-defined]
        if schedule is not None:
            del self.fields["team"]
        else:
            del self.fields["is_active"]

    def wording(self) -> dict[str, Any]:
        names = ("name", "team", "time_zone", "is_active")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data} | {"hours": self.hours()}


class RotationForm(WeekHoursForm):
    """A rotation whole, in two steps: its next four weeks are shown first, and only what was shown is saved."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=80, help_text=_("Such as Days, Nights or Weekends."))
    length = forms.IntegerField(label=_("A turn lasts"), min_value=1, max_value=30, initial=1)
    unit = forms.ChoiceField(label=_("Days or weeks"), choices=TurnUnit.choices, initial=TurnUnit.WEEK)
    weekday = forms.TypedChoiceField(
        label=_("Weeks are handed over on"), choices=list(WEEKDAYS.items()), coerce=int, initial=0, required=False,
        empty_value=None,
    )  # fmt: skip
    hand_over_at = forms.TimeField(
        label=_("Handed over at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), initial="09:00",
        error_messages={"invalid": _("Write a time such as 09:00.")},
    )  # fmt: skip
    time_zone = forms.ChoiceField(
        label=_("Time zone"), error_messages={"invalid_choice": _("“%(value)s” is not a known time zone.")}
    )
    starts_on = forms.DateField(
        label=_("Counts from"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write a date such as 2026-12-24.")},
        help_text=_("At the hour of the hand-over; today at the earliest. Whoever is first begins."),
    )  # fmt: skip

    def __init__(
        self, *args: Any, schedule: Schedule, rotation: Rotation | None = None, now: datetime, **kwargs: Any
    ) -> None:
        typed: dict[str, Any] = _rotation_as_typed(rotation) if rotation else {"time_zone": schedule.time_zone}
        typed["starts_on"] = timezone.localtime(now, ZoneInfo(typed["time_zone"])).date() + timedelta(days=1)
        super().__init__(*args, initial=typed, **kwargs)
        self.fields["time_zone"].choices = zones_with(typed["time_zone"], schedule.time_zone)  # type: ignore[attr-defined]
        people = {person.pk: person for person in people_for(schedule.team)}
        in_order = list(rotation.places.select_related("person")) if rotation else []
        gone = {place.person_id: place.person for place in in_order if place.person_id not in people}
        self.people = people | gone
        choices = [("", "–"), *((str(pk), person.name) for pk, person in people.items())]
        choices += [(str(pk), gettext("%(name)s (has left)") % {"name": person.name}) for pk, person in gone.items()]
        sent = sum(bool(self.data.get(f"person-{n}")) for n in range(len(people) + len(gone)))
        places = max(FEWEST_PLACES, len(in_order) + SPARE_PLACES, sent + SPARE_PLACES)
        for n in range(min(places, max(len(self.people), 1))):
            initial = str(in_order[n].person_id) if n < len(in_order) else ""
            self.fields[f"person-{n}"] = forms.ChoiceField(
                label=str(n + 1), choices=choices, required=False, initial=initial
            )

    def places(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in self.fields if name.startswith("person-"))

    def spec(self) -> RotationSpec:
        data = self.cleaned_data
        chosen = [data[name] for name in self.fields if name.startswith("person-") and data.get(name)]
        names = ("name", "unit", "length", "weekday", "hand_over_at", "time_zone", "starts_on")
        return RotationSpec(
            people=tuple(self.people[int(pk)] for pk in chosen),
            hours=self.hours(),
            **{name: data[name] for name in names},
        )

    @property
    def was_previewed(self) -> bool:
        return bool(self.cleaned_data["seen"]) and self.cleaned_data["seen"] == self._mark()

    def show_as_previewed(self) -> None:
        """Let the page carry the mark of what its preview is of."""
        carried: Any = self.data.copy()  # type: ignore[attr-defined]
        carried["seen"] = self._mark()
        self.data = carried

    def _mark(self) -> str:
        told = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        return sha256(dumps(told, default=str, sort_keys=True).encode()).hexdigest()


def _rotation_as_typed(rotation: Rotation) -> dict[str, Any]:
    return {
        "name": rotation.name,
        "length": rotation.length,
        "unit": rotation.unit,
        "weekday": rotation.weekday,
        "hand_over_at": rotation.hand_over_at,
        "time_zone": rotation.time_zone,
        **{day: hours_as_typed(hours) for day, hours in rotation.hours.items()},
    }
