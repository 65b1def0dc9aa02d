"""The shape of what is typed about people and their animals."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from people import normal, places
from people.models import ContactKind, Person, PersonKind, Pet

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
LANGUAGES = ("en", "es", "pt", "fr", "de", "it", "nl", "zh", "vi", "ko", "tl", "ar", "ru", "pl", "uk", "ja")
"""Offered while one types; any other BCP 47 tag may be typed too."""


def _zone_choices() -> list[tuple[str, Any]]:
    named = places.countries()
    groups = [
        (named[code], [(zone, zone.replace("_", " ")) for zone in zones]) for code, zones in places.zones().items()
    ]
    return [("", _("As her country")), *sorted(groups, key=lambda group: places.by_letter(group[0]))]


class PersonForm(forms.ModelForm[Person]):
    """What is known of somebody. What it showed when it was opened comes back with it, to tell who changed what."""

    class Meta:
        model = Person
        fields = ("name", "kind", "language", "country", "time_zone", "note")

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"] = forms.ChoiceField(label=_("Kind"), choices=PersonKind.choices)
        self.fields["country"] = forms.ChoiceField(
            label=_("Country"),
            choices=[("", _("Not known")), *places.countries().items()],
            required=False,
            help_text=_("How a phone number without a country code is read."),
        )
        self.fields["time_zone"] = forms.ChoiceField(label=_("Time zone"), choices=_zone_choices(), required=False)
        self.fields["language"].help_text = _("A code such as en, es or pt-BR.")
        self.fields["note"].help_text = _("For example: after six, by text first.")
        for name in self.Meta.fields:
            self.fields[name].show_hidden_initial = self.instance.pk is not None

    def clean_name(self) -> str:
        if not (name := normal.text(self.cleaned_data["name"])):
            raise forms.ValidationError(_("A person needs a name, if only what others call her."))
        return name

    def clean_language(self) -> str:
        language = str(self.cleaned_data["language"]).strip()
        if language and not _LANGUAGE.fullmatch(language):
            raise forms.ValidationError(_("Write a language as a code, such as es or pt-BR."))
        return language

    @property
    def languages(self) -> tuple[str, ...]:
        return LANGUAGES

    @property
    def opened_with(self) -> list[tuple[str, str]]:
        """Hidden fields that carry what the form showed when it was opened, through a correction too."""
        if self.instance.pk is None:
            return []
        was = self.was if self.is_bound else {name: self[name].initial or "" for name in self.Meta.fields}
        return [(self[name].html_initial_name, value) for name, value in was.items()]

    @property
    def was(self) -> dict[str, str]:
        """The values the form was opened with."""
        return {name: self.data.get(self[name].html_initial_name, "") for name in self.Meta.fields}

    @property
    def changes(self) -> dict[str, str]:
        """What was changed in it, by field."""
        return {name: self.cleaned_data[name] for name in self.changed_data if name in self.Meta.fields}

    def said(self, name: str, value: str) -> str:
        """A value of a field as it is shown: the label of a choice, or the value itself."""
        choices = getattr(self.fields[name], "choices", ())
        return str(dict(choices).get(value, value)) if name in ("kind", "country") else value


class ContactPointForm(forms.Form):
    """A further way to reach somebody."""

    kind = forms.ChoiceField(label=_("Kind"), choices=ContactKind.choices)
    value = forms.CharField(label=_("Number, address or handle"), max_length=320)
    as_written = forms.BooleanField(
        label=_("Keep it as written"),
        help_text=_("It is shown, and matches nobody."),
        required=False,
    )


class PetForm(forms.ModelForm[Pet]):
    """An animal."""

    class Meta:
        model = Pet
        fields = ("name", "species", "breed", "sex", "neutered", "age_months", "weight_grams", "health")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["sex"] = forms.ChoiceField(
            label=_("Sex"), choices=[("", _("Not known")), ("F", _("Female")), ("M", _("Male"))], required=False
        )
        self.fields["neutered"] = forms.NullBooleanField(
            label=_("Neutered"),
            widget=forms.Select(choices=[("unknown", _("Not known")), ("true", _("Yes")), ("false", _("No"))]),
            required=False,
        )
