"""Searches kept under a name."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases import events
from cases.models import SavedView
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission
from foundation.audit import trail
from foundation.audit.actors import Subject

LIMIT = 50
"""Views one person keeps."""


class ViewRefused(ValueError):
    """A view that cannot be kept, with the sentence why."""


@transaction.atomic
def save_view(*, name: str, query: str, team: Team | None = None, by: User, now: datetime) -> SavedView:
    """Keep a search under a name, for oneself or for a team; the same name again replaces it.

    Raises ViewRefused without a name, for a 51st view, and for a team where she may not share one.
    """
    name = " ".join(name.split())[:60]
    if not name:
        raise ViewRefused(_("A view needs a name."))
    if team is not None and not by.may(Permission.VIEW_SHARE):
        raise ViewRefused(_("A lead shares views with a team."))
    if team is not None and team.pk not in by.team_ids:
        raise ViewRefused(_("Only somebody of %(team)s shares a view with it.") % {"team": team.name})
    kept = SavedView.objects.filter(owner=by)
    if not kept.filter(name=name).exists() and kept.count() >= LIMIT:
        raise ViewRefused(_("%(limit)d views are kept already; remove one first.") % {"limit": LIMIT})
    view, _created = SavedView.objects.update_or_create(
        owner=by, name=name, defaults={"query": query[:500], "team": team}, create_defaults={
            "query": query[:500], "team": team, "created_at": now,
        },
    )  # fmt: skip
    trail.record(events.VIEW_SAVED, about=Subject("view", str(view.pk)), by=by, team=team.pk if team else None)
    return view


@transaction.atomic
def remove_view(view: SavedView, *, by: User) -> None:
    """Remove one's own view. Raises ViewRefused for somebody else's."""
    if view.owner_id != by.pk:
        raise ViewRefused(_("Only %(owner)s removes this view.") % {"owner": view.owner.name})
    trail.record(events.VIEW_REMOVED, about=Subject("view", str(view.pk)), by=by)
    view.delete()
