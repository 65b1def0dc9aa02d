"""Whether and how a team's queue gives its cases away: one rule a team, previewed on the queue as it stands."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases.models import AssignmentRuleVersion
from cases.operations.assignment_rules import (
    RuleRefused,
    Terms,
    check_terms,
    people_of,
    publish_rule,
    terms_of,
    too_small_for,
)
from cases.operations.routing import standing_of
from cases.settings_words import Lines, changes
from cases.views.settings_wordings import SHOWN, clash, history, settings_page
from cases.workload import given_rows
from cases.workload_forms import RuleForm, rule_lines
from foundation.accounts.guards import StaffRequest, requires
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import Permission
from foundation.workflow.wordings import Overtaken

MOST = 200


@require_safe
@requires(Permission.TEAM_EDIT)
def teams(request: StaffRequest) -> HttpResponse:
    """Every team with its rule in force."""
    found = list(Team.objects.filter(is_active=True).order_by("name")[:MOST])
    in_force = AssignmentRuleVersion.objects.filter(is_current=True, rule__team__in=found).select_related("rule")
    by_team = {version.rule.team_id: version for version in in_force}
    rows = [(team, by_team.get(team.pk), terms_of(by_team.get(team.pk))) for team in found]
    return settings_page(request, "workload", {"rows": rows}, now=timezone.now())


@require_http_methods(["GET", "POST"])
@requires(Permission.TEAM_EDIT)
def rule(request: StaffRequest, pk: int) -> HttpResponse:
    """One team's rule: what each severity counts and how much each takes. A preview says what would be given now."""
    team, now = get_object_or_404(Team.objects.select_related("lead"), pk=pk), timezone.now()
    people, versions = people_of(team), _versions(team)
    form = RuleForm(request.POST or None, version=versions[0] if versions else None, people=people)
    names = _names(versions, people)

    def lines(version: AssignmentRuleVersion) -> Lines:
        return rule_lines(terms_of(version), names)

    context: dict[str, Any] = {"team": team}
    if request.method == "POST" and form.is_valid():
        terms, based_on = form.wording()["terms"], form.cleaned_data["based_on"]
        try:
            if request.POST.get("step") == "publish" and form.was_previewed:
                publish_rule(team, terms=terms, based_on=based_on, by=request.user, now=now)
                messages.success(request, _("The rule of %(team)s is published.") % {"team": team.name})
                return redirect("cases:settings_rule", pk)
            if based_on != (versions[0].number if versions else 0):
                raise Overtaken
            check_terms(team, terms)
            context |= _preview(request, team, terms, now=now)
            context["changes"] = changes(lines(versions[0]) if versions else {}, rule_lines(terms, names))
            form.show_as_previewed()
        except RuleRefused as refused:
            form.add_error(None, str(refused))
        except Overtaken:
            versions = _versions(team)
            names = _names(versions, people)
            context["clash"] = clash(versions, based_on, lines)
            form.base_on(versions[0].number)
    context |= {
        "form": form,
        "capacities": [(person, form.capacity_field(person)) for person in people],
        "history": history(versions, lines) if versions else [],
    }
    status = 409 if "clash" in context else 422 if form.errors else 200
    return settings_page(request, "rule", context, now=now, status=status)


def _preview(request: StaffRequest, team: Team, terms: Terms, *, now: Any) -> dict[str, Any]:
    standing = standing_of(team, terms=terms, now=now)
    return {
        "outcome": {
            "given": len(standing.given) if terms.is_on else 0,
            "left": len(standing.left),
            "is_on": terms.is_on,
        },
        "rows": given_rows(standing, reader=request.user) if terms.is_on else [],
        "too_small": [f"SEV-{severity}" for severity in too_small_for(team, terms)] if terms.is_on else [],
    }


def _versions(team: Team) -> list[AssignmentRuleVersion]:
    versions = AssignmentRuleVersion.objects.filter(rule__team=team).select_related("created_by")
    return list(versions.order_by("-number")[: SHOWN + 1])


def _names(versions: list[AssignmentRuleVersion], people: list[User]) -> dict[int, str]:
    """Names of everybody whom a wording gives a number, whether or not she is still of the team."""
    wanted = {int(pk) for version in versions for pk in version.capacities} | {person.pk for person in people}
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "name"))
