"""SLA policies: their order, their conditions and targets, each previewed on the clocks that run before it is published."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from cases.models import Kind
from cases.operations.rollouts import Preview, preview
from cases.settings_forms import PolicyForm
from cases.settings_words import Lines, changes, policy_lines, typed_policy_lines
from cases.views.settings_wordings import SHOWN, clash, history, settings_page
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.permissions import Permission
from foundation.sla.durations import write_duration
from foundation.sla.matching import unreached
from foundation.sla.models import Metric, Policy, PolicyVersion
from foundation.sla.operations import PolicyRefused, create_policy, order_policies, publish_policy
from foundation.workflow.wordings import Overtaken


@require_http_methods(["GET", "POST"])
@requires(Permission.SLA_EDIT)
def policies(request: StaffRequest) -> HttpResponse:
    """The policies in order. Moving one proposes another order, with what it would do; saving it is a second step."""
    now = timezone.now()
    in_force = [policy.pk for policy in Policy.objects.all()]
    if request.method == "GET":
        return _order_page(request, in_force, in_force, now=now)
    based_on, order = _ids(request.POST.getlist("based_on")), _ids(request.POST.getlist("order"))
    proposed = _moved(order, request.POST.get("up", ""), request.POST.get("down", ""))

    def publish() -> None:
        order_policies(proposed, based_on=based_on, by=request.user, now=now)

    try:
        if request.POST.get("step") == "publish":
            publish()
            messages.success(request, _("The order is saved. Running clocks follow within a minute."))
            return redirect("cases:settings_sla")
        outcome = preview(publish, now=now)
    except (Overtaken, PolicyRefused):
        messages.error(request, _("Somebody changed the policies since this page was opened. Nothing was saved."))
        return _order_page(request, in_force, in_force, now=now, status=409)
    return _order_page(request, proposed, in_force, outcome=outcome, now=now)


@require_http_methods(["GET", "POST"])
@requires(Permission.SLA_EDIT)
def policy_new(request: StaffRequest) -> HttpResponse:
    now, form = timezone.now(), PolicyForm(request.POST or None, version=None)
    outcome = None
    if request.method == "POST" and form.is_valid():

        def publish() -> Policy:
            return create_policy(**form.wording(), by=request.user, now=now)

        try:
            if request.POST.get("step") == "publish" and form.was_previewed:
                made = publish()
                messages.success(request, _("%(policy)s is published.") % {"policy": made.name})
                return redirect("cases:settings_policy", made.pk)
            outcome = preview(publish, now=now)
            form.show_as_previewed()
        except PolicyRefused as refused:
            form.add_error(None, str(refused.sentence))
    context = {"form": form, "outcome": outcome, "changes": changes({}, _lines_of(form)) if outcome else []}
    return settings_page(request, "policy", context, now=now, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@requires(Permission.SLA_EDIT)
def policy(request: StaffRequest, pk: int) -> HttpResponse:
    """One policy: what it says, and what another wording would do to the clocks that run."""
    found, now = get_object_or_404(Policy, pk=pk), timezone.now()
    versions = _versions(found)
    form = PolicyForm(request.POST or None, version=versions[0])
    outcome, clashed = None, None
    if request.method == "POST" and form.is_valid():
        based_on = form.cleaned_data["based_on"]

        def publish() -> PolicyVersion:
            return publish_policy(found, **form.wording(), based_on=based_on, by=request.user, now=now)

        try:
            if request.POST.get("step") == "publish" and form.was_previewed:
                publish()
                messages.success(
                    request,
                    _("%(policy)s is published. Running clocks follow within a minute.") % {"policy": found.name},
                )
                return redirect("cases:settings_policy", pk)
            outcome = preview(publish, now=now)
            form.show_as_previewed()
        except PolicyRefused as refused:
            form.add_error(None, str(refused.sentence))
        except Overtaken:
            versions = _versions(found)
            clashed = clash(versions, based_on, policy_lines)
            form.base_on(versions[0].number)
    context = {
        "policy": found,
        "form": form,
        "outcome": outcome,
        "changes": changes(_lines_in_force(versions[0]), _lines_of(form)) if outcome else [],
        "clash": clashed,
        "history": history(versions, policy_lines),
    }
    return settings_page(request, "policy", context, now=now, status=409 if clashed else 422 if form.errors else 200)


def _versions(found: Policy) -> list[PolicyVersion]:
    newest_first = found.versions.select_related("policy", "created_by").order_by("-number")
    return list(newest_first.prefetch_related("targets__calendar")[: SHOWN + 1])


def _lines_of(form: PolicyForm) -> Lines:
    return _named(form.cleaned_data["name"], form.cleaned_data["is_active"], typed_policy_lines(form.wording()))


def _lines_in_force(version: PolicyVersion) -> Lines:
    return _named(version.policy.name, version.policy.is_active, policy_lines(version))


def _named(name: str, is_active: bool, lines: Lines) -> Lines:
    return {_("Name"): name, _("Applies"): _("yes") if is_active else _("no"), **lines}


def _order_page(
    request: StaffRequest,
    order: list[int],
    in_force: list[int],
    *,
    outcome: Preview | None = None,
    now: datetime,
    status: int = 200,
) -> HttpResponse:
    rows = {policy.pk: policy for policy in Policy.objects.prefetch_related("versions__targets")}
    shown = [(rows[pk], _newest(rows[pk])) for pk in order if pk in rows]
    unreached = _unreached(shown)
    context = {
        "rows": [_row(policy, version, unreached=policy.pk in unreached) for policy, version in shown],
        "in_force": in_force,
        "outcome": outcome,
        "is_moved": order != in_force,
    }
    return settings_page(request, "policies", context, now=now, status=status)


def _row(policy: Policy, version: PolicyVersion, *, unreached: bool) -> dict[str, Any]:
    conditions = [*(Kind(kind).label for kind in version.kinds), *version.teams, *version.markets]
    first = [target for target in version.targets.all() if target.metric == Metric.FIRST_RESPONSE]
    return {
        "policy": policy,
        "version": version,
        "fits": ", ".join(map(str, conditions)),
        "first": " / ".join(write_duration(target.seconds) for target in sorted(first, key=lambda each: each.severity)),
        "unreached": unreached,
    }


def _newest(policy: Policy) -> PolicyVersion:
    return max(policy.versions.all(), key=lambda version: version.number)


def _unreached(rows: list[tuple[Policy, PolicyVersion]]) -> set[int]:
    """The policies that never apply, because an earlier one takes all that they would."""
    return {version.policy_id for version, _earlier in unreached([row[1] for row in rows if row[0].is_active])}


def _ids(written: list[str]) -> list[int]:
    return [int(each) for each in written if each.isdecimal() and len(each) < 19]


def _moved(order: list[int], up: str, down: str) -> list[int]:
    """The order with one policy a place higher or lower; at the end of the list it stays."""
    for written, step in ((up, -1), (down, 1)):
        if written.isdecimal() and int(written) in order:
            at = order.index(int(written))
            to = min(max(at + step, 0), len(order) - 1)
            order = [*order[:at], *order[at + 1 :]]
            order.insert(to, int(written))
    return order
