"""Publishing who is called: wordings that are never edited, an order, and refusals that say all that is wrong."""

from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection

from foundation.accounts.models import Team, User
from foundation.audit.models import Entry
from foundation.escalation.models import EscalationPolicy
from foundation.escalation.operations.publishing import LadderRefused, create_policy, move_policy, publish_policy
from foundation.escalation.outlook import look_ahead
from foundation.escalation.policies import policies_for
from foundation.workflow.wordings import Overtaken

pytestmark = pytest.mark.django_db
LEAD: dict[str, Any] = {
    "targets": [{"kind": "team_lead"}],
    "channels": ["in_app", "mail"],
    "ack_seconds": 900,
    "window": None,
}


@pytest.fixture
def shipped(db: None) -> EscalationPolicy:
    return EscalationPolicy.objects.get(slug="first-response")


def make(by: User, now: datetime, name: str = "Ours", **given: Any) -> EscalationPolicy:
    said = {"reason": "breach:first_response", "team": None, "levels": [LEAD], "repeat": 1}
    return create_policy(name=name, by=by, now=now, **(said | given))


def events_about(policy: EscalationPolicy) -> list[str]:
    about = Entry.objects.filter(subject_kind="escalation_policy", subject_id=str(policy.pk))
    return list(about.order_by("pk").values_list("event", flat=True))


def test_a_wording_is_followed_by_another_and_never_edited(
    shipped: EscalationPolicy, manager: User, lead: User, now: datetime
) -> None:
    first = shipped.current
    version = publish_policy(shipped, levels=[{**LEAD, "ack_seconds": 60}], repeat=0, catch_all=[], by=manager, now=now)
    first.refresh_from_db()
    assert (version.number, version.created_by, version.created_at) == (2, manager, now)
    assert (first.repeat, first.levels[0]["ack_seconds"]) == (2, 900)
    assert events_about(shipped) == ["escalation_policy.published"]


def test_the_same_levels_again_publish_nothing(
    shipped: EscalationPolicy, manager: User, lead: User, now: datetime
) -> None:
    now_said = shipped.current
    again = publish_policy(
        shipped, levels=now_said.levels, repeat=2, catch_all=now_said.catch_all, by=manager, now=now, based_on=1
    )
    assert again == now_said
    assert events_about(shipped) == []


def test_another_name_and_switching_off_leave_entries_of_their_own(
    shipped: EscalationPolicy, manager: User, lead: User, now: datetime
) -> None:
    said = shipped.current
    publish_policy(
        shipped, levels=said.levels, repeat=2, catch_all=said.catch_all, name="Nobody answered", is_active=False,
        by=manager, now=now,
    )  # fmt: skip
    assert events_about(shipped) == ["escalation_policy.renamed", "escalation_policy.switched"]
    assert shipped.versions.count() == 1


def test_who_writes_on_top_of_an_older_wording_is_told(
    shipped: EscalationPolicy, manager: User, lead: User, now: datetime
) -> None:
    publish_policy(shipped, levels=[LEAD], repeat=0, catch_all=[], based_on=1, by=manager, now=now)
    with pytest.raises(Overtaken):
        publish_policy(shipped, levels=[LEAD, LEAD], repeat=0, catch_all=[], based_on=1, by=manager, now=now)
    assert shipped.current.number == 2


def test_all_that_is_wrong_is_said_at_once(shipped: EscalationPolicy, manager: User, lead: User, now: datetime) -> None:
    bad = {"targets": [], "channels": ["smoke"], "ack_seconds": 59, "window": {"from": "08:00", "to": "08:00"}}
    with pytest.raises(LadderRefused) as refused:
        publish_policy(shipped, levels=[LEAD, bad], repeat=12, catch_all=[], by=manager, now=now)
    assert [problem.level for problem in refused.value.problems] == [None, 2, 2, 2, 2]


