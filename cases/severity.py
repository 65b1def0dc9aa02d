"""The severity that a category and the facts suggest, from the table that leads see and edit.

A version of a category holds the severity it starts at and rules that the facts can trigger, first match wins.
A suggestion never binds: whoever opens or triages the case may choose another, with a reason.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from cases.models.categories import CategoryVersion
from cases.models.incident import Incident

FACTS = ("people_hurt", "animals_hurt", "emergency_care", "immediate_danger")
"""The facts of an incident that a rule may ask for."""


class Suggestion(NamedTuple):
    """A severity and the sentence that says why."""

    severity: int
    because: str


def suggest(category: CategoryVersion, facts: Mapping[str, Any], *, language: str = "en") -> Suggestion:
    """The suggested severity of a case in this category with these facts; an unknown fact triggers no rule."""
    for rule in category.severity_rules:
        if rule["fact"] in facts and facts[rule["fact"]] in rule["equals"]:
            return Suggestion(rule["severity"], _says(rule["says"], language))
    because = _("%(category)s starts at SEV-%(severity)s.") % {
        "category": category.name(language),
        "severity": category.severity,
    }
    return Suggestion(category.severity, because)


def facts_of(incident: Incident) -> dict[str, Any]:
    """The facts of an incident that its severity is suggested from."""
    return {fact: getattr(incident, fact) for fact in FACTS}


def _says(sentences: Mapping[str, str], language: str) -> str:
    return sentences.get(language.split("-")[0].lower()) or sentences["en"]
