"""Cases that belong together: links, and merges that can be taken apart."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases.detail_forms import OtherCaseForm
from cases.models import Case, CaseLink, CaseMerge, LinkKind
from cases.operations.links import link_cases, merge_cases, undo_merge, unlink_cases
from cases.views.case import case_page
from cases.views.finding import case_or_404
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.workflow.moves import MoveRefused


@require_POST
@requires(Permission.CASE_LINK)
def link(request: StaffRequest, reference: str) -> HttpResponse:
    """Link the case to another that the reader sees."""
    case = case_or_404(request, reference)
    form = OtherCaseForm(request.POST, reader=request.user, auto_id="link-%s")
    if not form.is_valid():
        return case_page(request, case, detail_forms={"link": form}, status=422)
    other, kind = form.cleaned_data["other"], form.cleaned_data["kind"] or LinkKind.RELATED
    try:
        link_cases(case, other=other, kind=kind, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        form.add_error(None, str(refused))
        return case_page(request, case, detail_forms={"link": form}, status=409)
    return redirect(case)


@require_POST
@requires(Permission.CASE_LINK)
def unlink(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Remove a link of the case. One to a case that the reader does not see is not there."""
    case = case_or_404(request, reference)
    seen = Case.objects.visible_to(request.user)
    found = get_object_or_404(CaseLink, Q(case=case, other__in=seen) | Q(other=case, case__in=seen), pk=pk)
    try:
        unlink_cases(found, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
    return redirect(case)


@require_POST
@requires(Permission.CASE_MERGE)
def merge(request: StaffRequest, reference: str) -> HttpResponse:
    """Merge another case into this one; the toast takes it apart again."""
    case = case_or_404(request, reference)
    form = OtherCaseForm(request.POST, reader=request.user, auto_id="merge-%s")
    if not form.is_valid():
        return case_page(request, case, detail_forms={"merge": form}, status=422)
    other = form.cleaned_data["other"]
    try:
        merged = merge_cases(case, merged=other, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        form.add_error(None, str(refused))
        return case_page(request, case, detail_forms={"merge": form}, status=409)
    undo = reverse("cases:merge_undo", args=[case.reference, merged.pk])
    said = _("%(other)s is part of %(case)s now.") % {"other": other.reference, "case": case.reference}
    messages.success(request, said, extra_tags=f"undo:{undo}")
    return redirect(case)


@require_POST
@requires(Permission.CASE_MERGE)
def merge_undo(request: StaffRequest, reference: str, pk: int) -> HttpResponse:
    """Take a merge apart."""
    case = case_or_404(request, reference)
    found = get_object_or_404(CaseMerge, kept=case, pk=pk)
    try:
        undo_merge(found, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The merge is taken apart."))
    return redirect(case)
