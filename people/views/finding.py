"""Finding people: the page with its search, and the matches shown while somebody types a report."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from people.matching import find_people
from people.models import Person

SHOWN = 25
LOOKED_AT = 1_000


@require_safe
@requires(Permission.PERSON_VIEW)
def people(request: StaffRequest) -> HttpResponse:
    """Who matches the search; without one, whom the reader sees of those something was learned of last."""
    typed = request.GET.get("q", "").strip()
    # Asked of so many alone: who sees few cases would otherwise have the whole table read for her.
    newest = list(Person.objects.current().recent().values_list("pk", flat=True)[:LOOKED_AT])
    recent = Person.objects.visible_to(request.user).filter(pk__in=newest).recent().prefetch_related("contact_points")
    found = find_people(typed, reader=request.user, limit=SHOWN) if typed else []
    template = "people/list.html#results" if request.headers.get("HX-Request") else "people/list.html"
    rows = [(match.person, match.why) for match in found] if typed else [(person, "") for person in recent[:SHOWN]]
    context = {
        "now": timezone.now(),
        "q": typed,
        "rows": rows,
        "may_add": request.user.may(Permission.PERSON_EDIT),
        "full": len(rows) == SHOWN,
    }
    return render(request, template, context)


@require_safe
@requires(Permission.PERSON_VIEW)
def match(request: StaffRequest) -> HttpResponse:
    """Options for a field in which somebody is being named (data-suggest). ``not`` leaves one person out."""
    typed = request.GET.get("q", "")
    left_out = request.GET.get("not", "")
    matches = [m for m in find_people(typed, reader=request.user) if str(m.person.pk) != left_out]
    return render(request, "people/match.html", {"matches": matches, "links": "links" in request.GET})
