"""Publishing a new wording of a category: its names, starting level and suggested severities."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from cases import events
from cases.models import Category, CategoryVersion, Incident
from cases.severity import FACTS, facts_of, suggest
from foundation.accounts.actors import staff_or_none
from foundation.accounts.permissions import Level
from foundation.audit import trail
from foundation.audit.actors import Acting

LANGUAGES = ("en", "es", "pt")
PREVIEWED = 500


class CategoryRefused(ValueError):
    """A wording that cannot be published, with the sentence why."""


@transaction.atomic
def publish_category(
    category: Category,
    *,
    names: Mapping[str, str],
    level: int,
    severity: int,
    rules: Sequence[Mapping[str, Any]],
    is_active: bool,
    by: Acting,
    now: datetime,
) -> CategoryVersion:
    """Put a new wording in force for cases opened or filed anew from now on; cases that exist keep theirs.

    The same wording again publishes nothing. Raises CategoryRefused.
    """
    names = {language: " ".join(names.get(language, "").split()) for language in LANGUAGES}
    _check(names, level, severity, rules)
    category = Category.objects.select_for_update().get(pk=category.pk)
    newest = category.versions.filter(is_current=True).first()
    wording = {"names": names, "level": level, "severity": severity, "severity_rules": list(rules)}
    if category.is_active != is_active:
        category.is_active = is_active
        category.save(update_fields=["is_active"])
        trail.record(events.CATEGORY_CHANGED, about=category, by=by, active=is_active)
    if newest is not None and all(getattr(newest, name) == value for name, value in wording.items()):
        return newest
    category.versions.filter(is_current=True).update(is_current=False)
    version = CategoryVersion.objects.create(
        category=category,
        number=(category.versions.aggregate(last=Max("number"))["last"] or 0) + 1,
        hints=newest.hints if newest else {},
        created_at=now,
        created_by=staff_or_none(by),
        **wording,
    )
    trail.record(events.CATEGORY_CHANGED, about=category, by=by, number=version.number, level=level, severity=severity)
    return version


def would_change(category: Category, version: CategoryVersion) -> tuple[int, int]:
    """Of the newest cases of this category, at most PREVIEWED: how many there are, and how many it would rate otherwise."""
    incidents = Incident.objects.filter(category__category=category).select_related("case").order_by("-case_id")[:PREVIEWED]
    found = list(incidents)
    other = sum(
        suggest(version, facts_of(incident)).severity != incident.case.severity_suggested for incident in found
    )
    return len(found), other


def _check(names: Mapping[str, str], level: int, severity: int, rules: Sequence[Mapping[str, Any]]) -> None:
    if missing := [language for language in LANGUAGES if not names[language]]:
        raise CategoryRefused(_("A name is missing in: %(languages)s.") % {"languages": ", ".join(missing)})
    if any(len(name) > 80 for name in names.values()):
        raise CategoryRefused(_("A name has at most 80 characters."))
    if level not in Level.values:
        raise CategoryRefused(_("The starting level is C1 to C4."))
    if severity not in (1, 2, 3, 4):
        raise CategoryRefused(_("Severity is 1, 2, 3 or 4."))
    for rule in rules:
        if rule["fact"] not in FACTS or not rule["equals"] or rule["severity"] not in (1, 2, 3, 4):
            raise CategoryRefused(_("A rule names a fact, what it is, and a severity."))
