"""What to look for among teams."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from foundation.accounts.models import Team
from foundation.accounts.permissions import Permission
from foundation.accounts.settings_warnings import MOST_EACH, SettingsWarning, register


@register
def teams_without_lead(now: datetime) -> Iterator[SettingsWarning]:
    leaderless = Team.objects.filter(Q(lead=None) | Q(lead__is_active=False), is_active=True)
    for team in leaderless[:MOST_EACH]:
        yield SettingsWarning(
            team.name,
            _("Nobody leads this team: a call for its lead reaches nobody."),
            reverse("accounts:team", args=[team.pk]),
            Permission.TEAM_EDIT,
            is_grave=True,
        )
