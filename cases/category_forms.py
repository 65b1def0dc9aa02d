"""The shape of what is typed about a category: its names, where it starts, and the rules that suggest another severity."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases.models import CategoryVersion, EmergencyCare, Harm
from cases.operations.categories import LANGUAGES
from cases.settings_forms import SEVERITIES, WordingForm
from foundation.accounts.permissions import Level

MOST_RULES = 12
SPARE_RULES = 2
LANGUAGE_NAMES = {"en": "English", "es": "Español", "pt": "Português"}

FACT_VALUES: Mapping[str, tuple[str | Promise, list[tuple[Any, str | Promise]]]] = {
    "people_hurt": (_("People hurt"), [(harm.value, harm.label) for harm in Harm if harm]),
    "animals_hurt": (_("Animals hurt"), [(harm.value, harm.label) for harm in Harm if harm]),
    "emergency_care": (_("Emergency care"), [(care.value, care.label) for care in EmergencyCare if care]),
    "immediate_danger": (_("Somebody is in danger now"), [(True, _("Yes")), (False, _("No"))]),
}
"""The facts that a rule may ask for, with every answer it may wait for."""


class FactGroup(NamedTuple):
    """The answers of one fact as boxes to tick."""

    label: str | Promise
    boxes: list[Any]


class RuleForm(forms.Form):
    """One rule: any of these answers to one fact suggest this severity, for this reason. Empty rules are left out."""

    answers = forms.MultipleChoiceField(label=_("When"), required=False, widget=forms.CheckboxSelectMultiple)
    severity = forms.TypedChoiceField(
        label=_("Suggest"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("Choose one")), *((level, f"SEV-{level}") for level in SEVERITIES)],
    )
    en = forms.CharField(label=_("Because, in English"), required=False, max_length=200)
    es = forms.CharField(label=_("Because, in Spanish"), required=False, max_length=200)
    pt = forms.CharField(label=_("Because, in Portuguese"), required=False, max_length=200)

    remove = forms.BooleanField(label=_("Remove this rule"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["answers"].choices = [  # type: ignore[attr-defined]
            (f"{fact}:{value}", label) for fact, (_label, values) in FACT_VALUES.items() for value, label in values
        ]

    def groups(self) -> Iterator[FactGroup]:
        boxes = {box.data["value"]: box for box in self["answers"]}
        for fact, (label, values) in FACT_VALUES.items():
            yield FactGroup(label, [boxes[f"{fact}:{value}"] for value, _label in values])

    @property
    def is_blank(self) -> bool:
        return not (self["answers"].value() or self["severity"].value())

    def summary(self) -> str:
        """The rule as a line, as far as it can be read."""
        answers, severity = self["answers"].value() or [], self["severity"].value()
        if self.is_blank:
            return gettext("One more rule")
        fact, values = _apart(list(answers))
        if not values or not severity:
            return gettext("Not finished")
        return gettext("%(when)s → SEV-%(severity)s") % {"when": when(fact, values), "severity": severity}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("remove"):
            return data
        answers, severity = data.get("answers"), data.get("severity")
        if answers and len({answer.partition(":")[0] for answer in answers}) > 1:
            self.add_error("answers", _("A rule asks for one fact. Write a second rule for the other."))
        if answers and not severity:
            self.add_error("severity", _("Choose the severity that this suggests."))
        if severity and not answers:
            self.add_error("answers", _("Tick what has to be so."))
        if answers and severity and not data.get("en"):
            self.add_error("en", _("Say why: agents read it beside the suggestion."))
        return data

    def rule(self) -> dict[str, Any] | None:
        """The rule as a wording keeps it; None when it was left empty or removed."""
        data = self.cleaned_data
        if data["remove"] or not data["answers"] or not data["severity"]:
            return None
        fact, values = _apart(data["answers"])
        says = {language: data[language] for language in LANGUAGES if data[language]}
        return {"fact": fact, "equals": values, "severity": data["severity"], "says": says}


def _apart(answers: list[str]) -> tuple[str, list[Any]]:
    """The fact that the first answer is to, and those of its values that are ticked."""
    fact = answers[0].partition(":")[0] if answers else ""
    known = FACT_VALUES[fact][1] if fact in FACT_VALUES else []
    return fact, [value for value, _label in known if f"{fact}:{value}" in answers]


def when(fact: str, values: list[Any]) -> str:
    """The condition of a rule in words: “Emergency care is for a person or for both”."""
    label, known = FACT_VALUES[fact]
    named = [str(name).lower() for value, name in known if value in values]
    return gettext("%(fact)s: %(values)s") % {"fact": label, "values": gettext(" or ").join(named)}


class GroupForm(WordingForm):
    """A group of categories: its names in the three languages, and whether it is offered."""

    en = forms.CharField(label=_("In English"), max_length=80)
    es = forms.CharField(label=_("In Spanish"), max_length=80)
    pt = forms.CharField(label=_("In Portuguese"), max_length=80)
    is_active = forms.BooleanField(
        label=_("Offered for new cases"), required=False, initial=True, help_text=_("Cases that have it keep it.")
    )

    def __init__(self, *args: Any, version: CategoryVersion | None, **kwargs: Any) -> None:
        kwargs.setdefault("initial", _as_typed(version) if version else {"based_on": 0, "is_active": True})
        super().__init__(*args, **kwargs)
        self.version = version

    def wording(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "names": {language: data[language] for language in LANGUAGES},
            "is_active": data["is_active"],
            "level": self.version.level if self.version else 1,
            "severity": self.version.severity if self.version else 4,
            "rules": [],
        }


class CategoryForm(GroupForm):
    """A category whole, with its rules: as many as there are, and empty rows for more."""

    level = forms.TypedChoiceField(
        label=_("Starting level"),
        coerce=int,
        choices=Level.choices,
        help_text=_("How confidential a new case is until somebody raises or lowers it."),
    )
    severity = forms.TypedChoiceField(
        label=_("Suggested severity"),
        coerce=int,
        choices=[(level, f"SEV-{level}") for level in SEVERITIES],
        help_text=_("Where no rule below fits."),
    )

    def __init__(self, *args: Any, version: CategoryVersion | None, **kwargs: Any) -> None:
        super().__init__(*args, version=version, **kwargs)
        kept = version.severity_rules if version else []
        typed = [_rule_as_typed(rule) for rule in kept]
        asked = str(self.data.get("rules", "")) if self.is_bound else ""
        rows = min(int(asked), MOST_RULES) if asked.isdecimal() else len(typed) + SPARE_RULES
        data = self.data if self.is_bound else None
        self.rules = [
            RuleForm(data, prefix=f"rule{n}", initial=typed[n] if n < len(typed) else {}) for n in range(rows)
        ]

    def is_valid(self) -> bool:
        fit = [rule.is_valid() for rule in self.rules]
        return super().is_valid() and all(fit)

    def wording(self) -> dict[str, Any]:
        data = self.cleaned_data
        rules = [rule for form in self.rules if (rule := form.rule()) is not None]
        return super().wording() | {"level": data["level"], "severity": data["severity"], "rules": rules}


def _as_typed(version: CategoryVersion) -> dict[str, Any]:
    return {
        "based_on": version.number,
        "is_active": version.category.is_active,
        "level": version.level,
        "severity": version.severity,
        **{language: version.names.get(language, "") for language in LANGUAGES},
    }


def _rule_as_typed(rule: Mapping[str, Any]) -> dict[str, Any]:
    answers = [f"{rule['fact']}:{value}" for value in rule["equals"]]
    return {"answers": answers, "severity": rule["severity"], **rule["says"]}