def test_a_lead_writes_for_her_own_team_alone(
    lead: User, agent: User, team: Team, other_team: Team, shipped: EscalationPolicy, now: datetime
) -> None:
    ours = make(lead, now, team=team)
    publish_policy(ours, levels=[LEAD, LEAD], repeat=0, catch_all=[], by=lead, now=now)
    for refused in (
        lambda: make(lead, now, "Theirs", team=other_team),
        lambda: make(lead, now, "Everybody's"),
        lambda: publish_policy(shipped, levels=[LEAD], repeat=0, catch_all=[], by=lead, now=now),
        lambda: move_policy(shipped, up=True, by=lead),
        lambda: make(agent, now, "An agent's", team=team),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    assert EscalationPolicy.objects.filter(team=None).count() == 4


def test_a_team_whose_lead_nobody_is_could_never_be_reached(manager: User, other_team: Team, now: datetime) -> None:
    with pytest.raises(LadderRefused, match="could never reach anybody"):
        make(manager, now, team=other_team)


def test_a_policy_for_a_closed_team_or_an_unknown_reason_is_refused(
    manager: User, lead: User, team: Team, now: datetime
) -> None:
    with pytest.raises(LadderRefused, match="what starts the call"):
        make(manager, now, reason="full moon")
    team.is_active = False
    team.save()
    with pytest.raises(LadderRefused, match="is closed"):
        make(manager, now, team=team)


def test_moving_changes_only_which_of_two_comes_first(
    manager: User, lead: User, team: Team, shipped: EscalationPolicy, now: datetime
) -> None:
    ours = make(lead, now, team=team)
    before = {each.reason: each.pk for each in EscalationPolicy.objects.exclude(reason=ours.reason)}
    find = policies_for({ours.reason})
    assert find(ours.reason, team) == ours.current
    move_policy(ours, up=False, by=lead)
    assert policies_for({ours.reason})(ours.reason, team) == shipped.current
    assert {each.reason: each.pk for each in EscalationPolicy.objects.exclude(reason=ours.reason)} == before
    move_policy(ours, up=False, by=lead)
    assert events_about(ours) == ["escalation_policy.published", "escalation_policy.moved"]


def test_a_policy_that_an_earlier_one_leaves_nothing_to_is_not_switched_on(
    manager: User, lead: User, team: Team, shipped: EscalationPolicy, now: datetime
) -> None:
    ours = make(lead, now, team=team)
    idle = make(lead, now, "Idle", team=team, is_active=False)
    with pytest.raises(LadderRefused, match="“Ours” stands before it"):
        publish_policy(idle, levels=[LEAD], repeat=1, catch_all=[], is_active=True, by=lead, now=now)
    assert ours.is_active


def test_each_policy_is_shown_with_the_teams_that_it_serves(
    manager: User, lead: User, team: Team, other_team: Team, shipped: EscalationPolicy, now: datetime
) -> None:
    ours = make(lead, now, team=team)
    served = [each.team for each in look_ahead(shipped.current, now=now).teams]
    assert team not in served
    assert other_team in served
    assert [each.team for each in look_ahead(ours.current, now=now).teams] == [team]


def test_a_level_outside_its_hours_is_no_gap_and_an_empty_one_takes_no_time(
    manager: User, lead: User, team: Team, now: datetime
) -> None:
    """Noon in UTC is 05:00 in Denver."""
    night = {**LEAD, "targets": [{"kind": "person", "id": lead.pk}], "window": {"from": "22:00", "to": "06:00"}}
    day = {**LEAD, "window": {"from": "08:00", "to": "18:00"}}
    ours = make(lead, now, team=team, levels=[day, night, LEAD])
    (of_team,) = look_ahead(ours.current, now=now).teams
    told = [(rung.number, rung.minute, rung.why, rung.gap) for rung in of_team.rungs]
    assert told == [(1, 0, "outside_window", None), (2, 0, "", None), (3, 15, "", None)]


def test_the_look_at_a_week_asks_a_bounded_number_of_times(
    manager: User, lead: User, team: Team, now: datetime
) -> None:
    levels = [{**LEAD, "targets": [{"kind": "role", "id": role}]} for role in ("agent", "lead", "senior")] + [LEAD]
    with pytest.raises(LadderRefused):
        make(lead, now, "No senior", team=team, levels=levels)
    levels = [{**LEAD, "targets": [{"kind": "role", "id": "lead"}]} for _n in range(10)]
    ours = make(lead, now, team=team, levels=levels)
    before = len(connection.queries_log)
    connection.force_debug_cursor = True
    outlook = look_ahead(ours.current, now=now)
    connection.force_debug_cursor = False
    assert outlook.step == 5
    assert len(connection.queries_log) - before < 450
    assert {rung.gap.hours for rung in outlook.teams[0].rungs} == {168}
