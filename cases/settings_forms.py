"""The shape of what is typed into the settings of service levels. A wording is shown, previewed and published with one form."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from json import dumps
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.models import Kind
from cases.workflow import WaitingOn
from foundation.accounts.forms import zone_choices
from foundation.accounts.models import Team
from foundation.sla.calendar import BusinessCalendar, CalendarError
from foundation.sla.durations import read_duration, write_duration
from foundation.sla.holidays import known_regions
from foundation.sla.matching import ALWAYS_SLUG
from foundation.sla.models import Calendar, Metric, PolicyVersion
from foundation.sla.operations import NewTarget
from foundation.sla.typed_hours import DAYS, HoursField, calendar_sentence, hours_as_typed, read_hours
from people.places import by_letter, country_name

SEVERITIES = (1, 2, 3, 4)
_MARKET = re.compile(r"[A-Z]{2}")


class WordingForm(forms.Form):
    """A wording in two steps: what it would do is shown first, and only what was shown is published.

    ``based_on`` is the number of the wording that the form was filled from; ``seen`` marks what the preview was of.
    """

    based_on = forms.IntegerField(widget=forms.HiddenInput)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def wording(self) -> dict[str, Any]:
        """What the publishing operation takes."""
        raise NotImplementedError

    @property
    def was_previewed(self) -> bool:
        return bool(self.cleaned_data["seen"]) and self.cleaned_data["seen"] == self._mark()

    def show_as_previewed(self) -> None:
        """Let the page carry the mark of what its preview is of."""
        self._carry("seen", self._mark())

    def base_on(self, number: int) -> None:
        """Keep all that was typed, on top of a newer wording."""
        self._carry("based_on", str(number))
        self._carry("seen", "")

    def _mark(self) -> str:
        told = dumps([self.cleaned_data["based_on"], self.wording()], default=str, sort_keys=True)
        return sha256(told.encode()).hexdigest()

    def _carry(self, name: str, value: str) -> None:
        carried: Any = self.data.copy()  # type: ignore[attr-defined]
        carried[self.add_prefix(name)] = value
        self.data = carried


class DurationField(forms.CharField):
    """Business time such as "1 h 30 min", as seconds; None when empty."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> int | None:
        written = str(super().clean(value) or "")
        try:
            return read_duration(written) if written else None
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        return write_duration(value) if isinstance(value, int) else value


@dataclass(frozen=True, slots=True)
class Warnings:
    """When somebody is warned: percents of the target used, and seconds left before it is due."""

    percents: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()

    def __str__(self) -> str:
        return ", ".join(
            [*(f"{percent}%" for percent in self.percents), *(write_duration(each) for each in self.seconds)]
        )


