"""What this floor tells the lower ones at start-up: how a case is found, named and opened, and what is told about it."""

from collections.abc import Collection, Mapping

from django.db.models import Model, OuterRef
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cases import notices
from cases.models import Case, CasePet, Incident, Kind, Party
from foundation.accounts import settings_pages, skills
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.accounts.settings_pages import SettingsPage
from foundation.audit import holds
from foundation.notifications import subjects
from people import sight
from people.sight import Naming

__all__ = ["notices", "register"]


SETTINGS = (
    SettingsPage(
        "cases:settings_sla",
        _("Service levels"),
        _("How soon each kind of case is answered and resolved, and what pauses its clocks."),
        "clock",
        Permission.SLA_EDIT,
    ),
    SettingsPage(
        "cases:settings_calendars",
        _("Calendars"),
        _("The hours that clocks count in: weekly hours, closed dates and public holidays."),
        "calendar",
        Permission.SLA_EDIT,
    ),
    SettingsPage(
        "cases:settings_ladders",
        _("Escalation"),
        _("Who is called when nobody answers, level after level, and who stands behind each level now."),
        "siren",
        Permission.ESCALATION_EDIT,
    ),
    SettingsPage(
        "cases:settings_categories",
        _("Categories"),
        _("What a case can be about, how confidential it starts and which severity is suggested."),
        "tag",
        Permission.CATEGORY_EDIT,
    ),
    SettingsPage(
        "cases:settings_workload",
        _("Assignment"),
        _("Whether a team’s queue gives its cases away by itself, what each counts, and how much one person takes."),
        "sliders",
        Permission.TEAM_EDIT,
    ),
)


NAMING: tuple[tuple[str, str, type[Model], str, str], ...] = (
    ("person", "cases.party", Party, "case", "person"),
    ("person", "cases.party_merged_away", Party, "case", "person__merged_into"),
    ("booking", "cases.incident", Incident, "case", "booking"),
    ("pet", "cases.incident", CasePet, "incident__case", "pet"),
)
"""Rows that name a person, a booking or a pet: the way to their case, and to whom they name."""


def register() -> None:
    """Register cases as records that notices and escalations can be about, and that people are known by."""
    subjects.register(
        "case",
        find=_find,
        label=lambda case: case.reference,
        url=lambda case: case.get_absolute_url(),
        find_many=_find_many,
        see_many=_see_many,
        describe=lambda case: case.title,
    )
    for kind, name, model, case, field in NAMING:
        sight.named_by(kind, name, _naming(model, case, field))
    for page in SETTINGS:
        settings_pages.register(page)
    for kind in Kind:
        skills.register_kind(kind.value, kind.label)
    holds.register("case", _hold)


def _naming(model: type[Model], case: str, field: str) -> Naming:
    rows = model._default_manager.filter(**{field: OuterRef("pk")})
    return Naming(
        named=rows.all, seen=lambda reader: rows.filter(**{f"{case}__in": Case.objects.visible_to(reader)})
    )  # fmt: skip


def _hold(pk: str) -> str | None:
    """Why the texts about a case cannot be erased now, or None."""
    held = Case.objects.filter(pk=pk, legal_hold=True).values_list("reference", flat=True).first()
    return gettext("%(reference)s is on legal hold.") % {"reference": held} if held else None


def _find(reader: User, pk: str) -> Case | None:
    return Case.objects.visible_to(reader).filter(pk=pk).select_related("team", "assignee").first()


def _find_many(reader: User, pks: Collection[str]) -> Mapping[str, Case]:
    found = Case.objects.visible_to(reader).filter(pk__in=pks).select_related("team", "assignee")
    return {str(case.pk): case for case in found}


def _see_many(reader: User, pks: Collection[str]) -> Collection[str]:
    return {str(pk) for pk in Case.objects.visible_to(reader).filter(pk__in=pks).values_list("pk", flat=True)}
