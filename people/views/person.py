"""One person: her page and what is changed from it."""

from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.db.models import Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from people import operations, places
from people.forms import ContactPointForm, PersonForm, PetForm
from people.history import history_of, last_editor
from people.models import Booking, ContactPoint, Person, Pet
from people.normal import NotReadable
from people.panels import panels_for
from people.policies import PeopleRefused, can_edit

SHOWN = 10


@require_http_methods(["GET", "HEAD"])
@requires(Permission.PERSON_VIEW)
def person(request: StaffRequest, pk: int) -> HttpResponse:
    """Who she is, how to reach her, and everything of hers that the reader may see. Somebody merged leads on."""
    found = _visible(request, pk)
    if found.merged_into_id is not None:
        messages.info(request, _("%(name)s was merged into this person.") % {"name": found.name})
        return redirect(found.standing)
    return _page(request, found, ContactPointForm())


def _visible(request: StaffRequest, pk: int) -> Person:
    """Her record, or one that was merged into her. Who is not to be seen and who does not exist answer alike."""
    found = get_object_or_404(Person.objects.select_related("merged_into"), pk=pk)
    if not Person.objects.visible_to(request.user).filter(pk=found.standing.pk).exists():
        raise Http404
    return found


def _page(request: StaffRequest, found: Person, contact_form: ContactPointForm, status: int = 200) -> HttpResponse:
    now = timezone.now()
    zone = places.zone_of(found.country, found.time_zone)
    pets = Pet.objects.visible_to(request.user)
    bookings = list(
        Booking.objects.visible_to(request.user)
        .filter(Q(client=found) | Q(provider=found))
        .prefetch_related(Prefetch("pets", pets.only("id", "name", "species", "breed")))
        .order_by("-starts_at", "-pk")[: SHOWN + 1]
    )
    others = {booking.provider_id if booking.client_id == found.pk else booking.client_id for booking in bookings}
    known = Person.objects.visible_to(request.user).in_bulk([pk for pk in others if pk is not None])
    context: dict[str, Any] = {
        "now": now,
        "person": found,
        "language": places.language_name(found.language),
        "local_time": formats.date_format(now.astimezone(ZoneInfo(zone)), "D H:i") if zone else "",
        "contact_points": found.contact_points.all()[:50],
        "external_ids": found.external_ids.select_related("integration").order_by("pk")[:SHOWN],
        "pets": pets.filter(owner=found).order_by("name", "pk")[:50],
        "bookings": [
            (booking, known.get((booking.provider_id if booking.client_id == found.pk else booking.client_id) or 0))
            for booking in bookings
        ],
        "has_amounts": any(booking.amount_minor is not None for booking in bookings[:SHOWN]),
        "bookings_shown": SHOWN,
        "merges": found.merges.filter(undone_at__isnull=True)
        .select_related("merged", "merged_by")
        .order_by("-pk")[:SHOWN],
        "panels": panels_for(found, reader=request.user, now=now),
        "history": history_of(found, reader=request.user, limit=20),
        "contact_form": contact_form,
        "may_edit": can_edit(found, by=request.user),
        "may_merge": request.user.may(Permission.PERSON_MERGE),
    }
    return render(request, "people/person.html", context, status=status)


