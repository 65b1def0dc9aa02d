"""What this floor tells the lower ones at start-up: how a case is found, named and opened, and what is told about it."""

from collections.abc import Collection, Mapping

from cases import notices
from cases.models import Case
from foundation.accounts.models import User
from foundation.notifications import subjects

__all__ = ["notices", "register"]


def register() -> None:
    """Register cases as records that notices and escalations can be about."""
    subjects.register(
        "case",
        find=_find,
        label=lambda case: case.reference,
        url=lambda case: case.get_absolute_url(),
        find_many=_find_many,
        describe=lambda case: case.title,
    )


def _find(reader: User, pk: str) -> Case | None:
    return Case.objects.visible_to(reader).filter(pk=pk).select_related("team", "assignee").first()


def _find_many(reader: User, pks: Collection[str]) -> Mapping[str, Case]:
    found = Case.objects.visible_to(reader).filter(pk__in=pks).select_related("team", "assignee")
    return {str(case.pk): case for case in found}
