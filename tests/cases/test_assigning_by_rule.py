"""What waits in a team's queue goes by rule to whoever is on shift, fits and has room."""

from contextlib import suppress
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection

from cases.assignment import Because, Left
from cases.models import AssignmentRuleVersion, Case, Conflict
from cases.operations.assignment_rules import RuleRefused, Terms, publish_rule
from cases.operations.moves import assign_case, hand_over_case, resolve_case, take_case, undo_assign, wait_case
from cases.operations.routing import drain_queue, standing_of, sweep_queues
from cases.policies import AlreadyTaken
from cases.timeline import timeline_of
from foundation.accounts.models import Membership
from foundation.accounts.operations import set_skills
from foundation.audit.actors import SYSTEM
from foundation.audit.history import telling
from foundation.audit.models import Entry
from foundation.escalation.models import Schedule, Shift
from foundation.workflow.moves import MoveRefused
from foundation.workflow.wordings import Overtaken

pytestmark = pytest.mark.django_db


@pytest.fixture
def switch_on(team, lead, now):
    """Publish the team's rule, on."""

    def publish(**terms):
        return publish_rule(team, terms=Terms(is_on=True, **terms), by=lead, now=now)

    return publish


@pytest.fixture
def skilled(lead, now):
    def give(person, languages=(), markets=(), kinds=()):
        return set_skills(person, languages=languages, markets=markets, kinds=kinds, by=lead, now=now)

    return give


def owner(case):
    return Case.objects.get(pk=case.pk).assignee


def test_without_a_rule_nothing_is_given(case, team, agent, on_shift, now):
    on_shift(agent)
    assert sweep_queues(now) == drain_queue(team, now=now) == 0
    assert owner(case) is None


def test_a_rule_that_is_off_gives_nothing(case, team, agent, lead, on_shift, now):
    on_shift(agent)
    publish_rule(team, terms=Terms(), by=lead, now=now)
    assert sweep_queues(now) == 0


def test_a_case_goes_to_whoever_is_on_shift_and_she_hears_of_it(case, agent, colleague, on_shift, switch_on, told, now):
    on_shift(colleague)
    switch_on()
    assert sweep_queues(now) == 1
    assert owner(case) == colleague
    assert told(colleague) == ["case_assigned"]
    assert sweep_queues(now) == 0


def test_the_trail_says_that_the_desk_gave_it_and_why(case, agent, colleague, on_shift, switch_on, now):
    on_shift(agent, colleague)
    switch_on()
    sweep_queues(now)
    entry = Entry.objects.get(event="case.routed")
    assert (entry.actor_kind, entry.data["to"], entry.data["because"]) == ("system", agent.pk, Because.TURN)
    sentences = [item.sentence for _day, items in timeline_of(owner_case(case), reader=agent).days for item in items]
    assert (
        "The desk gave the case to Maya Osei by rule: as loaded as others who fit, and longest without a new case,"
        " 0 of 24 points in hand"
    ) in sentences


def owner_case(case):
    return Case.objects.get(pk=case.pk)


def test_cases_are_shared_and_sev_1_goes_first(make_case, agent, colleague, on_shift, switch_on, now):
    small = [make_case(title=f"Small {n}", severity=3) for n in range(3)]
    large = make_case(title="Large", severity=1, severity_reason="she is hurt")
    on_shift(agent, colleague)
    switch_on(capacity=8)
    sweep_queues(now)
    assert [owner(case) for case in (large, *small)] == [agent, colleague, colleague, colleague]


def test_nobody_gets_more_than_her_capacity(make_case, agent, team, on_shift, switch_on, now):
    for number in range(5):
        make_case(title=f"Theft {number}", severity=3)
    on_shift(agent)
    switch_on(capacities={agent.pk: 5})
    assert sweep_queues(now) == 2
    assert {choice.why for _wanted, choice in standing_of(team, terms=Terms(capacity=5), now=now).left} == {Left.FULL}


def test_the_lead_is_given_cases_only_with_a_number_of_her_own(case, lead, on_shift, switch_on, now):
    on_shift(lead)
    switch_on()
    assert sweep_queues(now) == 0
    switch_on(capacities={lead.pk: 8})
    assert sweep_queues(now) == 1


def test_a_spanish_case_goes_to_who_speaks_spanish(
    make_case, agent, colleague, team, on_shift, switch_on, skilled, now
):
    case = make_case(language="es-MX")
    on_shift(agent, colleague)
    switch_on()
    skilled(agent, ["en"])
    skilled(colleague, ["en", "es"])
    sweep_queues(now)
    assert owner(case) == colleague
    other = make_case(title="Another", language="pt")
    assert sweep_queues(now) == 0
    [(wanted, choice)] = standing_of(team, terms=Terms(), now=now).left
    assert (wanted.pk, choice.why) == (other.pk, Left.LANGUAGE)


def test_never_to_whoever_has_an_interest(case, agent, colleague, on_shift, switch_on, now):
    on_shift(agent, colleague)
    Conflict.objects.create(case=case, user=agent, reason="x", declared_at=now)
    switch_on()
    sweep_queues(now)
    assert owner(case) == colleague


def test_never_past_a_level_that_she_may_not_read(make_case, agent, senior, on_shift, switch_on, now):
    case = make_case(category="assault")
    on_shift(agent)
    switch_on()
    assert sweep_queues(now) == 0
    on_shift(senior)
    sweep_queues(now)
    assert owner(case) == senior


