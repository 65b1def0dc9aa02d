"""Who sees a case: sharing, breaking the glass, declaring an interest, and why somebody can or cannot see it."""

from typing import NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.access import explain
from cases.detail_forms import ConflictForm, GlassForm, ShareForm, WithdrawForm
from cases.models import Case, CaseGrant, Conflict, GrantKind
from cases.operations.access import (
    break_glass,
    conflicts_left,
    declare_conflict,
    end_share,
    review_glass,
    share_case,
    withdraw_conflict,
)
from cases.policies import can_reach_behind_glass, can_see, can_withdraw_conflict
from cases.reading import note_reading
from cases.views.case import CONFLICT, case_page
from cases.views.finding import case_or_404
from foundation.accounts.guards import StaffRequest, check_holds, requires
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.accounts.sign_in import step_up
from foundation.workflow.moves import MoveRefused


@require_safe
@requires(Permission.CASE_VIEW)
def access(request: StaffRequest, reference: str) -> HttpResponse:
    """Why can, or cannot, somebody see this case: the rule's terms, from the code that decides.

    For whoever may share cases, and for whoever reviews how they were opened.
    """
    if not (request.user.may(Permission.CASE_SHARE) or request.user.may(Permission.TRAIL_VIEW)):
        check_holds(frozenset({Permission.CASE_SHARE}), by=request.user)
    return _access_page(request, case_or_404(request, reference))


def _access_page(
    request: StaffRequest,
    case: Case,
    share_form: ShareForm | None = None,
    withdraw_form: WithdrawForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """Render the page; what could not be done comes back as it was typed."""
    if status == CONFLICT:
        case = case_or_404(request, case.reference)
    now = timezone.now()
    note_reading(case, reader=request.user, now=now)
    staff = User.objects.active().order_by("name")[:500]
    chosen = request.GET.get("who", "")
    person = next((user for user in staff if str(user.pk) == chosen), request.user)
    grants = CaseGrant.objects.filter(case=case, ended_at__isnull=True).select_related("user", "granted_by")[:100]
    context = {
        "case": case, "staff": staff, "person": person, "explanation": explain(person, case), "grants": grants,
        "share_form": (share_form or ShareForm()) if request.user.may(Permission.CASE_SHARE) else None, "now": now,
        "unreviewed": _unreviewed(case, request.user), "interests": _interests(case, request.user, withdraw_form),
    }  # fmt: skip
    return render(request, "cases/access.html", context, status=status)


@require_POST
@requires(Permission.CASE_SHARE)
def share(request: StaffRequest, reference: str) -> HttpResponse:
    """Let somebody see the case by name."""
    case = case_or_404(request, reference)
    form = ShareForm(request.POST)
    if not form.is_valid():
        return _access_page(request, case, share_form=form, status=422)
    try:
        share_case(case, by=request.user, now=timezone.now(), **form.cleaned_data)
    except MoveRefused as refused:
        form.add_error(None, str(refused))
        return _access_page(request, case, share_form=form, status=409)
    return redirect("cases:access", reference)


@require_POST
@requires(Permission.CASE_SHARE)
def share_end(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """End somebody's sight by name."""
    case = case_or_404(request, reference)
    try:
        end_share(get_object_or_404(CaseGrant, case=case, pk=pk), by=request.user, now=timezone.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
    return redirect("cases:access", reference)


@require_POST
@requires(Permission.CASE_VIEW)
def conflict(request: StaffRequest, reference: str) -> HttpResponse:
    """Declare an interest of one's own: the case is gone from then on."""
    case = case_or_404(request, reference)
    form = ConflictForm(request.POST, auto_id="conflict-%s")
    if not form.is_valid():
        return case_page(request, case, detail_forms={"conflict": form}, status=422)
    try:
        declare_conflict(case, person=request.user, by=request.user, now=timezone.now(), **form.cleaned_data)
    except MoveRefused as refused:
        form.add_error(None, str(refused))
        return case_page(request, case, detail_forms={"conflict": form}, status=409)
    messages.success(request, _("Noted. You do not see %(reference)s any more.") % {"reference": reference})
    return redirect("cases:queue")


def _unreviewed(case: Case, user: User) -> list[CaseGrant]:
    """The broken glasses of the case that she may review."""
    if not user.may(Permission.TRAIL_VIEW):
        return []
    grants = CaseGrant.objects.filter(case=case, kind=GrantKind.BREAK_GLASS, reviewed_at=None).exclude(user=user)
    return list(grants.select_related("user").order_by("-pk")[:100])


class Interest(NamedTuple):
    """What shuts somebody out: whether the place it was noted for is gone, and the form for who may take it back."""

    conflict: Conflict
    is_left: bool
    withdraw: WithdrawForm | None


def _interests(case: Case, user: User, typed: WithdrawForm | None) -> list[Interest]:
    """Who is shut out of the case. typed: a form that was refused, which stands at its own again."""
    left = set(conflicts_left(case).values_list("pk", flat=True))
    noted = case.conflicts.select_related("case", "user", "declared_by", "noted_for").order_by("pk")[:100]

    def form_for(row: Conflict) -> WithdrawForm | None:
        if not can_withdraw_conflict(row, by=user):
            return None
        ids = _form_id(row)
        return typed if typed is not None and typed.auto_id == ids else WithdrawForm(auto_id=ids)

    return [Interest(row, row.pk in left, form_for(row)) for row in noted]


def _form_id(conflict: Conflict) -> str:
    """The ids of the form at one interest of several."""
    return f"withdraw-{conflict.pk}-%s"


@require_POST
@requires(Permission.CONFLICT_WITHDRAW)
def conflict_withdraw(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Take back that somebody has an interest in the case."""
    case = case_or_404(request, reference)
    found = get_object_or_404(Conflict, case=case, pk=pk)
    form = WithdrawForm(request.POST, auto_id=_form_id(found))
    if not form.is_valid():
        return _access_page(request, case, withdraw_form=form, status=422)
    try:
        withdraw_conflict(found, by=request.user, now=timezone.now(), **form.cleaned_data)
    except MoveRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("%(name)s is not shut out of the case any more.") % {"name": found.user.name})
    return redirect("cases:access", reference)


@require_POST
@requires(Permission.TRAIL_VIEW)
def glass_review(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Put on record that one has looked at why the glass was broken."""
    case = case_or_404(request, reference)
    try:
        review_glass(get_object_or_404(CaseGrant, case=case, pk=pk), by=request.user, now=timezone.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("Your review is on record."))
    return redirect("cases:access", reference)


@require_http_methods(["GET", "POST"])
@requires(Permission.BREAK_GLASS)
@step_up
def glass(request: StaffRequest, reference: str) -> HttpResponse:
    """Break the glass: a fresh second factor, a written reason, 60 minutes. A case out of reach is not there."""
    case = Case.objects.filter(reference=reference).first()
    if case is None or can_see(request.user, case) or not can_reach_behind_glass(request.user, case):
        return redirect(case_or_404(request, reference))
    form = GlassForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            break_glass(case, by=request.user, now=timezone.now(), **form.cleaned_data)
        except MoveRefused as refused:
            form.add_error("reason", str(refused))
        else:
            return redirect(case)
    return render(
        request, "cases/glass.html", {"form": form, "reference": reference}, status=422 if form.errors else 200
    )
