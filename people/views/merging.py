"""Two records of one person: side by side, made one, taken apart."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from people import operations
from people.comparing import comparison
from people.matching import find_people
from people.models import Person, PersonMerge
from people.policies import PeopleRefused


@require_http_methods(["GET", "POST"])
@requires(Permission.PERSON_MERGE)
def merge(request: StaffRequest, pk: int) -> HttpResponse:
    """Choose the other record, look at both, merge. ``keep`` says which of the two stays."""
    one = _standing(request, pk)
    chosen = request.POST.get("with") or request.GET.get("with", "")
    other = _standing(request, int(chosen)) if chosen.isdecimal() and len(chosen) < 19 else None
    if request.method == "POST" and other is not None:
        kept, merged = (other, one) if request.POST.get("keep") == str(other.pk) else (one, other)
        return _merge(request, kept, merged)
    typed = request.GET.get("q", "" if other else one.name)
    likely = [] if other else [match for match in find_people(typed, reader=request.user) if match.person != one]
    rows = comparison(one, other, reader=request.user, now=timezone.now()) if other and other != one else []
    context = {"person": one, "other": other if rows else None, "rows": rows, "q": typed, "likely": likely}
    return render(request, "people/merge.html", context | {"now": timezone.now()})


def _standing(request: StaffRequest, pk: int) -> Person:
    """Who now stands for this record, if the reader may know of her."""
    return get_object_or_404(Person.objects.visible_to(request.user), pk=Person.objects.leading([pk]).get(pk))


def _merge(request: StaffRequest, kept: Person, merged: Person) -> HttpResponse:
    try:
        done = operations.merge_people(kept, merged, by=request.user, now=timezone.now())
    except PeopleRefused as refused:
        messages.error(request, str(refused.sentence))
        return redirect(kept.standing)
    undo = reverse("people:merge_undo", args=[done.pk])
    said = _("%(merged)s is part of %(kept)s now.") % {"merged": merged.name, "kept": kept.name}
    messages.success(request, said, extra_tags=f"undo:{undo}")
    return redirect(kept)


@require_POST
@requires(Permission.PERSON_MERGE)
def merge_undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a merge apart again."""
    done = get_object_or_404(PersonMerge.objects.select_related("kept", "merged"), pk=pk)
    _standing(request, done.kept_id)
    try:
        operations.undo_merge_people(done, by=request.user, now=timezone.now())
    except PeopleRefused as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, _("%(merged)s stands alone again.") % {"merged": done.merged.name})
    return redirect("people:person", done.kept_id)
