"""The intake form: what an agent asks while she is on the phone, in the order she asks it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import uuid4

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from cases.forms import Line, Prose
from cases.models import Case, CategoryVersion, Channel, PartyRole
from cases.models.incident import Authority, EmergencyCare, Harm
from cases.reports import IncidentReport
from foundation.accounts.models import User
from foundation.money import to_minor
from people.models import Person
from people.reported import ReportedBooking, ReportedPerson, ReportedPet

SPECIES = (
    ("dog", _("Dog")),
    ("cat", _("Cat")),
    ("bird", _("Bird")),
    ("rabbit", _("Rabbit")),
    ("horse", _("Horse")),
    ("other", _("Other")),
)
LANGUAGES = (("en", "English"), ("es", "Español"), ("pt", "Português"))
CHANNELS = [choice for choice in Channel.choices if choice[0] not in (Channel.API, Channel.IMPORT)]
SEVERITIES = [("", _("As suggested")), *((str(level), f"SEV-{level}") for level in (1, 2, 3, 4))]


class Meaning(NamedTuple):
    """A category as it is chosen: its name and what belongs in it, in the reader's language."""

    slug: str
    name: str
    hint: str


def category_meanings(language: str) -> dict[str, list[Meaning]]:
    """Every active category by its name in a language, under its group, the tree's order kept. One query."""
    current = CategoryVersion.objects.filter(is_current=True).select_related("category")
    in_order = current.order_by("category__parent__position", "category__position", "category_id")
    versions = {version.category_id: version for version in in_order}
    groups: dict[str, list[Meaning]] = {}
    for version in versions.values():
        parent = versions.get(version.category.parent_id or 0)
        if parent is not None and version.category.is_active:
            meaning = Meaning(version.category.slug, version.name(language), version.hint(language))
            groups.setdefault(parent.name(language), []).append(meaning)
    return groups


