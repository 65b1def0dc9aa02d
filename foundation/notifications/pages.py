"""The pages that this app adds to the settings."""

from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from foundation.accounts.settings_pages import SettingsPage

SETTINGS = (
    SettingsPage(
        "notifications:channels",
        _("Channels"),
        _("By which ways the desk reaches people, each team’s chat, and a test of each."),
        "send",
        Permission.TEAM_EDIT,
    ),
    SettingsPage(
        "notifications:ledger",
        _("Deliveries"),
        _("What was sent to whom, by which way, and what became of it."),
        "history",
        Permission.SETTINGS_VIEW,
    ),
)
