"""Who sees a case: sharing, breaking the glass, declaring an interest, and why somebody can or cannot see it."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from cases.access import explain
from cases.detail_forms import GlassForm, ShareForm
from cases.models import Case, CaseGrant
from cases.operations.access import break_glass, declare_conflict, end_share, share_case
from cases.policies import can_reach_behind_glass
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.accounts.sign_in import step_up
from foundation.workflow.moves import MoveRefused


@require_GET
@requires(Permission.CASE_SHARE)
def access(request: StaffRequest, reference: str) -> HttpResponse:
    """Why can, or cannot, somebody see this case: the rule's terms, from the code that decides."""
    case = get_object_or_404(Case.objects.visible_to(request.user), reference=reference)
    staff = User.objects.active().order_by("name")[:500]
    chosen = request.GET.get("who", "")
    person = next((user for user in staff if str(user.pk) == chosen), request.user)
    grants = CaseGrant.objects.filter(case=case, ended_at__isnull=True).select_related("user", "granted_by")[:100]
    context = {
        "case": case, "staff": staff, "person": person, "explanation": explain(person, case), "grants": grants,
        "share_form": ShareForm(), "now": timezone.now(),
    }  # fmt: skip
    return render(request, "cases/access.html", context)


@require_POST
@requires(Permission.CASE_SHARE)
def share(request: StaffRequest, reference: str) -> HttpResponse:
    """Let somebody see the case by name."""
    case = get_object_or_404(Case.objects.visible_to(request.user), reference=reference)
    form = ShareForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose with whom, and say why."))
        return redirect("cases:access", reference)
    try:
        share_case(case, by=request.user, now=timezone.now(), **form.cleaned_data)
    except MoveRefused as refused:
        messages.error(request, str(refused))
    return redirect("cases:access", reference)


@require_POST
@requires(Permission.CASE_SHARE)
def share_end(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """End somebody's sight by name."""
    case = get_object_or_404(Case.objects.visible_to(request.user), reference=reference)
    try:
        end_share(get_object_or_404(CaseGrant, case=case, pk=pk), by=request.user, now=timezone.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
    return redirect("cases:access", reference)


@require_POST
@requires(Permission.CASE_VIEW)
def conflict(request: StaffRequest, reference: str) -> HttpResponse:
    """Declare an interest of one's own: the case is gone from then on."""
    case = get_object_or_404(Case.objects.visible_to(request.user), reference=reference)
    try:
        declare_conflict(
            case, person=request.user, reason=request.POST.get("reason", ""), by=request.user, now=timezone.now()
        )
    except MoveRefused as refused:
        messages.error(request, str(refused))
        return redirect(case)
    messages.success(request, _("Noted. You do not see %(reference)s any more.") % {"reference": reference})
    return redirect("cases:queue")


@require_http_methods(["GET", "POST"])
@requires(Permission.BREAK_GLASS)
@step_up
def glass(request: StaffRequest, reference: str) -> HttpResponse:
    """Break the glass: a fresh second factor, a written reason, 60 minutes. A case out of reach is not there."""
    case = get_object_or_404(Case, reference=reference)
    if Case.objects.visible_to(request.user).filter(pk=case.pk).exists():
        return redirect(case)
    if not can_reach_behind_glass(request.user, case):
        raise Http404
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
