"""The page of a case: its head, the timeline with the composer on top, and the panels at its side."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.forms import Form
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cases import presence
from cases.access import compartments_for
from cases.chips import chips_of
from cases.detail_forms import (
    ConflictForm,
    EvidenceForm,
    LevelForm,
    OtherCaseForm,
    PartyForm,
    SeverityForm,
    TeamForm,
)
from cases.drafts import draft_key
from cases.emergency import emergency_of
from cases.forms import MOVE_FORMS, BreachReasonForm, ContactForm, NoteForm, TaskForm
from cases.frame import frame_of
from cases.models import Case, CaseMerge
from cases.models.contacts import ContactChannel
from cases.panels import Panels, evidence_of, panels_of, revealed_to
from cases.policies import case_offers, decides_not
from cases.querysets import CaseQuerySet
from cases.reading import note_reading
from cases.timeline import FILTERS, filter_counts, timeline_of
from cases.views.finding import case_or_404
from cases.words import amid
from cases.workflow import CaseState
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.sla.models import Metric

CONFLICT = 409
PARTS = {"timeline": "cases/case.html#timeline", "evidence": "cases/evidence.html"}
TABS = ("note", "call", "contact", "task")
KEPT = ("note", "contact", "task")
CHANNELS = {"contact": ContactChannel.EMAIL.value} | dict.fromkeys(("note", "call", "task"), ContactChannel.PHONE.value)
"""What a recorded word is by before anything is chosen: a tab of its own for calls and one for all that is written."""

IN_SIGHT = ("take", "reopen", "resume", "wait", "escalate", "resolve")
"""The moves with a button of their own; the others are in the menu behind them."""

MENU_ICONS = {"assign": "user", "hand_over": "hands", "mark_duplicate": "copy", "de_escalate": "down"}
KEYS = {"take": "t", "assign": "a", "wait": "w", "escalate": "e"}


@require_safe
@requires(Permission.CASE_VIEW)
def case(request: StaffRequest, reference: str) -> HttpResponseBase:
    """The page, or its timeline alone for the poll. A case one may not see is not there; the attempt is recorded."""
    cases = CaseQuerySet(Case)
    if request.headers.get("HX-Request") and (part := request.GET.get("part", "")) in PARTS:
        return _part(request, case_or_404(request, reference, cases.select_related("team", "incident")), part)
    return case_page(request, case_or_404(request, reference, cases.with_page_data()), tab=request.GET.get("tab", ""))


def _part(request: StaffRequest, case: Case, part: str) -> HttpResponse:
    """What is polled: it reads only what it shows, and leaves no entry in the trail."""
    now, user = timezone.now(), request.user
    presence.look(case.pk, user=user, now=now)
    context: dict[str, Any] = {"now": now, "case": case, "zone": _zone(case)}
    if part == "timeline":
        context |= _timeline(request, case)
    else:
        context["panels"] = {"evidence": evidence_of(case, reader=user)}
        context["revealed"] = revealed_to(user, case, now=now)
        context["detail"] = {"evidence": _evidence_form(case, user)}
        context["may_add_files"] = user.may(Permission.EVIDENCE_ADD)
    return render(request, PARTS[part], context)


def _timeline(request: StaffRequest, case: Case) -> dict[str, Any]:
    show, before = request.GET.get("show", ""), request.GET.get("before", "")
    number = int(before) if before.isdecimal() and len(before) < 18 else None
    return {
        "timeline": timeline_of(case, reader=request.user, show=show, before=number),
        "show": show if show in FILTERS else "",
    }


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
    detail_forms: Mapping[str, Form] | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page; forms that could not be saved come back as they were typed."""
    if status == CONFLICT:
        # Somebody came first, perhaps while this deed waited for her: the page shows the case that she left.
        case = case_or_404(request, case.reference, CaseQuerySet(Case).with_page_data())
    now, user = timezone.now(), request.user
    note_reading(case, reader=user, now=now)
    presence.look(case.pk, user=user, now=now)
    for_a_while = decides_not(case, by=user)
    may_tick = user.may(Permission.TASK_WRITE) and not for_a_while
    tab = tab if tab in TABS and (tab != "task" or may_tick) else "note"
    staff = frame_of(user, now=now)["assignable"]
    keys = {name: draft_key(name, case) for name in KEPT}
    language = get_language() or "en"
    panels = panels_of(case, reader=user, language=language, now=now, draft_keys=list(keys.values()))
    drafts = panels.drafts
    context: dict[str, Any] = {
        "now": now,
        "case": case,
        "zone": _zone(case),
        "channel": amid(case.get_channel_display()),
        "looking": presence.looking_at([case.pk], reader=user, now=now).get(case.pk, []),
        "chips": chips_of(case, now=now),
        "filters": filter_counts(panels.events),
        "panels": panels,
        "harm_is_named": _harm_is_named(case, panels),
        "emergency": emergency_of(case, panels=panels, reader=user),
        "revealed": panels.revealed,
        "draft_keys": keys,
        "tab": tab,
        "moves": _moves(case, user, panels, staff, open_move, move_form),
        "may_see_access": user.may(Permission.CASE_SHARE) or user.may(Permission.TRAIL_VIEW),
        "may_set_level": user.may(Permission.CASE_RAISE_LEVEL) and not for_a_while,
        "may_decide": user.may(Permission.CASE_TRIAGE) and not for_a_while,
        "for_a_while": for_a_while,
        "may_write": user.may(Permission.NOTE_WRITE),
        "may_tick": may_tick,
        "may_answer": user.may(Permission.CONTACT_RECORD),
        "may_add_files": user.may(Permission.EVIDENCE_ADD),
        "contact_form": contact_form
        or ContactForm(
            case=case, initial={"channel": CHANNELS[tab]} | drafts[keys["contact"]] | {"submission": uuid4()}
        ),
        "note_form": note_form or NoteForm(initial=drafts[keys["note"]] | {"submission": uuid4()}),
        "task_form": task_form or TaskForm(staff=staff, initial={"assignee": user.pk, "submission": uuid4()}),
        "breach_form": BreachReasonForm(),
        "detail": _detail_forms(case, user, panels.teams) | dict(detail_forms or {}),
        "refused": next(iter(detail_forms or {}), ""),
        "unexplained": [
            {"clock": clock, "name": Metric(clock.metric).label}
            for clock in case.clocks.all()
            if clock.breached_at and not clock.breach_reason and clock.metric in Metric.values
        ],
        "is_over": case.state in (CaseState.RESOLVED, CaseState.CLOSED),
        "stands_for": _stands_for(case, user),
        **_timeline(request, case),
    }
    return render(request, "cases/case.html", context, status=status)


