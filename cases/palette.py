"""What the command palette finds on the server: pages, saved views, cases and people, only what the reader may see."""

from datetime import datetime
from urllib.parse import urlencode

from django.db.models import BooleanField, ExpressionWrapper, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from cases.models import SavedView
from cases.queue import KINDS, VIEWS, team_views
from cases.search_language import parse
from cases.searching import search_cases
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from people.matching import find_people

LIMIT = 8
Item = dict[str, str]
"""label, url and group; ``sure`` where what was typed can mean nothing else, though the label may not hold its words."""


def items(text: str, *, reader: User, now: datetime) -> list[Item]:
    """Matches of a few letters, grouped; nothing for an empty text but the saved views."""
    found = _views(text, reader) if reader.may(Permission.CASE_VIEW) else []
    if len(text.strip()) < 2:
        return found
    if reader.may(Permission.CASE_VIEW):
        found += _cases(text, reader, now)
    if reader.may(Permission.PERSON_VIEW):
        found += _people(text, reader)
    return found


def _views(text: str, reader: User) -> list[Item]:
    low = text.strip().lower()
    kept = SavedView.objects.filter(Q(owner=reader) | Q(team_id__in=reader.team_ids))[:50]
    named = [(str(view.label), view.query) for view in (*VIEWS, *KINDS, *team_views(reader))]
    named += [(view.name, view.query) for view in kept]
    home = reverse("cases:queue")
    return [
        {"label": label, "url": f"{home}?{urlencode({'q': query})}", "group": _("Views")}
        for label, query in named
        if low in label.lower()
    ][:LIMIT]


def _cases(text: str, reader: User, now: datetime) -> list[Item]:
    # "number 2" also finds what begins so, such as TS-29029: a title that holds the very words comes first.
    search = parse(text)
    words = " ".join(term.text for term in search.terms)
    titled = ExpressionWrapper(Q(title__icontains=words), output_field=BooleanField())
    found = search_cases(search, reader=reader, now=now).order_by(titled.desc(), "-received_at")[:LIMIT]
    return [
        {"label": f"{case.reference} {case.title}", "url": case.get_absolute_url(), "group": _("Cases"), "sure": "yes"}
        for case in found
    ]


def _people(text: str, reader: User) -> list[Item]:
    return [
        {"label": match.person.name, "url": reverse("people:person", args=[match.person.pk]), "group": _("People")}
        | ({} if match.is_by_likeness else {"sure": "yes"})
        for match in find_people(text, reader=reader, limit=LIMIT)
    ]
