"""The shape of what is typed about staff, teams, keys and one's own preferences."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from foundation.accounts import skills
from foundation.accounts.models import Skills, Team, Theme, User
from foundation.accounts.operations import RouteSpec
from foundation.accounts.permissions import ROLES, Role

STAFF_ROLES = [role for role in Role if role != Role.INTEGRATION]
_MARKET = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_REGIONS = ("Africa/", "America/", "Antarctica/", "Asia/", "Atlantic/", "Australia/", "Europe/", "Indian/", "Pacific/")
KEY_LIVES = {"90": _("After 90 days"), "365": _("After a year"), "never": _("When it is revoked")}


def zone_choices() -> list[tuple[str, str]]:
    """UTC and the zones that are places; not the aliases kept for old systems."""
    zones = sorted(zone for zone in available_timezones() if zone.startswith(_REGIONS))
    return [("UTC", "UTC"), *((zone, zone.replace("_", " ")) for zone in zones)]


class StaffForm(forms.Form):
    """Somebody new."""

    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("Email"), help_text=_("She signs in with it."))
    role = forms.ChoiceField(label=_("Role"), choices=[(role.value, role.label) for role in STAFF_ROLES])


class RoleForm(forms.Form):
    """Another role, each with what it means."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.value, f"{role.label}. {ROLES[role].sentence}") for role in STAFF_ROLES
        ]


class EndAccessForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=200, required=False)


class SkillsForm(forms.Form):
    """Which cases a rule may give somebody. What is left empty asks nothing."""

    languages = forms.CharField(
        label=_("Languages"),
        required=False,
        max_length=200,
        help_text=_("Codes with commas between them, such as en, es. Empty: cases in every language."),
    )
    markets = forms.CharField(
        label=_("Markets"),
        required=False,
        max_length=200,
        help_text=_("Two letters each, such as US, BR. Empty: cases of every market."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Kinds"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("None: every kind of case.")
    )

    def __init__(self, *args: Any, skills_now: Skills, **kwargs: Any) -> None:
        names = ", ".join
        initial = {
            "languages": names(skills_now.languages), "markets": names(skills_now.markets), "kinds": skills_now.kinds,
        }  # fmt: skip
        super().__init__(*args, **({"initial": initial} | kwargs))
        self.fields["kinds"].choices = skills.kinds()  # type: ignore[attr-defined]

    def clean_languages(self) -> list[str]:
        return self._known(skills.known_languages, "languages")

    def clean_markets(self) -> list[str]:
        return self._known(skills.known_markets, "markets")

    def _known(self, known: Callable[[list[str]], list[str]], name: str) -> list[str]:
        told = [part for part in re.split(r"[,;\s]+", str(self.cleaned_data[name])) if part]
        try:
            return known(told)
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from error


class TeamForm(forms.Form):
    """A team as a whole. Routes are lines: a market, then a language when only that one goes to the team."""

    name = forms.CharField(label=_("Name"), max_length=80)
    country = forms.CharField(
        label=_("Country"),
        max_length=2,
        required=False,
        help_text=_("Two letters, as US. Empty for a team of every country."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices)
    lead = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Lead"),
        required=False,
        empty_label=_("Nobody"),
        help_text=_("Is paged when a response is overdue. Without a lead every admin is told of the gap."),
    )
    members = forms.ModelMultipleChoiceField(
        User.objects.none(), label=_("Members"), required=False, widget=forms.CheckboxSelectMultiple
    )
    routes = forms.CharField(
        label=_("Takes"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_(
            "One line each: a market, then a language if only that one. US takes every language, US pt only Portuguese."
        ),
    )
    is_active = forms.BooleanField(label=_("Takes cases"), required=False)

    def __init__(self, *args: Any, team: Team | None = None, **kwargs: Any) -> None:
        if team is not None:
            kwargs.setdefault("initial", self._of(team))
        super().__init__(*args, **kwargs)
        staff = User.objects.active().order_by("name", "pk")
        self.fields["lead"].queryset = staff.filter(role__in=(Role.LEAD, Role.MANAGER))  # type: ignore[attr-defined]
        self.fields["members"].queryset = staff  # type: ignore[attr-defined]
        if team is None:
            del self.fields["is_active"]

    @staticmethod
    def _of(team: Team) -> dict[str, Any]:
        routes = team.routes.order_by("market", "language")
        return {
            "name": team.name,
            "country": team.country,
            "time_zone": team.time_zone,
            "lead": team.lead_id,
            "members": [membership.user_id for membership in team.memberships.all()],
            "routes": "\n".join(f"{route.market} {route.language}".strip() for route in routes),
            "is_active": team.is_active,
        }

    def clean_country(self) -> str:
        country = str(self.cleaned_data["country"]).strip().upper()
        if country and not _MARKET.fullmatch(country):
            raise forms.ValidationError(_("Write a country as two letters, such as US."))
        return country

    def clean_routes(self) -> list[RouteSpec]:
        return [_route(line) for line in str(self.cleaned_data["routes"]).splitlines() if line.strip()]


def _route(line: str) -> RouteSpec:
    market, _space, language = line.strip().partition(" ")
    market, language = market.upper(), language.strip()
    if not _MARKET.fullmatch(market) or (language and not _LANGUAGE.fullmatch(language)):
        raise forms.ValidationError(
            _("“%(line)s” is not a market and a language, such as US or US pt."), params={"line": line}
        )
    return RouteSpec(market, language)


class KeyForm(forms.Form):
    """A key for a system that calls the API."""

    integration = forms.CharField(
        label=_("System"), max_length=80, help_text=_("An earlier name gives that system another key.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("It may"),
        widget=forms.CheckboxSelectMultiple,
        choices=[(scope, scope) for scope in sorted(ROLES[Role.INTEGRATION].scopes)],
    )
    lives = forms.ChoiceField(label=_("It ends"), choices=list(KEY_LIVES.items()), initial="365")
    networks = forms.CharField(
        label=_("Only from"),
        required=False,
        help_text=_("Networks such as 192.0.2.0/24, with spaces between them. Empty: from anywhere."),
    )

    def clean_networks(self) -> list[str]:
        try:
            return [str(ip_network(text, strict=False)) for text in str(self.cleaned_data["networks"]).split()]
        except ValueError as error:
            raise forms.ValidationError(_("Write networks such as 192.0.2.0/24.")) from error

    def expires_at(self, now: datetime) -> datetime | None:
        lives = self.cleaned_data["lives"]
        return None if lives == "never" else now + timedelta(days=int(lives))


class PreferencesForm(forms.Form):
    """How the desk looks to her."""

    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    time_zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, help_text=_("Times on every page are told in it.")
    )
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices, required=False, widget=forms.RadioSelect)
    shortcuts = forms.BooleanField(
        label=_("Keyboard shortcuts"), required=False, help_text=_("Single keys such as j, k and t act on the page.")
    )