class WarningsField(forms.CharField):
    """Warnings such as "75%, 30 min": percents of the target used, and time left before it is due."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=80, required=False, **kwargs)

    def clean(self, value: Any) -> Warnings:
        parts = [part.strip() for part in str(super().clean(value)).split(",") if part.strip()]
        try:
            percents = {int(part.rstrip("% ")) for part in parts if part.endswith("%")}
            seconds = {read_duration(part) for part in parts if not part.endswith("%")}
        except ValueError as error:
            raise forms.ValidationError(
                _("Write warnings such as 75%, 90% or 30 min, with commas between them.")
            ) from error
        return Warnings(tuple(sorted(percents)), tuple(sorted(seconds, reverse=True)))


class MarketsField(forms.CharField):
    """Countries by two letters, with commas between them."""

    def clean(self, value: Any) -> list[str]:
        markets = sorted({part.upper() for part in re.split(r"[\s,;]+", str(super().clean(value))) if part})
        if wrong := [market for market in markets if not _MARKET.fullmatch(market)]:
            raise forms.ValidationError(
                _("“%(market)s” is not a country in two letters, such as US."), params={"market": wrong[0][:20]}
            )
        return markets


@dataclass(frozen=True, slots=True)
class TargetRow:
    """The fields of one target."""

    severity: int
    target: forms.BoundField
    calendar: forms.BoundField | None
    warnings: forms.BoundField


@dataclass(frozen=True, slots=True)
class MetricBlock:
    """The fields of one metric, a row a severity."""

    metric: str
    label: str
    rows: list[TargetRow]
    pauses: forms.BoundField | None
    is_open: bool


class PolicyForm(WordingForm):
    """A policy whole: whom it fits, and a target for each metric and severity that has one."""

    name = forms.CharField(label=_("Name"), max_length=80)
    is_active = forms.BooleanField(label=_("Applies"), required=False, initial=True)
    kinds = forms.MultipleChoiceField(
        label=_("Kinds"), choices=Kind.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    teams = forms.MultipleChoiceField(label=_("Teams"), required=False, widget=forms.CheckboxSelectMultiple)
    markets = MarketsField(
        label=_("Markets"), required=False, max_length=400, help_text=_("Countries in two letters, such as US, ES.")
    )

    def __init__(self, *args: Any, version: PolicyVersion | None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _policy_as_typed(version) if version else {"based_on": 0, "is_active": True})
        super().__init__(*args, **kwargs)
        known = {str(slug): str(name) for slug, name in Team.objects.order_by("name").values_list("slug", "name")}
        known |= {slug: slug for slug in (version.teams if version else []) if slug not in known}
        self.fields["teams"].choices = list(known.items())  # type: ignore[attr-defined]
        self.calendars = {calendar.pk: calendar for calendar in Calendar.objects.all()}
        for metric in Metric:
            for severity in SEVERITIES:
                self._add_target(metric, severity)
            if metric != Metric.FIRST_RESPONSE:
                self.fields[f"{metric}-pauses"] = forms.MultipleChoiceField(
                    label=_("Pauses while waiting on"),
                    choices=WaitingOn.choices,
                    required=False,
                    widget=forms.CheckboxSelectMultiple,
                )

    def _add_target(self, metric: Metric, severity: int) -> None:
        said = {"metric": metric.label, "severity": severity}
        self.fields[f"{metric}-{severity}"] = DurationField(
            label=gettext("%(metric)s at SEV-%(severity)s, target") % said, required=False
        )
        self.fields[f"{metric}-{severity}-warnings"] = WarningsField(
            label=gettext("%(metric)s at SEV-%(severity)s, warnings") % said
        )
        if severity > 1:
            self.fields[f"{metric}-{severity}-calendar"] = forms.ChoiceField(
                choices=[(str(pk), calendar.name) for pk, calendar in self.calendars.items()],
                label=gettext("%(metric)s at SEV-%(severity)s, calendar") % said,
                required=False,
            )

    def blocks(self) -> Iterator[MetricBlock]:
        """The metrics in order. One that has no target yet is folded."""
        for metric in Metric:
            rows = [
                TargetRow(
                    severity,
                    self[f"{metric}-{severity}"],
                    self[f"{metric}-{severity}-calendar"] if severity > 1 else None,
                    self[f"{metric}-{severity}-warnings"],
                )
                for severity in SEVERITIES
            ]
            pauses = self[f"{metric}-pauses"] if metric != Metric.FIRST_RESPONSE else None
            is_open = metric == Metric.FIRST_RESPONSE or any(
                row.target.value() or row.target.errors or row.warnings.errors for row in rows
            )
            yield MetricBlock(metric, str(metric.label), rows, pauses, is_open)

    def targets(self) -> list[NewTarget]:
        always = next(calendar for calendar in self.calendars.values() if calendar.slug == ALWAYS_SLUG)
        data = self.cleaned_data
        return [
            NewTarget(
                metric=metric.value,
                severity=severity,
                seconds=seconds,
                calendar=self.calendars.get(int(data.get(f"{metric}-{severity}-calendar") or 0), always),
                warn_percents=data[f"{metric}-{severity}-warnings"].percents,
                warn_seconds=data[f"{metric}-{severity}-warnings"].seconds,
                pause_on=tuple(data.get(f"{metric}-pauses", ())),
            )
            for metric in Metric
            for severity in SEVERITIES
            if (seconds := data[f"{metric}-{severity}"])
        ]

    def wording(self) -> dict[str, Any]:
        names = ("name", "is_active", "kinds", "teams", "markets")
        return {name: self.cleaned_data[name] for name in names} | {"targets": self.targets()}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not any(data[f"{metric}-{severity}"] for metric in Metric for severity in SEVERITIES):
            raise forms.ValidationError(_("A policy has at least one target."))
        return data


def _policy_as_typed(version: PolicyVersion) -> dict[str, Any]:
    typed: dict[str, Any] = {
        "based_on": version.number,
        "name": version.policy.name,
        "is_active": version.policy.is_active,
        "kinds": version.kinds,
        "teams": version.teams,
        "markets": ", ".join(version.markets),
    }
    for target in version.targets.all():
        name = f"{target.metric}-{target.severity}"
        typed[name] = target.seconds
        typed[f"{name}-calendar"] = target.calendar_id
        typed[f"{name}-warnings"] = Warnings(tuple(target.warn_percents), tuple(target.warn_seconds))
        typed[f"{target.metric}-pauses"] = target.pause_on
    return typed


class DatesField(forms.CharField):
    """Dates, one a line. With ``hours``, each is followed by the hours of that day; without any it is closed."""

    def __init__(self, *, hours: bool = False, **kwargs: Any) -> None:
        super().__init__(
            required=False, max_length=20_000, widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}), **kwargs
        )
        self.hours = hours

    def clean(self, value: Any) -> dict[str, dict[str, str]]:
        dates: dict[str, dict[str, str]] = {}
        for line in str(super().clean(value)).splitlines():
            if not line.strip():
                continue
            written, _space, rest = line.strip().partition(" ")
            try:
                day = date.fromisoformat(written).isoformat()
            except ValueError as error:
                raise forms.ValidationError(
                    _("“%(line)s” does not begin with a date such as 2026-12-25."), params={"line": line.strip()[:60]}
                ) from error
            if day in dates:
                raise forms.ValidationError(_("%(date)s is written twice."), params={"date": day})
            if rest.strip() and not self.hours:
                raise forms.ValidationError(
                    _("Only dates, one a line: “%(line)s”."), params={"line": line.strip()[:60]}
                )
            dates[day] = read_hours(rest)
        return dates


class CalendarForm(WordingForm):
    """A calendar whole: its zone, the hours of a week, and the dates that differ."""

    name = forms.CharField(label=_("Name"), max_length=80)
    tz = forms.ChoiceField(label=_("Time zone"))
    closed = DatesField(label=_("Closed dates"), help_text=_("One a line, such as 2026-12-25."))
    overrides = DatesField(
        hours=True,
        label=_("Dates with other hours"),
        help_text=_(
            "One a line: the date, then its hours, such as 2026-12-24 09:00-13:00. Without hours it is closed."
        ),
    )
    country = forms.ChoiceField(label=_("Closed on the public holidays of"), required=False)
    subdivision = forms.CharField(
        label=_("Part of the country"),
        required=False,
        max_length=20,
        help_text=_("A code such as CA for California. Empty: the holidays of the whole country."),
    )

    def __init__(
        self, *args: Any, spec: Mapping[str, Any] | None, based_on: int = 0, name: str = "", **kwargs: Any
    ) -> None:
        typed = {"based_on": based_on, "name": name, "tz": "UTC"} | (_calendar_as_typed(spec) if spec else {})
        kwargs["initial"] = typed | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        zones = zone_choices()
        kept = self.initial["tz"]
        self.fields["tz"].choices = zones if kept in dict(zones) else [(kept, kept), *zones]  # type: ignore[attr-defined]
        named = sorted(((code, country_name(code)) for code in known_regions()), key=lambda pair: by_letter(pair[1]))
        self.fields["country"].choices = [("", _("No country")), *named]  # type: ignore[attr-defined]
        for day, label in DAYS:
            self.fields[day] = HoursField(label=label)

    def week(self) -> list[forms.BoundField]:
        return [self[day] for day, _label in DAYS]

    def parts_of_country(self) -> tuple[str, ...]:
        """The codes that the country chosen knows, for the list under the field."""
        return known_regions().get(str(self["country"].value() or ""), ())

    def clean_subdivision(self) -> str | None:
        code = str(self.cleaned_data["subdivision"]).strip()
        if not code:
            return None
        country = self.cleaned_data.get("country", "")
        parts = known_regions().get(country, ())
        found = next((part for part in parts if part.lower() == code.removeprefix(f"{country}-").lower()), None)
        if found is None:
            raise forms.ValidationError(
                _("“%(code)s” is not a part with holidays of its own. Known: %(parts)s."),
                params={"code": code, "parts": ", ".join(parts) or gettext("none")},
            )
        return found

    def spec(self) -> dict[str, Any]:
        data = self.cleaned_data
        spec: dict[str, Any] = {
            "tz": data["tz"],
            "hours": {day: data[day] for day, _label in DAYS if data[day]},
            "hol": list(data["closed"]),
            "overrides": data["overrides"],
        }
        if data["country"]:
            spec["holidays"] = {"country": data["country"], "subdiv": data["subdivision"]}
        return spec

    def wording(self) -> dict[str, Any]:
        return {"name": self.cleaned_data["name"], "spec": self.spec()}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors:
            try:
                BusinessCalendar.from_spec(self.spec())
            except CalendarError as error:
                raise forms.ValidationError(calendar_sentence(error)) from error
        return data


def _calendar_as_typed(spec: Mapping[str, Any]) -> dict[str, Any]:
    region = spec.get("holidays") or {}
    return {
        "tz": spec["tz"],
        "closed": "\n".join(spec.get("hol", ())),
        "overrides": "\n".join(
            f"{day} {hours_as_typed(hours)}".strip() for day, hours in spec.get("overrides", {}).items()
        ),
        "country": region.get("country", ""),
        "subdivision": region.get("subdiv") or "",
        **{day: hours_as_typed(hours) for day, hours in spec.get("hours", {}).items()},
    }
