"""The forms behind the details of a case: its facts, severity, level, team, parties, links, evidence and sharing."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.forms import Line, Prose, ReferenceField, StaffField
from cases.intake_forms import category_choices
from cases.models import Capacity, Case, Channel, LinkKind, PartyRole
from cases.models.incident import Authority, EmergencyCare, Harm
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Compartment, Level
from foundation.audit.actors import Acting
from foundation.money import decimals, to_minor
from people.models import Person


class DetailForm(forms.Form):
    """The details and facts of a case, with the version that was read. Fields are those that edit_case changes."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    title = Line(label=_("Title"), max_length=200)
    description = Prose(label=_("What happened"), required=False, max_length=20_000, rows=6)
    category = forms.ChoiceField(label=_("Category"))
    channel = forms.ChoiceField(label=_("How it came in"), choices=Channel.choices)
    market = forms.RegexField(
        r"^[A-Za-z]{2}$", label=_("Market"), error_messages={"invalid": _("Two letters, such as US.")}
    )
    language = forms.CharField(label=_("Language"), max_length=35)
    occurred_at = forms.DateTimeField(
        label=_("When it happened"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    occurred_date_only = forms.BooleanField(label=_("Only the day is known"), required=False)
    place = Line(label=_("Where"), required=False, max_length=300)
    people_hurt = forms.ChoiceField(label=_("People hurt"), choices=Harm.choices, required=False)
    animals_hurt = forms.ChoiceField(label=_("Animals hurt"), choices=Harm.choices, required=False)
    emergency_care = forms.ChoiceField(label=_("Emergency care"), choices=EmergencyCare.choices, required=False)
    immediate_danger = forms.BooleanField(label=_("Somebody is in danger now"), required=False)
    authorities = forms.MultipleChoiceField(
        label=_("Informed"), choices=Authority.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    authority_reference = forms.CharField(label=_("Their reference"), required=False, max_length=120)
    loss = forms.DecimalField(label=_("Loss, estimated"), required=False, min_value=0, max_digits=12, decimal_places=3)
    loss_currency = forms.CharField(label=_("Currency"), required=False, max_length=3)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        category = self.fields["category"]
        assert isinstance(category, forms.ChoiceField)
        category.choices = category_choices(get_language() or "en")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        currency = str(data.get("loss_currency") or "").upper()
        data["loss_currency"] = currency if data.get("loss") is not None else ""
        if data.get("loss") is not None:
            try:
                to_minor(data["loss"], currency)
            except ValueError:
                self.add_error("loss", _("%(currency)s has fewer decimals.") % {"currency": currency})
            if not currency:
                self.add_error("loss_currency", _("An amount needs its currency."))
        return data

    def changes(self) -> dict[str, Any]:
        """What edit_case takes: every field of the form but its version. Only after is_valid()."""
        data = dict(self.cleaned_data)
        del data["version"]
        loss: Decimal | None = data.pop("loss")
        data["loss_minor"] = to_minor(loss, data["loss_currency"]) if loss is not None else None
        data["market"] = data["market"].upper()
        return data


def details_of(case: Case) -> dict[str, Any]:
    """The form's initial values for a case as it stands."""
    incident = case.incident
    loss = None
    if incident.loss_minor is not None:
        loss = Decimal(incident.loss_minor).scaleb(-decimals(incident.loss_currency))
    named = ("occurred_date_only", "place", "people_hurt", "animals_hurt", "emergency_care", "immediate_danger", "authorities",
             "authority_reference", "loss_currency")  # fmt: skip
    return {
        **{name: getattr(case, name) for name in ("version", "title", "description", "channel", "market", "language")},
        **{name: getattr(incident, name) for name in named},
        "category": incident.category.category.slug,
        "occurred_at": timezone.localtime(incident.occurred_at) if incident.occurred_at else None,
        "loss": loss,
    }


SEVERITIES = [(level, f"SEV-{level}") for level in (1, 2, 3, 4)]


class SeverityForm(forms.Form):
    severity = forms.TypedChoiceField(label=_("Severity"), choices=SEVERITIES, coerce=int)
    reason = Line(label=_("Why not the suggestion"), required=False, max_length=500)


class BulkSeverityForm(forms.Form):
    """The severity of many cases. Its fields stand in one form with those of other deeds, so the browser asks for none."""

    use_required_attribute = False

    severity = forms.TypedChoiceField(choices=SEVERITIES, coerce=int)
    reason = Line(
        label=_("Reason"),
        max_length=500,
        error_messages={"required": _("A severity by hand needs a reason. Nothing was changed.")},
    )


class LevelForm(forms.Form):
    level = forms.TypedChoiceField(label=_("Level"), choices=Level.choices, coerce=int)
    reason = Prose(label=_("Why"), max_length=2_000, rows=2)


class TeamForm(forms.Form):
    team = forms.ModelChoiceField(Team.objects.filter(is_active=True), label=_("Team"), empty_label=None)


class PartyForm(forms.Form):
    """person: the number of somebody known; otherwise a new person of this name."""

    person = forms.ModelChoiceField(Person.objects.none(), required=False, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name"), max_length=200)
    phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    email = forms.EmailField(label=_("Email"), required=False, max_length=320)
    role = forms.ChoiceField(label=_("Role"), choices=PartyRole.choices)
    capacity = forms.ChoiceField(label=_("Side"), choices=Capacity.choices, initial=Capacity.INVOLVED)

    def __init__(self, *args: Any, reader: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = self.fields["person"]
        assert isinstance(person, forms.ModelChoiceField)
        if self.is_bound:
            # A blank form names nobody yet, and saying whom the reader sees is the dearest part of a page.
            person.queryset = Person.objects.visible_to(reader)


class OtherCaseForm(forms.Form):
    """Another case that the reader sees, for a link or a merge."""

    other = ReferenceField(label=_("Case"), max_length=16)
    kind = forms.ChoiceField(label=_("How"), choices=LinkKind.choices, required=False, initial=LinkKind.RELATED)

    def __init__(self, *args: Any, reader: Acting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        other = self.fields["other"]
        assert isinstance(other, ReferenceField)
        other.reader = reader


class EvidenceForm(forms.Form):
    title = Line(label=_("What it shows"), required=False, max_length=200)
    description = Prose(label=_("In words, for those who do not look"), required=False, max_length=5_000, rows=2)
    compartment = forms.ChoiceField(label=_("Who may see it"), choices=Compartment.choices, required=False)

    def __init__(self, *args: Any, held: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        compartment = self.fields["compartment"]
        assert isinstance(compartment, forms.ChoiceField)
        compartment.choices = [(value, label) for value, label in Compartment.choices if value in held]


class ShareForm(forms.Form):
    to = StaffField(User.objects.active().order_by("name"), label=_("With"), empty_label=_("Choose somebody"))
    reason = Prose(label=_("Why"), max_length=2_000, rows=1)


class ConflictForm(forms.Form):
    reason = Line(label=_("What the interest is"), max_length=200)


class WithdrawForm(forms.Form):
    reason = Line(label=_("Why it is none"), max_length=2_000)


class GlassForm(forms.Form):
    reason = Prose(label=_("Why you need to read this case"), max_length=2_000)
