"""Sharing the work: how it stands, for leads, and handing one's own over at the end of a shift."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.frame import forget_frame, frame_of
from cases.listing import ListedCase, listed
from cases.models import Case, HandOver, Task
from cases.operations.bulk import LIMIT, Result, bulk_accept, bulk_hand_over, bulk_release, undo_bulk
from cases.querysets import CaseQuerySet
from cases.rows import rows_of
from cases.searching import DUE_SOON
from cases.shift_cover import at_work, teams_with_shifts
from cases.views.bulk import number_of
from cases.workflow import CaseState
from cases.workload import work_of
from cases.workload_forms import QUEUE, HandingOverForm
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.sla.models import ClockState

SESSION_KEY = "handing_over"


@require_safe
@requires(Permission.CASE_REASSIGN)
def workload(request: StaffRequest) -> HttpResponse:
    """Each team of the reader's: who is on shift and how full, and what nobody can be given, with the reason."""
    now = timezone.now()
    return render(request, "cases/workload.html", {"now": now, "teams": work_of(request.user, now=now)})


@require_http_methods(["GET", "POST"])
@requires(Permission.CASE_HAND_OVER)
def handing_over(request: StaffRequest) -> HttpResponse:
    """What is hers at the end of a shift; the ticked cases go to one colleague, or back to the queue, with one note."""
    now, user = timezone.now(), request.user
    form = HandingOverForm(request.POST or None, colleagues=_colleagues(user, now))
    ticked = {number_of(number) for number in request.POST.getlist("case")[:LIMIT]}
    if request.method == "POST" and form.is_valid():
        cases = [case for case in _own(user) if case.pk in ticked]
        if cases:
            request.session[SESSION_KEY] = _told(_hand_over(cases, form, by=user, now=now))
            forget_frame(user)
            return redirect("cases:handing_over")
        form.add_error(None, _("No case is ticked. Nothing was handed over."))
    return _page(request, form, ticked if request.method == "POST" else None, now=now)


@require_POST
@requires(Permission.CASE_HAND_OVER)
def undo(request: StaffRequest) -> HttpResponse:
    """Take the last handing over of this session back, case by case."""
    back = (request.session.pop(SESSION_KEY, None) or {}).get("undo") or {}
    cases = list(Case.objects.visible_to(request.user).filter(reference__in=list(back)[:LIMIT]).order_by("pk"))
    results = undo_bulk(cases, back=back, by=request.user, now=timezone.now())
    done = sum(result.done for result in results)
    refused = " ".join(result.sentence for result in results if not result.done)
    said = ngettext("%(n)d case is yours as before.", "%(n)d cases are yours as before.", done) % {"n": done}
    (messages.warning if refused else messages.success)(request, f"{said} {refused}".strip())
    forget_frame(request.user)
    return redirect("cases:handing_over")


@require_POST
@requires(Permission.CASE_TAKE)
def accept(request: StaffRequest) -> HttpResponse:
    """Take on what was ticked of the cases that are offered to her."""
    ticked = {number_of(number) for number in request.POST.getlist("case")[:LIMIT]}
    cases = [offer.case for offer in _offered(request.user) if offer.case_id in ticked]
    if not cases:
        messages.info(request, _("No case is ticked."))
        return redirect("cases:handing_over")
    request.session[SESSION_KEY] = _told(bulk_accept(cases, by=request.user, now=timezone.now())) | {"undo": {}}
    forget_frame(request.user)
    return redirect("cases:handing_over")


def _page(request: StaffRequest, form: HandingOverForm, ticked: set[int] | None, *, now: datetime) -> HttpResponse:
    user = request.user
    cases = listed(_own(user))
    open_offers = HandOver.objects.filter(case__in=[case.pk for case in cases], answered_at__isnull=True)
    offered = dict(open_offers.values_list("case", "to_user__name"))
    rows = [
        {
            "row": row,
            "case": case,
            "ticked": case.pk in ticked if ticked is not None else case.pk not in offered,
            "is_due": _is_due(case, now),
            "is_waiting": case.state == CaseState.WAITING,
            "offered_to": offered.get(case.pk, ""),
        }
        for case, row in zip(cases, rows_of(cases, now=now), strict=True)
    ]
    tasks = list(
        Task.objects.filter(assignee=user, done_at=None, case__in=Case.objects.visible_to(user).open())
        .select_related("case")
        .order_by("due_at", "pk")[:LIMIT]
    )
    context = {
        "now": now,
        "form": form,
        "rows": rows,
        "due": sum(_is_due(case, now) for case in cases),
        "unanswered": sum(bool(case.last_contact_in) for case in cases),
        "tasks": tasks,
        "offers": _offered(user),
        "results": _fresh_results(request),
    }
    return render(request, "cases/handing_over.html", context, status=422 if form.errors else 200)


def _hand_over(cases: list[Case], form: HandingOverForm, *, by: User, now: datetime) -> list[Result]:
    to, note = form.cleaned_data["to"], form.cleaned_data["note"]
    if to == QUEUE:
        return bulk_release(cases, note=note, by=by, now=now)
    return bulk_hand_over(cases, to=User.objects.active().get(pk=to), note=note, by=by, now=now)


def _own(user: User) -> CaseQuerySet:
    """Her open cases, most pressing first; at most as many as one bulk deed takes."""
    return Case.objects.visible_to(user).open().filter(assignee=user).order_by("band", "urgent_at", "pk")[:LIMIT]


def _offered(user: User) -> list[HandOver]:
    open_offers = HandOver.objects.filter(
        to_user=user, answered_at__isnull=True, case__in=Case.objects.visible_to(user).open()
    )
    return list(open_offers.select_related("case", "offered_by").order_by("offered_at", "pk")[:LIMIT])


def _is_due(case: ListedCase, now: datetime) -> bool:
    """Whether a clock of the case runs out within the next hours, or has."""
    return any(
        clock.state == ClockState.RUNNING and clock.due_at and clock.due_at <= now + DUE_SOON for clock in case.clocks
    )


def _colleagues(user: User, now: datetime) -> list[tuple[int, str]]:
    """Whom she may hand to, those on shift first and named so."""
    here = at_work(teams_with_shifts(), now)
    others = [(pk, name) for pk, name in frame_of(user, now=now)["assignable"] if pk != user.pk]
    on_shift = _("%(name)s, on shift")
    return [(pk, on_shift % {"name": name}) for pk, name in others if pk in here] + [
        (pk, name) for pk, name in others if pk not in here
    ]


def _told(results: list[Result]) -> dict[str, Any]:
    done = sum(result.done for result in results)
    return {
        "summary": _("Done on %(done)d of %(all)d.") % {"done": done, "all": len(results)},
        "rows": [{"reference": result.reference, "sentence": result.sentence} for result in results],
        "undo": {result.reference: result.back for result in results if result.done},
    }


def _fresh_results(request: StaffRequest) -> dict[str, Any] | None:
    """What the last handing over did, on the first page after it; it can be undone from there."""
    kept: dict[str, Any] | None = request.session.get(SESSION_KEY)
    if kept is None or kept.get("shown"):
        return None
    request.session[SESSION_KEY] = kept | {"shown": True}
    return kept