def test_not_back_to_whoever_put_it_back(case, agent, colleague, on_shift, switch_on, now):
    take_case(case, by=agent, now=now)
    assign_case(case, to=None, by=agent, now=now)
    on_shift(agent)
    switch_on()
    assert sweep_queues(now) == 0
    on_shift(colleague)
    sweep_queues(now)
    assert owner(case) == colleague


def test_a_case_that_somebody_is_asked_to_take_is_not_given(case, agent, colleague, on_shift, switch_on, now):
    hand_over_case(case, to=colleague, by=agent, now=now)
    on_shift(agent)
    switch_on()
    assert sweep_queues(now) == 0


def test_room_that_a_resolved_case_leaves_is_filled_at_once(
    make_case, agent, on_shift, switch_on, now, django_capture_on_commit_callbacks
):
    first, second = make_case(), make_case(title="Another")
    on_shift(agent)
    switch_on(capacity=2)
    sweep_queues(now)
    mine = next(case for case in (first, second) if owner(case) == agent)
    with django_capture_on_commit_callbacks(execute=True):
        resolve_case(mine, outcome="no_contact_possible", by=agent, now=now)
    assert [owner(first), owner(second)] == [agent, agent]


def test_history_that_is_put_down_later_gives_nothing_now(
    make_case, agent, colleague, on_shift, switch_on, now, django_capture_on_commit_callbacks
):
    case, other = make_case(), make_case(title="Another")
    on_shift(agent)
    switch_on()
    with django_capture_on_commit_callbacks(execute=True), telling(now - timedelta(days=1)):
        take_case(other, by=colleague, now=now)
    assert owner(case) is None


def test_a_case_that_waits_takes_half_of_its_room(make_case, agent, on_shift, switch_on, now):
    cases = [make_case(title=f"Theft {number}", severity=3) for number in range(2)]
    on_shift(agent)
    switch_on(capacity=3)
    sweep_queues(now)
    mine = next(case for case in cases if owner(case) == agent)
    wait_case(take_case(mine, by=agent, now=now), on="vet", by=agent, now=now)
    assert sweep_queues(now) == 1


def test_what_a_rule_gave_is_not_taken_back_as_a_slip_of_ones_own(case, agent, on_shift, switch_on, now):
    on_shift(agent)
    switch_on()
    sweep_queues(now)
    with pytest.raises(MoveRefused, match="changed hands"):
        undo_assign(case, by=agent, now=now)


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        ({"capacity": -1}, "a capacity is 0 points or more"),
        ({"capacities": {0: 5}}, "Only somebody of United States"),
        ({"capacity": 2_000}, "at most 1000 points"),
        ({"weights": {1: 8, 2: 4, 3: 2, 4: 0}}, "from 1 to 1000 points"),
        ({"weights": {1: 8}}, "from 1 to 1000 points"),
        ({"capacity": 0}, "nobody of United States has room"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_in_a_sentence(terms, sentence, agent, team, lead, switch_on):
    with pytest.raises(RuleRefused, match=sentence):
        switch_on(**terms)
    assert not AssignmentRuleVersion.objects.exists()


def test_a_rule_for_a_team_without_people_is_refused(team, admin, now):
    with pytest.raises(RuleRefused, match="has nobody to give cases to"):
        publish_rule(team, terms=Terms(is_on=True), by=admin, now=now)


def test_each_wording_is_kept_and_the_same_again_publishes_nothing(agent, team, lead, switch_on, now):
    assert switch_on().number == switch_on().number == 1
    assert switch_on(capacity=9).number == 2
    assert Entry.objects.filter(event="team.assignment_rule_published").count() == 2
    with pytest.raises(Overtaken):
        publish_rule(team, terms=Terms(), based_on=1, by=lead, now=now)


@pytest.mark.django_db(transaction=True)
def test_eight_workers_give_each_case_once_and_nobody_too_much(
    make_case, agent, colleague, senior, on_shift, switch_on, other_team, now
):
    """Two teams share both people, and somebody takes cases by hand meanwhile."""
    cases = [make_case(title=f"Theft {number}", severity=3) for number in range(16)]
    Case.objects.filter(pk__in=[case.pk for case in cases[::2]]).update(team=other_team)
    on_shift(agent, colleague)
    Membership.objects.bulk_create(Membership(user=person, team=other_team) for person in (agent, colleague, senior))
    schedule = Schedule.objects.create(slug="es-desk", name="Desk", team=other_team)
    for person in (agent, colleague):
        Shift.objects.create(schedule=schedule, person=person, starts_at=now - timedelta(days=9))
    switch_on(capacity=10)
    publish_rule(other_team, terms=Terms(is_on=True, capacity=10), by=SYSTEM, now=now)
    failures = []

    def at_once(deed, *arguments):
        def run():
            try:
                deed(*arguments)
            except Exception as error:
                failures.append(error)
            finally:
                connection.close()

        return Thread(target=run)

    def take_by_hand(theirs):
        for case in theirs:
            with suppress(AlreadyTaken):
                take_case(case, by=senior, now=now)

    threads = [at_once(lambda: [sweep_queues(now) for _round in range(4)]) for _each in range(8)]
    threads.append(at_once(take_by_hand, cases[:4]))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    sweep_queues(now)  # what was held in the last moment
    owned = [owner(case) for case in cases]
    assert (owned.count(agent), owned.count(colleague)) == (5, 5)
    assert Entry.objects.filter(event="case.routed").count() == 10
    assert owned.count(senior) == Entry.objects.filter(event="case.taken").count()
