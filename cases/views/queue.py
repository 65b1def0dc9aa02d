"""The queue, which is home: a search, its cases in bands, the peek beside them, and taking the next one."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from cases import presence
from cases.detail_forms import BulkSeverityForm
from cases.frame import count_of, forget_frame, frame_of, on_now
from cases.listing import listed
from cases.models import Case, SavedView
from cases.operations.moves import take_case
from cases.operations.search import record_search
from cases.operations.views import ViewRefused, remove_view, save_view
from cases.palette import items
from cases.peeking import peek_of
from cases.querysets import CaseQuerySet
from cases.queue import KINDS, LEAD_VIEWS, VIEWS, next_for, page, team_views
from cases.rows import groups_of, rows_of
from cases.search_language import KEYS, parse
from cases.searching import is_about_open_cases
from cases.suggesting import suggestions
from cases.views.bulk import SESSION_KEY
from cases.views.finding import case_or_404
from cases.workflow import WaitingOn
from foundation.accounts.guards import StaffRequest, requires, signed_in
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission, Relation
from foundation.escalation.storms import storm_for
from foundation.workflow.moves import MoveRefused

SYNTAX = (
    ("sev:1,2", KEYS["sev"]),
    ("owner:me", KEYS["owner"]),
    ("waiting:vet", KEYS["waiting"]),
    ("clock:reply<1h", KEYS["clock"]),
    ("opened:>3d", KEYS["opened"]),
    ("cat:bite", KEYS["cat"]),
    ('"golden retriever"', gettext_lazy("these words together")),
    ("-kind:claim", gettext_lazy("leave out")),
)


@require_safe
@signed_in
def queue(request: StaffRequest) -> HttpResponse:
    """Home. Roles that read no cases are led to what is theirs, or told what will be."""
    if not request.user.may(Permission.CASE_VIEW):
        if request.user.may(Permission.SETTINGS_VIEW):
            return redirect("accounts:settings")
        return render(request, "cases/no_queue.html", {"why": request.user.spec.sentence, "now": timezone.now()})
    if request.headers.get("HX-Request") and request.GET.get("part") == "rows":
        return render(request, "cases/queue.html#rows", _listing(request))
    return render(
        request,
        "cases/queue.html",
        _page(request) | _foot(request) | _storm(request) | {"bulk_results": _fresh_results(request)},
    )


def _foot(request: StaffRequest) -> dict[str, Any]:
    """Who is there now, and what time it is where the reader is."""
    here = timezone.localtime()
    zone = str(here.tzinfo).rsplit("/", 1)[-1].replace("_", " ")
    people = [(team, ", ".join(names)) for team, names in on_now(request.user, now=here) if names]
    label = _("On now") if len(people) == 1 else _("On now, %(team)s")
    return {
        "on_now": [{"label": label % {"team": team}, "text": names} for team, names in people],
        "place": f"{date_format(here, 'D j M, H:i')} {zone}",
    }


def _storm(request: StaffRequest) -> dict[str, Any]:
    """For leads: whether more calls come in than one looks at one by one."""
    shown = request.user.may(Permission.ESCALATION_EDIT)
    return {"storm": storm_for(request.user, now=timezone.now()) if shown else None, "storm_shown": shown}


def _fresh_results(request: StaffRequest) -> dict[str, Any] | None:
    """What the last bulk deed did, on the first page after it; it can be undone from there."""
    kept: dict[str, Any] | None = request.session.get(SESSION_KEY)
    if kept is None or kept.get("shown"):
        return None
    request.session[SESSION_KEY] = kept | {"shown": True}
    return kept


def _why_empty(user: User) -> str:
    """What comes to the queue of a role that no team's queue comes to; empty for the others."""
    if {Relation.QUEUE, Relation.EVERY_TEAM} & set(user.spec.ceilings):
        return ""
    return str(user.spec.sentence)


def _page(request: StaffRequest) -> dict[str, Any]:
    """The rows with all that stands around them; a poll asks for the rows alone."""
    listing, user = _listing(request), request.user
    search, now, first = listing["search"], listing["now"], listing["first"]
    return listing | {
        "chips": [
            {"term": term, "url": f"{reverse('cases:queue')}?{urlencode({'q': search.without(term)})}"}
            for term in search.terms
        ],
        "teams": user.own_teams if user.may(Permission.VIEW_SHARE) else (),
        "can_open": user.may(Permission.CASE_OPEN),
        "assignable": frame_of(user, now=now)["assignable"],
        "waiting_choices": WaitingOn.choices,
        "bulk_severity": BulkSeverityForm(auto_id="bulk-%s"),
        "peek": peek_of(first, reader=user, now=now) if first else None,
        "syntax": SYNTAX,
    }


