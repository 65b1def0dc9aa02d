"""The one way for a page to come to a case by its reference."""

from django.http import Http404
from django.utils import timezone

from cases.models import Case
from cases.querysets import CaseQuerySet
from cases.reading import find_case
from foundation.accounts.guards import StaffRequest


def case_or_404(request: StaffRequest, reference: str, among: CaseQuerySet | None = None) -> Case:
    """The case, when the reader sees it; for her any other is not there, and that she asked for it is on record."""
    case = find_case(reference, reader=request.user, now=timezone.now(), among=among)
    if case is None:
        raise Http404
    return case
