"""Evidence: files dropped on a case, hidden until revealed, each look recorded."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from cases.access import compartments_for
from cases.detail_forms import EvidenceForm
from cases.evidence_files import FileRefused
from cases.models import Case, Evidence
from cases.operations.evidence import StorageAway, add_evidence, download_evidence, reveal_evidence, shown_picture
from cases.views.case import case_page
from cases.views.finding import case_or_404
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.workflow.moves import MoveRefused


@require_POST
@requires(Permission.EVIDENCE_ADD)
def add(request: StaffRequest, reference: str) -> HttpResponse:
    """Take in the files of a form or of a drop; each is kept or refused by itself, and said so."""
    case = case_or_404(request, reference)
    form = EvidenceForm(request.POST, held=compartments_for(request.user, case), auto_id="evidence-%s")
    files = request.FILES.getlist("files")
    # Words that cannot be kept as told take the files with them: who may see them would be told wrong too.
    refused = [f"{form[name].label}: {why}" for name, sentences in form.errors.items() for why in sentences]
    status = 422
    if not refused:
        refused, status = _keep(request, case, files, form.cleaned_data)
    if request.headers.get("HX-Request"):
        return HttpResponse(
            " ".join(refused), status=status if refused else 200, content_type="text/plain; charset=utf-8"
        )
    if not files:
        refused.append(_("No file came with it."))
    if refused:
        if not form.errors:
            for sentence in refused:
                form.add_error(None, sentence)
        return case_page(request, case, detail_forms={"evidence": form}, status=status)
    return redirect(f"{case.get_absolute_url()}#evidence")


def _keep(
    request: StaffRequest, case: Case, files: Sequence["UploadedFile[bytes]"], told: Mapping[str, Any]
) -> tuple[list[str], int]:
    """Each file that was not kept with the sentence why, and the status that tells of them."""
    refused: list[str] = []
    for place, upload in enumerate(files):
        try:
            added = add_evidence(
                case, chunks=upload.chunks(), name=upload.name or "", by=request.user, now=timezone.now(),
                title=told["title"], description=told["description"], compartment=told["compartment"],
            )  # fmt: skip
        except StorageAway as why:  # each further file would wait for it in vain
            return refused + [f"{left.name}: {why}" for left in files[place:]], 503
        except (FileRefused, MoveRefused) as why:
            refused.append(f"{upload.name}: {why}")
        else:
            if added.was_there:
                messages.info(request, _("%(name)s is on this case already.") % {"name": upload.name})
    return refused, 422


def _evidence(request: StaffRequest, reference: str, pk: UUID) -> Evidence:
    """A file of a case that the reader sees, in a compartment that she holds; anything else is not there."""
    case = case_or_404(request, reference)
    evidence: Evidence = get_object_or_404(
        Evidence, case=case, pk=pk, compartment__in=compartments_for(request.user, case)
    )
    return evidence


@require_POST
@requires(Permission.EVIDENCE_REVEAL)
def reveal(request: StaffRequest, reference: str, pk: UUID) -> HttpResponse:
    """Look behind the veil."""
    evidence = _evidence(request, reference, pk)
    reveal_evidence(evidence, by=request.user, now=timezone.now())
    if request.headers.get("HX-Request"):
        return render(request, "cases/veil.html", {"case": evidence.case, "item": evidence, "open": True})
    return redirect(f"{evidence.case.get_absolute_url()}#evidence-{evidence.pk}")


@require_safe
@requires(Permission.EVIDENCE_REVEAL)
def picture(request: StaffRequest, reference: str, pk: UUID) -> HttpResponseBase:
    """The picture as it is shown: re-encoded, without its metadata."""
    evidence = _evidence(request, reference, pk)
    try:
        shown = shown_picture(evidence, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        raise Http404(str(refused)) from refused
    except StorageAway as away:
        return HttpResponse(str(away), status=503, content_type="text/plain; charset=utf-8")
    response = FileResponse(shown, content_type=evidence.display_type)
    response["Cache-Control"] = "private, no-store"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@require_safe
@requires(Permission.EVIDENCE_REVEAL)
def download(request: StaffRequest, reference: str, pk: UUID) -> HttpResponseBase:
    """The bytes as they were received, always as an attachment."""
    evidence = _evidence(request, reference, pk)
    try:
        content = download_evidence(evidence, by=request.user, now=timezone.now())
    except MoveRefused as refused:
        raise Http404(str(refused)) from refused
    except StorageAway as away:
        return HttpResponse(str(away), status=503, content_type="text/plain; charset=utf-8")
    response = FileResponse(
        content, as_attachment=True, filename=evidence.original_name, content_type=evidence.content_type
    )
    response["Cache-Control"] = "private, no-store"
    return response