def _listing(request: StaffRequest) -> dict[str, Any]:
    """The rows of a search. first: the case that the peek shows."""
    now = timezone.now()
    search = parse(request.GET.get("q", "is:open"))
    if search.words and not request.headers.get("HX-Request") and not request.GET.get("after"):
        record_search(search.text, by=request.user)
    found = page(search, reader=request.user, now=now, cursor=request.GET.get("after", ""))
    counts = count_of(search, reader=request.user, now=now)
    looking = presence.looking_at([case.pk for case in found.cases], reader=request.user, now=now)
    rows = rows_of(found.cases, now=now, looking=looking)
    view = next(
        (view for view in (*VIEWS, *KINDS, *LEAD_VIEWS, *team_views(request.user)) if view.query == search.text), None
    )
    link = {"q": search.text} | ({"after": request.GET["after"]} if request.GET.get("after") else {})
    return {
        "now": now,
        "search": search,
        "title": view.label if view else (_("Everything") if not search.text else _("Search")),
        "first": found.cases[0] if found.cases else None,
        "total": f"{counts.total}+" if counts.more else counts.total,
        "bands": list(groups_of(rows, numbers=counts.bands)),
        "shown": _("%(shown)d of %(total)s shown")
        % {"shown": len(rows), "total": f"{counts.total}+" if counts.more else counts.total},
        "next_url": f"{reverse('cases:queue')}?{urlencode({'q': search.text, 'after': found.next_cursor})}"
        if found.next_cursor
        else "",
        "live_url": f"{reverse('cases:queue')}?{urlencode(link | {'part': 'rows'})}",
        "by_urgency": is_about_open_cases(search),
        "why_empty": _why_empty(request.user),
        "first_url": f"{reverse('cases:queue')}?{urlencode({'q': search.text})}" if request.GET.get("after") else "",
    }


@require_safe
@requires(Permission.CASE_VIEW)
def case_peek(request: StaffRequest, reference: str) -> HttpResponse:
    """The panel beside the queue for one case."""
    now = timezone.now()
    case = case_or_404(request, reference, CaseQuerySet(Case).only("pk"))
    [seen] = listed(CaseQuerySet(Case).filter(pk=case.pk))
    return render(request, "cases/peek.html", {"peek": peek_of(seen, reader=request.user, now=now), "now": now})


@require_POST
@requires(Permission.CASE_TAKE)
def take_next(request: StaffRequest) -> HttpResponse:
    """Take the most pressing case that nobody has; when another agent was faster, the one after it."""
    now = timezone.now()
    for _attempt in range(5):
        case = next_for(request.user, now=now)
        if case is None:
            messages.info(request, _("Nothing is waiting for an owner."))
            return redirect("cases:queue")
        try:
            take_case(case, by=request.user, now=now)
        except MoveRefused:
            continue
        return redirect(case)
    messages.warning(request, _("Others were faster five times. Try again."))
    return redirect("cases:queue")


@require_safe
@requires(Permission.CASE_VIEW)
def suggest(request: StaffRequest) -> HttpResponse:
    """Completions of the last word of the search field."""
    word = request.GET.get("q", "")[-120:].split(" ")[-1]
    return render(request, "cases/suggestions.html", {"suggestions": suggestions(word, reader=request.user)})


@require_POST
@requires(Permission.VIEW_SAVE)
def view_save(request: StaffRequest) -> HttpResponse:
    """Keep the search that is shown under a name."""
    query = parse(request.POST.get("q", "")).text
    slug = request.POST.get("team", "")
    team = Team.objects.filter(slug=slug, pk__in=request.user.team_ids).first() if slug else None
    try:
        save_view(name=request.POST.get("name", ""), query=query, team=team, by=request.user, now=timezone.now())
    except ViewRefused as refused:
        messages.error(request, str(refused))
    else:
        forget_frame(request.user)
        messages.success(request, _("The view is in the rail now."))
    return redirect(f"{reverse('cases:queue')}?{urlencode({'q': query})}")


@require_POST
@requires(Permission.VIEW_SAVE)
def view_remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Remove one's own saved view."""
    view = get_object_or_404(SavedView, Q(owner=request.user) | Q(team_id__in=request.user.team_ids), pk=pk)
    query = view.query
    try:
        remove_view(view, by=request.user)
        forget_frame(request.user)
    except ViewRefused as refused:
        messages.error(request, str(refused))
    return redirect(f"{reverse('cases:queue')}?{urlencode({'q': query})}")


@require_safe
@signed_in
def palette(request: StaffRequest) -> JsonResponse:
    """Pages, cases and people by a few letters, for the command palette. At most eight of each."""
    return JsonResponse({"items": items(request.GET.get("q", "")[:80], reader=request.user, now=timezone.now())})
