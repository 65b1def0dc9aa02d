"""The page of a case: its head, the timeline with the composer on top, and the panels at its side."""

from typing import Any
from uuid import uuid4

from django.forms import Form
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from cases import events, presence
from cases.access import compartments_for
from cases.chips import chips_of
from cases.detail_forms import EvidenceForm, LevelForm, OtherCaseForm, PartyForm, SeverityForm, TeamForm
from cases.drafts import draft_key, draft_of
from cases.forms import MOVE_FORMS, BreachReasonForm, ContactForm, NoteForm, TaskForm
from cases.models import Case
from cases.panels import panels_of, revealed_to
from cases.policies import case_offers
from cases.timeline import FILTERS, filter_counts, timeline_of
from cases.workflow import CaseState
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.audit import reads
from foundation.audit.actors import Subject

TABS = ("note", "contact", "task")
IN_SIGHT = ("take", "wait", "resume", "escalate", "resolve", "reopen")
"""The moves with a button of their own; the others are in the menu behind them."""

KEYS = {"take": "t", "assign": "a", "wait": "w", "escalate": "e"}


@require_GET
@requires(Permission.CASE_VIEW)
def case(request: StaffRequest, reference: str) -> HttpResponseBase:
    """The page, or its timeline alone for the poll. A case one may not see is not there; the attempt is recorded."""
    found = Case.objects.visible_to(request.user).with_row_data().filter(reference=reference).first()
    if found is None:
        _note_denial(request.user, reference)
        raise Http404
    return case_page(request, found, tab=request.GET.get("tab", ""))


def _note_denial(user: User, reference: str) -> None:
    """Somebody asked for a case that exists and is not hers to see."""
    hidden = Case.objects.filter(reference=reference).values_list("pk", flat=True).first()
    if hidden is not None:
        reads.record_denial(events.CASE_DENIED, about=Subject("case", str(hidden)), by=user, now=timezone.now())


def case_page(
    request: StaffRequest,
    case: Case,
    *,
    tab: str = "",
    open_move: str = "",
    move_form: Form | None = None,
    contact_form: Form | None = None,
    note_form: Form | None = None,
    task_form: Form | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page; forms that could not be saved come back as they were typed."""
    now, user = timezone.now(), request.user
    if case.confidentiality > 1:
        reads.record_read(events.CASE_VIEWED, about=case, by=user, now=now)
    presence.look(case.pk, user=user, now=now)
    show = request.GET.get("show", "")
    before = request.GET.get("before", "")
    tab = tab if tab in TABS else "note"
    context: dict[str, Any] = {
        "now": now,
        "case": case,
        "zone": _zone(case),
        "looking": presence.looking_at([case.pk], reader=user, now=now).get(case.pk, []),
        "chips": chips_of(case, now=now),
        "timeline": timeline_of(
            case, reader=user, show=show, before=int(before) if before.isdecimal() and len(before) < 18 else None
        ),
        "show": show if show in FILTERS else "",
        "filters": filter_counts(case),
        "panels": panels_of(case, reader=user, language=get_language() or "en"),
        "revealed": revealed_to(user, case, now=now),
        "draft_keys": {name: draft_key(name, case) for name in TABS},
    }
    if request.headers.get("HX-Request") and request.GET.get("part") == "timeline":
        return render(request, "cases/case.html#timeline", context)
    if request.headers.get("HX-Request") and request.GET.get("part") == "evidence":
        return render(request, "cases/evidence.html", context)
    context |= {
        "tab": tab,
        "moves": _moves(case, user, open_move, move_form),
        "may_share": user.may(Permission.CASE_SHARE),
        "may_decide": user.may(Permission.CASE_TRIAGE),
        "contact_form": contact_form
        or ContactForm(case=case, initial=_draft(user, case, "contact") | {"submission": uuid4()}),
        "note_form": note_form or NoteForm(initial=_draft(user, case, "note") | {"submission": uuid4()}),
        "task_form": task_form or TaskForm(initial={"assignee": user.pk, "submission": uuid4()}),
        "breach_form": BreachReasonForm(),
        "detail": _detail_forms(case, user),
        "unexplained": [clock for clock in case.clocks.all() if clock.breached_at and not clock.breach_reason],
        "is_over": case.state in (CaseState.RESOLVED, CaseState.CLOSED),
    }
    return render(request, "cases/case.html", context, status=status)


def _moves(case: Case, user: User, open_move: str, move_form: Form | None) -> dict[str, list[dict[str, Any]]]:
    """The moves as the head shows them: those in sight, and those in the menu; hidden when they make no sense here."""
    sight: list[dict[str, Any]] = []
    menu: list[dict[str, Any]] = []
    for offer in case_offers(case, by=user):
        name = offer.move.name
        if case.state not in offer.move.sources or name not in MOVE_FORMS:
            continue
        form = (
            move_form
            if name == open_move and move_form
            else MOVE_FORMS[name](case=case, reader=user, auto_id=f"{name}-%s")
        )
        entry = {"offer": offer, "name": name, "form": form, "open": name == open_move, "key": KEYS.get(name, "")}
        (sight if name in IN_SIGHT else menu).append(entry)
    return {"sight": [entry for entry in sight if not _pointless(entry["name"], case, user)], "menu": menu}


def _detail_forms(case: Case, user: User) -> dict[str, Form]:
    """The small forms behind the menu and in the panels."""
    return {
        "severity": SeverityForm(initial={"severity": case.severity}, auto_id="severity-%s"),
        "level": LevelForm(initial={"level": case.confidentiality}, auto_id="level-%s"),
        "team": TeamForm(initial={"team": case.team_id}, auto_id="team-%s"),
        "party": PartyForm(auto_id="party-%s"),
        "link": OtherCaseForm(reader=user, auto_id="link-%s"),
        "evidence": EvidenceForm(held=compartments_for(user, case), auto_id="evidence-%s"),
    }


def _pointless(name: str, case: Case, user: User) -> bool:
    return name == "take" and case.assignee_id is not None


def _draft(user: User, case: Case, kind: str) -> dict[str, Any]:
    return {name: value for name, value in draft_of(user, draft_key(kind, case)).items() if value}


def _zone(case: Case) -> str:
    """The case's own zone: where it happened, else its team's."""
    incident = getattr(case, "incident", None)
    return (incident.time_zone if incident else "") or case.team.time_zone
