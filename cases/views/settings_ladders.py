"""Escalation policies: who is called for what, drawn as a ladder, previewed on the people who are there."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases.ladder_forms import LadderForm
from cases.ladder_words import LadderWords
from cases.settings_words import Lines, changes
from cases.views.settings_wordings import SHOWN, clash, history, settings_page
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.escalation.models import EscalationPolicy, EscalationPolicyVersion
from foundation.escalation.operations.publishing import LadderRefused, create_policy, move_policy, publish_policy
from foundation.escalation.outlook import look_ahead, preview
from foundation.escalation.policies import edits_ladder_not, shadowed_by
from foundation.escalation.reasons import known_reasons, reason_name
from foundation.escalation.warnings import NO_TIME
from foundation.workflow.wordings import Overtaken

MOST = 200


@require_safe
@requires(Permission.ESCALATION_EDIT)
def ladders(request: StaffRequest) -> HttpResponse:
    """The policies by what starts a call, in the order in which they are asked."""
    policies = list(EscalationPolicy.objects.select_related("team")[:MOST])
    newest = _newest(policies)
    words = LadderWords((version.levels, version.catch_all) for version in newest.values())
    shadowed = shadowed_by(policies)
    reasons = [*known_reasons(), *dict.fromkeys(each.reason for each in policies if each.reason not in known_reasons())]
    groups = []
    for reason in reasons:
        rows = [
            {
                "policy": policy,
                "version": newest[policy.pk],
                "steps": [words.targets(level["targets"]) for level in newest[policy.pk].levels],
                "shadowed": policy.pk in shadowed,
                "fixed": bool(edits_ladder_not(policy.team, by=request.user)),
            }
            for policy in policies
            if policy.reason == reason and policy.pk in newest
        ]
        groups.append((reason_name(reason), rows))
    return settings_page(request, "ladders", {"groups": groups}, now=timezone.now())


@require_POST
@requires(Permission.ESCALATION_EDIT)
def ladder_move(request: StaffRequest, pk: int) -> HttpResponse:
    """A place up or down among the policies of the same reason; calls that are out keep their levels."""
    found = get_object_or_404(EscalationPolicy, pk=pk)
    move_policy(found, up=request.POST.get("to") == "up", by=request.user)
    return redirect("cases:settings_ladders")


@require_http_methods(["GET", "POST"])
@requires(Permission.ESCALATION_EDIT)
def ladder_new(request: StaffRequest) -> HttpResponse:
    now, do = timezone.now(), request.POST.get("do", "")
    form = LadderForm(request.POST if request.method == "POST" else None, version=None, by=request.user, do=do)
    context: dict[str, Any] = {"form": form}
    if form.is_bound and form.is_valid():
        wording = form.wording()

        def publish() -> EscalationPolicyVersion:
            return create_policy(**wording, by=request.user, now=now).current

        try:
            if request.POST.get("step") == "publish" and form.was_previewed:
                made = publish().policy
                messages.success(request, _("%(policy)s is published.") % {"policy": made.name})
                return redirect("cases:settings_ladder", made.pk)
            context["outlook"] = preview(publish, now=now)
            context["changes"] = changes({}, _lines_of(form))
            form.show_as_previewed()
        except LadderRefused as refused:
            form.show_problems(refused.problems)
    return settings_page(request, "ladder", context, now=now, status=422 if form.has_problems else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.ESCALATION_EDIT)
def ladder(request: StaffRequest, pk: int) -> HttpResponse:
    """One policy: whom it calls now, and whom another wording would."""
    found, now = get_object_or_404(EscalationPolicy.objects.select_related("team"), pk=pk), timezone.now()
    fixed, do = edits_ladder_not(found.team, by=request.user), request.POST.get("do", "")
    if request.method == "POST" and fixed:
        raise PermissionDenied(fixed)
    versions = _versions(found)
    words = LadderWords((version.levels, version.catch_all) for version in versions)
    form = LadderForm(request.POST if request.method == "POST" else None, version=versions[0], by=request.user, do=do)
    context: dict[str, Any] = {"policy": found, "reason": reason_name(found.reason), "fixed": fixed}
    if form.is_bound and form.is_valid():
        based_on, wording = form.cleaned_data["based_on"], form.wording()

        def publish() -> EscalationPolicyVersion:
            return publish_policy(found, **wording, based_on=based_on, by=request.user, now=now)

        try:
            if request.POST.get("step") == "publish" and form.was_previewed:
                publish()
                messages.success(
                    request,
                    _("%(policy)s is published. Calls that are out keep their levels.") % {"policy": wording["name"]},
                )
                return redirect("cases:settings_ladder", pk)
            context["outlook"] = preview(publish, now=now)
            in_force = _named(found.name, words.of_version(versions[0]), is_active=found.is_active)
            context["changes"] = changes(in_force, _lines_of(form))
            form.show_as_previewed()
        except LadderRefused as refused:
            form.show_problems(refused.problems)
        except Overtaken:
            versions = _versions(found)
            words = LadderWords((version.levels, version.catch_all) for version in versions)
            context["clash"] = clash(versions, based_on, words.of_version)
            form.base_on(versions[0].number)
    if not form.is_bound and not do:
        context["in_force"] = look_ahead(versions[0], now=now, ahead=NO_TIME)
    context |= {"form": form, "version": versions[0], "history": history(versions, words.of_version)}
    status = 409 if "clash" in context else 422 if form.has_problems else 200
    return settings_page(request, "ladder", context, now=now, status=status)


def _newest(policies: Sequence[EscalationPolicy]) -> dict[int, EscalationPolicyVersion]:
    versions = EscalationPolicyVersion.objects.filter(policy__in=policies).order_by("policy_id", "-number")
    return {version.policy_id: version for version in versions.distinct("policy_id")}


def _versions(found: EscalationPolicy) -> list[EscalationPolicyVersion]:
    newest_first = found.versions.select_related("policy__team", "created_by").order_by("-number")
    return list(newest_first[: SHOWN + 1])


def _lines_of(form: LadderForm) -> Lines:
    wording = form.wording()
    said = wording["levels"], wording["repeat"], wording["catch_all"]
    words = LadderWords([(wording["levels"], wording["catch_all"])])
    return _named(wording["name"], words.lines(*said), is_active=wording["is_active"])


def _named(name: str, lines: Lines, *, is_active: bool) -> Lines:
    return {_("Name"): name, _("In use"): _("yes") if is_active else _("no"), **lines}