def category_choices(language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """The categories as a select offers them."""
    return _as_choices(category_meanings(language))


def _as_choices(meanings: Mapping[str, Iterable[Meaning]]) -> list[tuple[str, list[tuple[str, str]]]]:
    return [(group, [(each.slug, each.name) for each in members]) for group, members in meanings.items()]


class IntakeForm(forms.Form):
    """Everything but title, category and market may be left for later; a phone call does not wait for a form."""

    submission = forms.UUIDField(widget=forms.HiddenInput)
    another = forms.CharField(required=False, widget=forms.HiddenInput)
    on_the_phone = forms.BooleanField(label=_("I am on the phone with her"), required=False)
    channel = forms.ChoiceField(label=_("How it came in"), choices=CHANNELS, initial=Channel.PHONE)
    title = Line(label=_("What happened, in a line"), max_length=200)
    description = Prose(label=_("What she says"), required=False, max_length=20_000, rows=6)
    category = forms.ChoiceField(label=_("Category"))
    immediate_danger = forms.BooleanField(label=_("Somebody is in danger now"), required=False)
    people_hurt = forms.ChoiceField(label=_("People hurt"), choices=Harm.choices, required=False)
    animals_hurt = forms.ChoiceField(label=_("Animals hurt"), choices=Harm.choices, required=False)
    emergency_care = forms.ChoiceField(label=_("Emergency care"), choices=EmergencyCare.choices, required=False)
    authorities = forms.MultipleChoiceField(
        label=_("Informed already"), choices=Authority.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    authority_reference = forms.CharField(label=_("Their reference"), required=False, max_length=120)
    severity = forms.ChoiceField(label=_("Severity"), choices=SEVERITIES, required=False)
    severity_reason = Line(label=_("Why not the suggestion"), required=False, max_length=500)

    reporter_person = forms.IntegerField(required=False, widget=forms.HiddenInput)
    reporter_name = forms.CharField(label=_("Name"), required=False, max_length=200)
    reporter_phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    reporter_email = forms.EmailField(label=_("Email"), required=False, max_length=320)
    reporter_role = forms.ChoiceField(label=_("She is"), choices=PartyRole.choices, initial=PartyRole.OWNER)
    respondent_person = forms.IntegerField(required=False, widget=forms.HiddenInput)
    respondent_name = forms.CharField(label=_("Name"), required=False, max_length=200)
    respondent_phone = forms.CharField(label=_("Phone"), required=False, max_length=40)
    respondent_email = forms.EmailField(label=_("Email"), required=False, max_length=320)
    respondent_role = forms.ChoiceField(label=_("They are"), choices=PartyRole.choices, initial=PartyRole.SITTER)

    pet_name = forms.CharField(label=_("Animal’s name"), required=False, max_length=120)
    pet_species = forms.ChoiceField(label=_("Species"), choices=SPECIES, initial="dog", required=False)
    pet_breed = forms.CharField(label=_("Breed"), required=False, max_length=120)
    booking = forms.CharField(label=_("Booking"), required=False, max_length=120)
    occurred_on = forms.DateField(
        label=_("Day it happened"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    occurred_time = forms.TimeField(label=_("Time"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))
    place = Line(label=_("Where"), required=False, max_length=300)
    loss = forms.DecimalField(label=_("Loss, estimated"), required=False, min_value=0, max_digits=12, decimal_places=3)
    loss_currency = forms.CharField(label=_("Currency"), required=False, max_length=3, initial="USD")
    market = forms.RegexField(
        r"^[A-Za-z]{2}$", label=_("Market"), error_messages={"invalid": _("Two letters, such as US.")}, initial="US"
    )
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES, initial="en")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.twin: Case | None = None
        self.user = user
        category = self.fields["category"]
        assert isinstance(category, forms.ChoiceField)
        self.meanings = category_meanings(get_language() or "en")
        category.choices = [("", _("Choose one")), *_as_choices(self.meanings)]
        team = user.teams.exclude(country="").order_by("pk").first()
        if team is not None and not self.is_bound:
            self.initial.setdefault("market", team.country)

    def ask_whether_another(self, twin: Case) -> None:
        """Say that this may be a case already, and let the same form open another one when it is sent again."""
        self.twin = twin
        typed = QueryDict(mutable=True)
        typed.update(self.data)
        typed["another"], typed["submission"] = twin.reference, str(uuid4())
        self.data = typed
        sentence = _("You have just opened %(reference)s with this line. Send the form again for another case.")
        self.add_error(None, sentence % {"reference": twin.reference})

    def clean_loss_currency(self) -> str:
        text = str(self.cleaned_data["loss_currency"]).upper()
        if text and not (len(text) == 3 and text.isalpha()):
            raise forms.ValidationError(_("Three letters, such as USD."))
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("occurred_time") and not data.get("occurred_on"):
            self.add_error("occurred_on", _("A time needs its day."))
        if data.get("loss") is not None:
            self._check_loss(data["loss"], data.get("loss_currency", ""))
        for side in ("reporter", "respondent"):
            if data.get(f"{side}_person") and not self._is_seen(data[f"{side}_person"]):
                self.add_error(f"{side}_name", _("This person is not known."))
            told = any(data.get(f"{side}_{part}") for part in ("phone", "email"))
            if told and not (data.get(f"{side}_name") or data.get(f"{side}_person")):
                self.add_error(f"{side}_name", _("Ask for a name, or write what is known, such as “neighbour”."))
        return data

    def _is_seen(self, pk: int) -> bool:
        """Whether she is somebody whom the matches could have shown; else as unknown as somebody who is not there."""
        visible = Person.objects.visible_to(self.user)
        return 0 < pk < 2**63 and visible.filter(pk=Person.objects.leading([pk])[pk]).exists()

    def _check_loss(self, loss: Decimal, currency: str) -> None:
        if not currency:
            self.add_error("loss_currency", _("An amount needs its currency."))
            return
        try:
            to_minor(loss, currency)
        except ValueError:
            self.add_error("loss", _("%(currency)s has fewer decimals.") % {"currency": currency})

    def report(self) -> IncidentReport:
        """What was typed as a report. Only after is_valid()."""
        data = self.cleaned_data
        market = data["market"].upper()
        loss = data["loss"]
        return IncidentReport(
            title=data["title"],
            description=data["description"],
            category=data["category"],
            severity=int(data["severity"]) if data["severity"] else None,
            severity_reason=data["severity_reason"],
            channel=data["channel"],
            market=market,
            language=data["language"],
            submission=data["submission"],
            reporter=_person(data, "reporter", market),
            respondent=_person(data, "respondent", market),
            reporter_person=data["reporter_person"],
            respondent_person=data["respondent_person"],
            pet=_pet(data),
            booking=ReportedBooking(external_id=data["booking"]) if data["booking"] else None,
            occurred_at=_occurred(data),
            occurred_date_only=bool(data["occurred_on"]) and data["occurred_time"] is None,
            time_zone=str(timezone.get_current_timezone()) if data["occurred_on"] else "",
            place=data["place"],
            people_hurt=data["people_hurt"],
            animals_hurt=data["animals_hurt"],
            emergency_care=data["emergency_care"],
            immediate_danger=data["immediate_danger"],
            authorities=tuple(data["authorities"]),
            authority_reference=data["authority_reference"],
            loss_minor=to_minor(loss, data["loss_currency"]) if loss is not None else None,
            loss_currency=data["loss_currency"] if loss is not None else "",
        )


def _person(data: Mapping[str, Any], side: str, market: str) -> ReportedPerson | None:
    name, phone, email = (data[f"{side}_{part}"] for part in ("name", "phone", "email"))
    if not (name or phone or email or data[f"{side}_person"]):
        return None
    return ReportedPerson(name=name, phone=phone, email=email, role=data[f"{side}_role"], country=market)


def _pet(data: Mapping[str, Any]) -> ReportedPet | None:
    if not (data["pet_name"] or data["pet_breed"]):
        return None
    return ReportedPet(name=data["pet_name"], species=data["pet_species"] or "dog", breed=data["pet_breed"])


def _occurred(data: Mapping[str, Any]) -> datetime | None:
    """The instant it happened, in the agent's zone; midnight where only the day is known."""
    if data["occurred_on"] is None:
        return None
    return timezone.make_aware(datetime.combine(data["occurred_on"], data["occurred_time"] or time()))
