"""Who works here: adding, changing roles, ending access."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from foundation.accounts import operations
from foundation.accounts.forms import EndAccessForm, RoleForm, SkillsForm, StaffForm
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import Skills, User
from foundation.accounts.permissions import Permission, Role
from foundation.accounts.policies import StaffChangeRefused, check_may_set_skills
from foundation.accounts.settings_pages import pages_for
from foundation.accounts.sign_in import password_link

PAGE = 50


@require_safe
@requires(Permission.STAFF_EDIT)
def staff(request: StaffRequest) -> HttpResponse:
    """Everybody, those with access first, found by name, email or role."""
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:120]
    people = User.objects.order_by("-is_active", "name", "pk").prefetch_related("teams")
    if wanted:
        people = people.filter(Q(name__icontains=wanted) | Q(email__icontains=wanted) | Q(role=wanted.lower()))
    page = Paginator(people, PAGE).get_page(request.GET.get("page"))
    context = {"settings_pages": pages_for(request.user), "page": page, "q": wanted}
    return render(request, "accounts/staff.html", context)


@require_http_methods(["GET", "POST"])
@requires(Permission.STAFF_EDIT)
def staff_new(request: StaffRequest) -> HttpResponse:
    """Add somebody. Her page then shows the link by which she sets her password."""
    form = StaffForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            user = operations.create_staff(**form.cleaned_data, by=request.user, now=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            return _page(request, user, link=password_link(user), status=201)
    context = {"settings_pages": pages_for(request.user), "form": form}
    return render(request, "accounts/staff_new.html", context, status=422 if form.errors else 200)


@require_safe
@requires(Permission.STAFF_EDIT)
def member(request: StaffRequest, pk: int) -> HttpResponse:
    """One person: her role, her teams, her access."""
    return _page(request, get_object_or_404(User, pk=pk))


@require_POST
@requires(Permission.STAFF_EDIT)
def member_role(request: StaffRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, user, role_form=form, status=422)
    return _changed(
        request, user, operations.change_role, _("%(name)s has another role."), role=form.cleaned_data["role"]
    )


@require_POST
@requires(Permission.STAFF_EDIT)
def member_end(request: StaffRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    form = EndAccessForm(request.POST)
    if not form.is_valid():
        return _page(request, user, end_form=form, status=422)
    reason = form.cleaned_data["reason"]
    return _changed(request, user, operations.deactivate_staff, _("%(name)s has no access any more."), reason=reason)


@require_POST
@requires(Permission.STAFF_EDIT)
def member_give_back(request: StaffRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    return _changed(request, user, operations.reactivate_staff, _("%(name)s has access again."))


@require_POST
@requires(Permission.STAFF_EDIT)
def member_named(request: StaffRequest, pk: int) -> HttpResponse:
    user = get_object_or_404(User, pk=pk)
    named = request.POST.get("named") == "yes"
    return _changed(request, user, operations.name_for_staff_subject, _("Saved for %(name)s."), named=named)


@require_http_methods(["GET", "POST"])
@requires(Permission.TEAM_EDIT)
def skills(request: StaffRequest, pk: int) -> HttpResponse:
    """Which cases a rule may give her: for her lead, managers and admins to say; the other leads read it."""
    user = get_object_or_404(User.objects.active(), pk=pk)
    form = SkillsForm(request.POST or None, skills_now=Skills.objects.filter(user=user).first() or Skills(user=user))
    refusal, status = "", 200
    try:
        check_may_set_skills(user, by=request.user)
        if request.method == "POST" and form.is_valid():
            operations.set_skills(user, **form.cleaned_data, by=request.user, now=timezone.now())
            messages.success(request, _("Saved for %(name)s.") % {"name": user.name})
            return redirect("accounts:skills", pk)
        status = 422 if form.errors else 200
    except StaffChangeRefused as refused:
        refusal, status = str(refused), 409 if request.method == "POST" else 200
    context = {"settings_pages": pages_for(request.user), "member": user, "form": form, "refusal": refusal}
    return render(request, "accounts/skills.html", context, status=status)


@require_POST
@requires(Permission.STAFF_EDIT)
def member_link(request: StaffRequest, pk: int) -> HttpResponse:
    """Another link for somebody who has not set her password yet; whoever has one asks for a mail herself."""
    user = get_object_or_404(User.objects.active(), pk=pk)
    if user.has_usable_password():
        messages.error(
            request, _("%(name)s has a password and can ask for a mail on the sign-in page.") % {"name": user.name}
        )
        return redirect("accounts:member", pk)
    return _page(request, user, link=password_link(user))


def _changed(request: StaffRequest, user: User, change: Callable[..., User], said: str, **facts: Any) -> HttpResponse:
    try:
        change(user, by=request.user, now=timezone.now(), **facts)
    except StaffChangeRefused as refused:
        messages.error(request, str(refused))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, said % {"name": user.name})
    return redirect("accounts:member", user.pk)


def _page(
    request: StaffRequest,
    user: User,
    *,
    link: str = "",
    role_form: RoleForm | None = None,
    end_form: EndAccessForm | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "settings_pages": pages_for(request.user),
        "member": user,
        "teams": user.teams.order_by("name"),
        "link": link,
        "role_form": role_form or RoleForm(initial={"role": user.role}),
        "end_form": end_form or EndAccessForm(),
        "may_be_named": user.role in (Role.LEAD, Role.MANAGER),
        "herself": user.pk == request.user.pk,
    }
    return render(request, "accounts/member.html", context, status=status)
