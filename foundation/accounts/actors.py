"""From whoever acts to what a foreign key can hold."""

from typing import Any

from foundation.accounts.models import ApiKey, Integration, User
from foundation.audit.actors import Acting


def staff_or_none(by: Acting) -> User | None:
    """The member of staff who acts, or None for an integration and for the system."""
    return by if isinstance(by, User) else None


def integration_or_none(by: Acting) -> Integration | None:
    """The integration whose key acts, or None for people and for the system."""
    return by.integration if isinstance(by, ApiKey) else None


def name_actors(actors: Any) -> dict[tuple[str, str], str]:
    """The names of these (kind, id) pairs, for a page that shows them: at most two queries, whatever their number."""
    by_kind: dict[str, set[str]] = {}
    for kind, identity in actors:
        by_kind.setdefault(kind, set()).add(identity)
    names: dict[tuple[str, str], str] = {}
    for user in User.objects.filter(pk__in=by_kind.get("staff", ())).only("pk", "name") if "staff" in by_kind else ():
        names["staff", str(user.pk)] = user.name
    if "integration" in by_kind:
        for integration in Integration.objects.filter(pk__in=by_kind["integration"]):
            names["integration", str(integration.pk)] = integration.name
    return names
