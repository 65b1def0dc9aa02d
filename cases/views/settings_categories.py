"""The category tree: groups and categories, their wordings previewed on the newest cases, and their order."""

from typing import Any

from django.contrib import messages
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.category_forms import CategoryForm, GroupForm
from cases.models import Category, CategoryVersion
from cases.operations.categories import (
    CategoryRefused,
    Ratings,
    create_category,
    move_category,
    publish_category,
    would_change,
)
from cases.settings_words import Lines, category_lines, changes
from cases.views.settings_wordings import SHOWN, clash, history, settings_page
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.workflow.wordings import Overtaken


@require_safe
@requires(Permission.CATEGORY_EDIT)
def categories(request: StaffRequest) -> HttpResponse:
    """The tree: groups in order, each with its categories."""
    current = Prefetch("versions", CategoryVersion.objects.filter(is_current=True), to_attr="in_force")
    children = Prefetch("children", Category.objects.order_by("position", "pk").prefetch_related(current))
    groups = Category.objects.filter(parent=None).order_by("position", "pk").prefetch_related(current, children)
    language = get_language() or "en"
    tree = [(group, _in_force(group).name(language), _rows(group, language)) for group in groups]
    return settings_page(request, "categories", {"tree": tree}, now=timezone.now())


@require_POST
@requires(Permission.CATEGORY_EDIT)
def category_move(request: StaffRequest, pk: int) -> HttpResponse:
    """A place up or down. Only how lists are ordered changes, so it is done at once."""
    found = get_object_or_404(Category, pk=pk)
    move_category(found, up=request.POST.get("to") == "up", by=request.user)
    return redirect("cases:settings_categories")


@require_http_methods(["GET", "POST"])
@requires(Permission.CATEGORY_EDIT)
def category_new(request: StaffRequest, parent: int) -> HttpResponse:
    group, now = get_object_or_404(Category, pk=parent, parent=None), timezone.now()
    form = CategoryForm(request.POST or None, version=None)
    outcome = None
    if request.method == "POST" and form.is_valid():
        try:
            if request.POST.get("step") == "publish" and form.was_previewed:
                made = create_category(group, **form.wording(), by=request.user, now=now)
                messages.success(request, _("%(category)s is published.") % {"category": form.cleaned_data["en"]})
                return redirect("cases:settings_category", made.pk)
            outcome = Ratings(0, 0)
            form.show_as_previewed()
        except CategoryRefused as refused:
            form.add_error(None, str(refused))
    context = {
        "group": group.current.name(get_language() or "en"),
        "form": form,
        "outcome": outcome,
        "changes": changes({}, category_lines(_unsaved(Category(parent=group), form))) if outcome else [],
    }
    return settings_page(request, "category", context, now=now, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.CATEGORY_EDIT)
def category(request: StaffRequest, pk: int) -> HttpResponse:
    """One category or group: what it says, and which of its newest cases would be rated otherwise."""
    found, now = get_object_or_404(Category.objects.select_related("parent"), pk=pk), timezone.now()
    versions = _versions(found)
    shape = CategoryForm if found.parent_id else GroupForm
    form = shape(request.POST or None, version=versions[0])
    context: dict[str, Any] = {"category": found, "name": versions[0].name(get_language() or "en")}
    if request.method == "POST" and form.is_valid():
        based_on = form.cleaned_data["based_on"]
        try:
            if request.POST.get("step") == "publish" and form.was_previewed:
                publish_category(found, **form.wording(), based_on=based_on, by=request.user, now=now)
                messages.success(request, _("%(category)s is published.") % {"category": form.cleaned_data["en"]})
                return redirect("cases:settings_category", pk)
            if based_on != versions[0].number:
                raise Overtaken
            typed = _unsaved(found, form)
            context["outcome"] = would_change(found, typed)
            context["changes"] = changes(_lines_in_force(found, versions[0]), _lines_of(form, typed))
            form.show_as_previewed()
        except CategoryRefused as refused:
            form.add_error(None, str(refused))
        except Overtaken:
            versions = _versions(found)
            context["clash"] = clash(versions, based_on, category_lines)
            form.base_on(versions[0].number)
    context |= {
        "form": form,
        "group": found.parent.current.name(get_language() or "en") if found.parent else "",
        "history": history(versions, category_lines),
    }
    status = 409 if "clash" in context else 422 if form.errors or _rules_wrong(form) else 200
    return settings_page(request, "category", context, now=now, status=status)


def _rules_wrong(form: GroupForm) -> bool:
    return form.is_bound and not form.is_valid()


def _unsaved(category: Category, form: GroupForm) -> CategoryVersion:
    """The wording that was typed, as a version that is saved nowhere."""
    wording = form.wording()
    return CategoryVersion(
        category=category,
        names=wording["names"],
        level=wording["level"],
        severity=wording["severity"],
        severity_rules=wording["rules"],
    )


def _lines_of(form: GroupForm, typed: CategoryVersion) -> Lines:
    return _offered(form.cleaned_data["is_active"], category_lines(typed))


def _lines_in_force(category: Category, version: CategoryVersion) -> Lines:
    return _offered(category.is_active, category_lines(version))


def _offered(is_active: bool, lines: Lines) -> Lines:
    return {_("Offered for new cases"): _("yes") if is_active else _("no"), **lines}


def _versions(found: Category) -> list[CategoryVersion]:
    return list(found.versions.select_related("category", "created_by").order_by("-number")[: SHOWN + 1])


def _in_force(category: Any) -> CategoryVersion:
    """The wording that the tree fetched along."""
    version: CategoryVersion = category.in_force[0]
    return version


def _rows(group: Category, language: str) -> list[tuple[Category, CategoryVersion, str]]:
    children = [(each, _in_force(each)) for each in group.children.all()]
    return [(each, version, version.name(language)) for each, version in children]
