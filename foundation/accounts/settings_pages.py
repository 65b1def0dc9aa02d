"""The pages under /settings/. Each app registers its own when it starts; a reader sees those she may open."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from foundation.audit.actors import Acting


@dataclass(frozen=True, slots=True)
class SettingsPage:
    """A page of the settings: its URL name, what it is called, what one does there, and who may."""

    url: str
    label: str | Promise
    sentence: str | Promise
    icon: str
    permission: Permission


_pages: list[SettingsPage] = []


def register(page: SettingsPage) -> None:
    """Add a page at the end. Pages stand in the order of the floors, lowest first."""
    if page not in _pages:
        _pages.append(page)


def pages_for(reader: Acting) -> list[SettingsPage]:
    return [page for page in _pages if reader.may(page.permission)]


register(
    SettingsPage(
        "accounts:staff",
        _("Staff"),
        _("Who works here, in which role, and whose access has ended."),
        "user",
        Permission.STAFF_EDIT,
    )
)
register(
    SettingsPage(
        "accounts:teams",
        _("Teams"),
        _("Leads and members, and which market and language each team takes."),
        "people",
        Permission.TEAM_EDIT,
    )
)
register(
    SettingsPage(
        "accounts:keys",
        _("API keys"),
        _("What other systems may write and read, until when and from where."),
        "key",
        Permission.KEY_EDIT,
    )
)
