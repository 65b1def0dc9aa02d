"""The severity that a category and the facts suggest, as shipped."""

import pytest

from cases.models import CategoryVersion
from cases.severity import suggest

SHIPPED = {
    1: {"assault", "minor-safety", "lost-pet"},
    2: {"bite", "injury-to-pet", "death-of-pet", "illness-of-pet", "neglect", "threat", "unsafe-home"},
    3: {"theft", "harassment", "discrimination", "property-damage", "impersonation", "fraud", "privacy"},
    4: {"injury-to-person", "no-show", "off-platform-payment", "fake-review", "dispute-over-work", "other"},
}
LEVELS = {
    3: {"assault", "minor-safety"},
    2: {
        "bite", "injury-to-pet", "injury-to-person", "illness-of-pet", "death-of-pet", "neglect", "threat", "harassment",
        "discrimination", "unsafe-home", "privacy",
    },
}  # fmt: skip


def version(slug):
    return CategoryVersion.objects.get(category__slug=slug, is_current=True)


@pytest.mark.parametrize(
    ("severity", "slug"), [(severity, slug) for severity, slugs in SHIPPED.items() for slug in sorted(slugs)]
)
def test_a_category_starts_at_its_severity(severity, slug, db):
    suggestion = suggest(version(slug), {})

    assert suggestion.severity == severity
    assert f"SEV-{severity}" in suggestion.because


@pytest.mark.parametrize(
    ("slug", "facts", "severity"),
    [
        ("injury-to-person", {"emergency_care": "person"}, 1),
        ("injury-to-person", {"emergency_care": "both"}, 1),
        ("injury-to-person", {"emergency_care": "animal"}, 4),
        ("injury-to-person", {"emergency_care": ""}, 4),
        ("threat", {"immediate_danger": True}, 1),
        ("threat", {"immediate_danger": False}, 2),
        ("bite", {"immediate_danger": True}, 2),
    ],
)
def test_facts_change_the_suggestion(slug, facts, severity, db):
    assert suggest(version(slug), facts).severity == severity


def test_the_reason_is_told_in_the_language_asked_for(db):
    facts = {"immediate_danger": True}

    assert suggest(version("threat"), facts).because == "Somebody is in danger now."
    assert suggest(version("threat"), facts, language="pt-BR").because == "Alguém está em perigo agora."
    assert suggest(version("threat"), facts, language="fr").because == "Somebody is in danger now."


def test_the_shipped_levels_are_those_of_the_contract(db):
    levels = dict(CategoryVersion.objects.filter(category__parent__isnull=False).values_list("category__slug", "level"))

    assert len(levels) == 23
    for slug, level in levels.items():
        assert level == next((wanted for wanted, slugs in LEVELS.items() if slug in slugs), 1)


def test_every_category_has_a_name_in_the_three_languages(db):
    for category in CategoryVersion.objects.all():
        assert all(category.names[language] for language in ("en", "es", "pt"))