@require_http_methods(["GET", "POST"])
@requires(Permission.PERSON_EDIT)
def person_new(request: StaffRequest) -> HttpResponse:
    """Write somebody down."""
    form = PersonForm(request.POST or None, initial={"name": request.GET.get("name", "")})
    if request.method == "POST" and form.is_valid():
        facts = {name: form.cleaned_data[name] for name in form.Meta.fields}
        made = operations.create_person(**facts, by=request.user, now=timezone.now())
        messages.success(request, _("%(name)s is on the desk now.") % {"name": made.name})
        return redirect(made)
    return render(request, "people/edit.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.PERSON_EDIT)
def person_edit(request: StaffRequest, pk: int) -> HttpResponse:
    """Change what is known of her; when somebody else did so meanwhile, show both."""
    found = _visible(request, pk)
    form = PersonForm(request.POST or None, instance=found, initial={"version": found.version})
    if request.method != "POST" or not form.is_valid():
        return render(request, "people/edit.html", {"form": form, "person": found}, status=422 if form.errors else 200)
    changes = {name: value for name, value in form.changes.items() if request.POST.get(f"keep-{name}") != "theirs"}
    version = form.cleaned_data["version"] or 0
    try:
        operations.edit_person(
            found, version=version, was=form.was, changes=changes, by=request.user, now=timezone.now()
        )
    except operations.StalePerson as stale:
        context = {"person": stale.current, "conflict": _conflict(stale, form)}
        return render(request, "people/conflict.html", context, status=409)
    except PeopleRefused as refused:
        messages.error(request, str(refused.sentence))
    return redirect("people:person", pk)


def _conflict(stale: operations.StalePerson, form: PersonForm) -> dict[str, Any]:
    """For parts/conflict.html: fields in question to choose from, the others as they were typed."""
    current = stale.current
    asked = {conflict.field for conflict in stale.conflicts}
    hidden = [(name, form.data.get(name, "")) for name in form.Meta.fields if name not in asked]
    hidden += [(form[name].html_initial_name, form.was[name]) for name in form.Meta.fields if name not in asked]
    hidden += [(form[name].html_initial_name, str(getattr(current, name))) for name in asked]
    return {
        "by": last_editor(current) or _("Somebody else"),
        "at": current.updated_at,
        "fields": [
            {
                "name": c.field,
                "label": form[c.field].label,
                "was": form.said(c.field, c.was),
                "theirs": form.said(c.field, c.theirs),
                "yours": form.said(c.field, c.yours),
                "raw": c.yours,
            }
            for c in stale.conflicts
        ],
        "action": reverse("people:edit", args=[current.pk]),
        "back": current.get_absolute_url(),
        "version": current.version,
        "hidden": hidden,
    }


@require_POST
@requires(Permission.PERSON_EDIT)
def contact_point_add(request: StaffRequest, pk: int) -> HttpResponse:
    """A further way to reach her. What cannot be read stays in the field, with the offer to keep it as written."""
    found = _visible(request, pk)
    form = ContactPointForm(request.POST)
    if not form.is_valid():
        return _page(request, found, form, status=422)
    try:
        point = operations.add_contact_point(found, **form.cleaned_data, by=request.user, now=timezone.now())
    except NotReadable as why:
        form.add_error("value", str(why.sentence))
        return _page(request, found, form, status=422)
    except PeopleRefused as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, _("Added: %(value)s") % {"value": point.shown})
    return redirect("people:person", pk)


@require_POST
@requires(Permission.PERSON_EDIT)
def contact_point_remove(request: StaffRequest, pk: int, point: int) -> HttpResponse:
    """Take a way to reach her away; the toast puts it back."""
    gone = get_object_or_404(ContactPoint.objects.select_related("person"), pk=point, person=_visible(request, pk))
    try:
        entry = operations.remove_contact_point(gone, by=request.user, now=timezone.now())
    except PeopleRefused as refused:
        messages.error(request, str(refused.sentence))
    else:
        undo = reverse("people:contact_point_restore", args=[pk, entry])
        messages.success(request, _("Removed: %(value)s") % {"value": gone.shown}, extra_tags=f"undo:{undo}")
    return redirect("people:person", pk)


@require_POST
@requires(Permission.PERSON_EDIT)
def contact_point_restore(request: StaffRequest, pk: int, removed: int) -> HttpResponse:
    """Undo a removal."""
    try:
        point = operations.restore_contact_point(
            _visible(request, pk), removed=removed, by=request.user, now=timezone.now()
        )
    except PeopleRefused as refused:
        messages.error(request, str(refused.sentence))
    else:
        messages.success(request, _("Back again: %(value)s") % {"value": point.shown})
    return redirect("people:person", pk)


@require_POST
@requires(Permission.PERSON_EDIT)
def contact_point_prefer(request: StaffRequest, pk: int, point: int) -> HttpResponse:
    """Reach her this way first."""
    chosen = get_object_or_404(ContactPoint.objects.select_related("person"), pk=point, person=_visible(request, pk))
    try:
        operations.prefer_contact_point(chosen, by=request.user, now=timezone.now())
    except PeopleRefused as refused:
        messages.error(request, str(refused.sentence))
    return redirect("people:person", pk)


@require_http_methods(["GET", "POST"])
@requires(Permission.PERSON_EDIT)
def pet_edit(request: StaffRequest, pk: int, pet: int | None = None) -> HttpResponse:
    """An animal of hers, new or known."""
    owner = _visible(request, pk)
    known = get_object_or_404(Pet.objects.visible_to(request.user), pk=pet, owner=owner) if pet else None
    form = PetForm(request.POST or None, instance=known)
    if request.method != "POST" or not form.is_valid():
        context = {"form": form, "person": owner, "pet": known}
        return render(request, "people/pet.html", context, status=422 if form.errors else 200)
    try:
        if known is None:
            operations.add_pet(owner, facts=form.cleaned_data, by=request.user, now=timezone.now())
        else:
            operations.edit_pet(known, changes=form.cleaned_data, by=request.user, now=timezone.now())
    except PeopleRefused as refused:
        messages.error(request, str(refused.sentence))
    return redirect("people:person", pk)
