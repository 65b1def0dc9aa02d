"""The category tree: new categories, their order, and new wordings of their names, starting level and suggested severities."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from cases import events
from cases.models import Category, CategoryVersion, Incident
from cases.severity import FACTS, facts_of, suggest
from foundation.accounts.actors import staff_or_none
from foundation.accounts.permissions import Level
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.workflow.wordings import check_newest

LANGUAGES = ("en", "es", "pt")
PREVIEWED = 500


class CategoryRefused(ValueError):
    """A wording that cannot be published, with the sentence why."""


@transaction.atomic
def create_category(
    parent: Category,
    *,
    names: Mapping[str, str],
    level: int,
    severity: int,
    rules: Sequence[Mapping[str, Any]],
    is_active: bool = True,
    by: Acting,
    now: datetime,
) -> Category:
    """Make a category at the end of a group, with its first wording. Other systems know it by its English name in slug form.

    Raises CategoryRefused, also where that name is taken and where ``parent`` is no group.
    """
    if parent.parent_id is not None:
        raise CategoryRefused(_("A category stands under a group."))
    slug = slugify(names.get("en", ""))[:50]
    if not slug:
        raise CategoryRefused(_("A name is missing in: %(languages)s.") % {"languages": "en"})
    last = parent.children.aggregate(last=Max("position"))["last"] or 0
    category, is_new = Category.objects.get_or_create(
        slug=slug, defaults={"parent": parent, "position": last + 1, "is_active": is_active}
    )
    if not is_new:
        raise CategoryRefused(_("There is a category “%(slug)s” already.") % {"slug": slug})
    publish_category(
        category, names=names, level=level, severity=severity, rules=rules, is_active=is_active, by=by, now=now
    )
    return category


@transaction.atomic
def move_category(category: Category, *, up: bool, by: Acting) -> None:
    """Let a category change places with the one above or below it in its group; at the end of the group nothing happens."""
    siblings = list(Category.objects.filter(parent=category.parent_id).select_for_update().order_by("position", "pk"))
    at = siblings.index(category)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(siblings):
        return
    siblings[at], siblings[to] = siblings[to], siblings[at]
    for position, sibling in enumerate(siblings, start=1):
        sibling.position = position
    Category.objects.bulk_update(siblings, ["position"])
    trail.record(events.CATEGORY_CHANGED, about=category, by=by, place=to + 1)


@transaction.atomic
def publish_category(
    category: Category,
    *,
    names: Mapping[str, str],
    level: int,
    severity: int,
    rules: Sequence[Mapping[str, Any]],
    is_active: bool,
    based_on: int | None = None,
    by: Acting,
    now: datetime,
) -> CategoryVersion:
    """Put a new wording in force for cases opened or filed anew from now on; cases that exist keep theirs.

    The same wording again publishes nothing. Raises CategoryRefused, and Overtaken where ``based_on`` is not the
    number of the newest wording.
    """
    names = {language: " ".join(names.get(language, "").split()) for language in LANGUAGES}
    _check(names, level, severity, rules)
    category = Category.objects.select_for_update().get(pk=category.pk)
    newest = category.versions.filter(is_current=True).first()
    check_newest(newest.number if newest else 0, based_on)
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


class Ratings(NamedTuple):
    """The newest cases of a category, at most PREVIEWED: how many there are, and how many would be rated otherwise."""

    cases: int
    otherwise: int


def would_change(category: Category, version: CategoryVersion) -> Ratings:
    """What a wording, saved or not, would have suggested for the newest cases of this category."""
    incidents = Incident.objects.filter(category__category=category).annotate(suggested=F("case__severity_suggested"))
    found = list(incidents.only("case_id", *FACTS).order_by("-case_id")[:PREVIEWED])
    otherwise = sum(suggest(version, facts_of(incident)).severity != incident.suggested for incident in found)
    return Ratings(len(found), otherwise)


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
        if not rule["says"].get("en"):
            raise CategoryRefused(_("A rule says in English why it suggests its severity."))
