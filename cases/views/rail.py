"""The rail at the left of every page: views with their counts, saved views, and the pages of the desk."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.frame import frame_of
from cases.queue import KINDS, LEAD_VIEWS, VIEWS, View, shown_count, team_views
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission

DESK: tuple[tuple[str, str | Promise, str, Permission | None, str], ...] = (
    ("people:list", gettext_lazy("People"), "people", Permission.PERSON_VIEW, "g p"),
    ("cases:workload", gettext_lazy("Workload"), "sliders", Permission.CASE_REASSIGN, ""),
    ("cases:handing_over", gettext_lazy("Hand over"), "hands", Permission.CASE_HAND_OVER, "g h"),
    ("escalation:list", gettext_lazy("Escalations"), "siren", Permission.ESCALATION_ACKNOWLEDGE, "g e"),
    ("escalation:on_call", gettext_lazy("On call"), "calendar", Permission.SHIFT_VIEW, "g o"),
    ("notifications:inbox", gettext_lazy("Notifications"), "bell", None, "g n"),
    ("accounts:settings", gettext_lazy("Settings"), "gear", Permission.SETTINGS_VIEW, "g s"),
)


def rail(request: HttpRequest) -> dict[str, Any]:
    """Template context: ``rail`` for parts/rail.html. Nothing before sign-in and in fragments; read only where it is drawn."""
    user = getattr(request, "user", None)
    if not isinstance(user, User) or request.headers.get("HX-Request"):
        return {}
    return {"rail": SimpleLazyObject(lambda: _groups(request, user))}


def _groups(request: HttpRequest, user: User) -> list[dict[str, Any]]:
    groups = []
    frame = frame_of(user, now=timezone.now())
    counts = frame["counts"]
    if user.may(Permission.CASE_VIEW):
        here = request.GET.get("q", "is:open") if request.path == reverse("cases:queue") else None
        groups += [
            {"title": _("Queue"), "items": [_item(view, counts, here) for view in VIEWS]},
            {"title": _("By kind"), "items": [_item(view, counts, here) for view in KINDS]},
        ]
        watched = LEAD_VIEWS if user.may(Permission.CASE_REASSIGN) else ()
        mine = [_item(view, counts, here) for view in (*team_views(user), *watched)]
        mine += [_item(View(f"saved:{pk}", name, "star", query), counts, here) for pk, name, query in frame["saved"]]
        if mine:
            groups.append({"title": _("Team and saved"), "items": mine})
    desk = [
        {
            "url": url,
            "label": label,
            "icon": icon,
            "count": counts.get(name) or None,
            "hot": bool(counts.get(name)),
            "current": request.path.startswith(url),
            "key": key,
        }
        for name, label, icon, permission, key in DESK
        if (permission is None or user.may(permission)) and (url := _url(name))
    ]
    return [*groups, {"title": _("Desk"), "items": desk}]


def _item(view: View, counts: dict[str, int], here: str | None) -> dict[str, Any]:
    count = counts.get(view.slug)
    return {
        "url": f"{reverse('cases:queue')}?{urlencode({'q': view.query})}",
        "label": view.label,
        "icon": view.icon,
        "count": None if count is None else shown_count(count),
        "hot": view.hot and bool(count),
        "current": here == view.query,
        "key": "g m" if view.slug == "mine" else "",
    }


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