def _moves(
    case: Case, user: User, panels: Panels, staff: Sequence[tuple[int, str]], open_move: str, move_form: Form | None
) -> dict[str, list[dict[str, Any]]]:
    """The moves as the head shows them: those in sight, and those in the menu; hidden when they make no sense here."""
    sight: list[dict[str, Any]] = []
    menu: list[dict[str, Any]] = []
    for offer in case_offers(case, by=user, known=panels.around):
        name = offer.move.name
        if case.state not in offer.move.sources or name not in MOVE_FORMS:
            continue
        form = (
            move_form
            if name == open_move and move_form
            else MOVE_FORMS[name](case=case, reader=user, staff=staff, auto_id=f"{name}-%s")
        )
        entry = {"offer": offer, "name": name, "form": form, "open": name == open_move, "key": KEYS.get(name, ""),
                 "icon": MENU_ICONS.get(name, "")}  # fmt: skip
        (sight if name in IN_SIGHT else menu).append(entry)
    sight.sort(key=lambda entry: IN_SIGHT.index(entry["name"]))
    return {"sight": [entry for entry in sight if not _pointless(entry["name"], case, user)], "menu": menu}


def _detail_forms(case: Case, user: User, teams: Sequence[tuple[int, str]]) -> dict[str, Form]:
    """The small forms behind the menu and in the panels."""
    team = TeamForm(initial={"team": case.team_id}, auto_id="team-%s")
    team.fields["team"].choices = teams  # type: ignore[attr-defined]
    return {
        "severity": SeverityForm(initial={"severity": case.severity}, auto_id="severity-%s"),
        "level": LevelForm(initial={"level": case.confidentiality}, auto_id="level-%s"),
        "team": team,
        "party": PartyForm(reader=user, auto_id="party-%s"),
        "link": OtherCaseForm(reader=user, auto_id="link-%s"),
        "merge": OtherCaseForm(reader=user, auto_id="merge-%s"),
        "conflict": ConflictForm(auto_id="conflict-%s"),
        "evidence": _evidence_form(case, user),
    }


def _evidence_form(case: Case, user: User) -> EvidenceForm:
    return EvidenceForm(held=compartments_for(user, case), auto_id="evidence-%s")


def _pointless(name: str, case: Case, user: User) -> bool:
    return name == "take" and case.assignee_id is not None


def _stands_for(case: Case, user: User) -> dict[str, Any] | None:
    """The case that this one went into or is a duplicate of, where the reader sees that too, and the merge to undo."""
    other_id = case.merged_into_id or case.duplicate_of_id
    other = Case.objects.visible_to(user).filter(pk=other_id).first() if other_id else None
    if other is None:
        return None
    merge = CaseMerge.objects.filter(merged=case, kept=other, undone_at__isnull=True).first()
    may_undo = merge is not None and user.may(Permission.CASE_MERGE) and not decides_not(other, by=user)
    return {"case": other, "merge": merge, "may_undo": may_undo}


def _harm_is_named(case: Case, panels: Panels) -> bool:
    """Whether the animals of the case tell already how badly animals were hurt."""
    incident = getattr(case, "incident", None)
    return incident is not None and any(entry.harm == incident.animals_hurt for entry in panels.pets)


def _zone(case: Case) -> str:
    """The case's own zone: where it happened, else its team's."""
    incident = getattr(case, "incident", None)
    return (incident.time_zone if incident else "") or case.team.time_zone
