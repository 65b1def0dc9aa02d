"""Words between the desk and somebody outside, and what follows from them."""

from datetime import timedelta
from uuid import uuid4

import pytest

from cases.models import Case, CaseLink, Category, Contact
from cases.operations import firing
from cases.operations.contacts import record_contact
from cases.operations.moves import close_case, mark_duplicate, resolve_case, take_case, wait_case
from cases.workflow import Outcome
from foundation.audit.actors import SYSTEM
from foundation.audit.models import Entry
from foundation.sla.models import Calendar, Policy
from foundation.sla.operations import NewTarget, publish_policy
from foundation.workflow.moves import MoveRefused

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def say(agent):
    """Record a word; from us unless said otherwise."""

    def record(case, at, direction="out", **fields):
        told = {"channel": "email", "party": None, "by": agent, "now": at, "occurred_at": at}
        return record_contact(case, direction=direction, **(told | fields))

    return record


@pytest.fixture
def answered(case, agent, say, now):
    case = take_case(case, by=agent, now=now)
    say(case, now)
    case.refresh_from_db()
    return case


@pytest.fixture
def next_responses(lead, now):
    """A policy that also asks for every further answer within 2 hours, and an update every day."""
    always = Calendar.objects.get(slug="always")
    targets = [
        NewTarget("first_response", 3, 4 * 3_600, always),
        NewTarget("next_response", 3, 2 * 3_600, always),
        NewTarget("periodic_update", 3, 24 * 3_600, always),
        NewTarget("resolution", 3, 7 * 86_400, always, pause_on=("reporter",)),
    ]
    publish_policy(Policy.objects.get(slug="default"), targets=targets, by=lead, now=now)


def clock(case, metric):
    return case.clocks.filter(metric=metric).order_by("-cycle").first()


def test_a_word_from_us_meets_the_first_response(case, say, now):
    say(case, now)

    assert (clock(case, "first_response").state, clock(case, "first_response").met_at) == ("met", now)


@pytest.mark.parametrize("fields", [{"automatic": True}, {"direction": "in"}])
def test_automatic_messages_and_words_to_us_do_not(fields, case, say, now):
    say(case, now, **fields)

    assert clock(case, "first_response").state == "running"


def test_a_word_with_a_member_of_staff_does_not(case, say, now):
    party = case.parties.get(capacity="reporter")
    party.role = "staff"
    party.save()
    say(case, now, party=party)

    assert clock(case, "first_response").state == "running"


def test_the_newest_word_is_repeated_on_the_case(case, say, now):
    party = case.parties.get(capacity="reporter")
    say(case, now, direction="in", party=party)
    say(case, now, occurred_at=now - timedelta(minutes=30))

    case.refresh_from_db()
    assert (case.last_contact_at, case.last_contact_in, case.last_contact_role) == (now, True, "owner")


def test_an_automatic_message_is_kept_and_moves_nothing(answered, say, now):
    say(answered, now + HOUR, automatic=True, direction="in", body="I am out of the office")

    answered.refresh_from_db()
    assert answered.last_contact_at == now
    assert answered.contacts.filter(automatic=True).count() == 1


def test_a_word_with_a_member_of_staff_is_not_the_last_one_with_them(answered, say, now):
    party = answered.parties.get(capacity="respondent")
    party.role = "staff"
    party.save()
    say(answered, now + HOUR, direction="in", party=party)

    answered.refresh_from_db()
    assert (answered.last_contact_at, answered.last_contact_in) == (now, False)


def test_its_words_are_found(case, agent, say, now):
    say(case, now, body="The locksmith changed the cylinder")

    assert [found.pk for found in Case.objects.filter(search_texts__words="locksmith")] == [case.pk]


def test_it_stands_on_the_timeline_with_its_words_encrypted(case, say, now):
    say(case, now, channel="phone", body="She cried", seconds=95)

    entry = Entry.objects.get(event="call.recorded", subject_id=str(case.pk))
    assert entry.data["seconds"] == 95
    assert "She cried" not in str(entry.data) + str(entry.texts)


def test_a_double_click_records_once(case, say, now):
    submission = uuid4()

    assert say(case, now, submission=submission) == say(case, now, submission=submission)
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("at", [timedelta(minutes=6), -timedelta(hours=1, minutes=6)])
def test_a_word_in_the_future_or_before_the_report_is_refused(at, case, say, now):
    with pytest.raises(MoveRefused):
        say(case, now, occurred_at=now + at)
    assert not Contact.objects.exists()


def test_clocks_of_others_may_run_five_minutes_ahead(case, say, now):
    say(case, now, occurred_at=now + timedelta(minutes=5))

    assert clock(case, "first_response").met_at == now + timedelta(minutes=5)


def test_word_from_outside_ends_a_waiting(answered, agent, say, now):
    wait_case(answered, on="reporter", by=agent, now=now)
    say(answered, now + HOUR, direction="in")

    answered.refresh_from_db()
    assert (answered.state, answered.waiting_on) == ("open", "")
    assert clock(answered, "resolution").state == "running"


def test_word_that_came_before_the_waiting_does_not_end_it(answered, agent, say, now):
    wait_case(answered, on="reporter", by=agent, now=now + HOUR)
    say(answered, now + 2 * HOUR, direction="in", occurred_at=now + timedelta(minutes=30))

    answered.refresh_from_db()
    assert answered.state == "waiting"


def test_a_word_from_us_does_not_end_a_waiting(answered, agent, say, now):
    wait_case(answered, on="reporter", by=agent, now=now)
    say(answered, now + HOUR)

    answered.refresh_from_db()
    assert answered.state == "waiting"


def test_word_from_outside_opens_a_resolved_case_again(answered, agent, say, now):
    resolve_case(answered, outcome=Outcome.HELPED, by=agent, now=now)
    say(answered, now + 30 * DAY, direction="in")

    answered.refresh_from_db()
    assert (answered.state, answered.outcome) == ("open", "")
    assert clock(answered, "resolution").cycle == 2


def test_word_that_came_before_it_was_resolved_does_not(answered, agent, say, now):
    resolve_case(answered, outcome=Outcome.HELPED, by=agent, now=now + HOUR)
    say(answered, now + 2 * HOUR, direction="in", occurred_at=now + timedelta(minutes=30))

    answered.refresh_from_db()
    assert answered.state == "resolved"


def test_word_long_after_it_was_closed_opens_a_new_case_linked_to_it(answered, agent, say, now):
    resolve_case(answered, outcome=Outcome.HELPED, by=agent, now=now)
    close_case(answered, by=SYSTEM, now=now + 8 * DAY)
    later = now + 8 * DAY + 30 * DAY + HOUR
    party = answered.parties.get(capacity="reporter")

    contact = say(answered, later, direction="in", party=party, body="It happened again")

    answered.refresh_from_db()
    follow_up = contact.case
    assert (answered.state, follow_up.state) == ("closed", "new")
    assert follow_up != answered
    assert CaseLink.objects.filter(case=follow_up, other=answered, kind="related").exists()
    assert follow_up.received_at == later
    assert contact.party.person == party.person
    assert clock(follow_up, "first_response").state == "running"


def test_a_follow_up_of_a_category_no_longer_used_is_filed_under_other(answered, agent, say, now):
    resolve_case(answered, outcome=Outcome.HELPED, by=agent, now=now)
    Category.objects.filter(slug="theft").update(is_active=False)

    contact = say(answered, now + 31 * DAY, direction="in")

    assert contact.case.incident.category.category.slug == "other"


def test_a_follow_up_is_no_less_confidential(answered, agent, manager, say, now):
    resolve_case(answered, outcome=Outcome.HELPED, by=agent, now=now)
    Case.objects.filter(pk=answered.pk).update(confidentiality=3)
    answered.refresh_from_db()

    contact = say(answered, now + 31 * DAY, direction="in")

    assert contact.case.confidentiality == 3


def test_word_about_a_duplicate_goes_to_the_case_it_duplicates(case, make_case, agent, say, now):
    other = make_case()
    opened_before = Case.objects.get(pk=other.pk)
    mark_duplicate(other, of=case, by=agent, now=now)
    other.refresh_from_db()

    assert say(other, now, direction="in").case == case
    assert say(opened_before, now, direction="in").case == case


def test_further_words_to_us_count_from_the_oldest_without_an_answer(next_responses, case, agent, say, now):
    say(case, now)
    for minutes in (10, 20, 30):
        say(case, now + timedelta(minutes=minutes), direction="in")

    waiting = clock(case, "next_response")
    assert (waiting.cycle, waiting.started_at) == (1, now + timedelta(minutes=10))
    assert waiting.due_at == now + timedelta(minutes=130)

    say(case, now + HOUR)
    assert clock(case, "next_response").met_at == now + HOUR
    say(case, now + 2 * HOUR, direction="in")
    assert clock(case, "next_response").cycle == 2


def test_an_older_word_of_theirs_that_is_written_down_late_moves_the_start_back(
    next_responses, case, say, now, happened
):
    say(case, now)
    say(case, now + 2 * HOUR, "in")
    say(case, now + HOUR, "in", now=now + 3 * HOUR - timedelta(minutes=1))

    waiting = clock(case, "next_response")
    assert (waiting.started_at, waiting.due_at) == (now + HOUR, now + 3 * HOUR)
    assert case.clocks.filter(metric="next_response").count() == 1
    assert "clock.antedated" in happened(case)

    firing.sweep_clocks(now + 3 * HOUR)
    assert clock(case, "next_response").breached_at == now + 3 * HOUR


def test_a_word_written_down_late_takes_no_verdict_back(next_responses, case, say, now):
    say(case, now)
    say(case, now + 2 * HOUR, "in")
    firing.sweep_clocks(now + 4 * HOUR)
    say(case, now + HOUR, "in", now=now + 5 * HOUR)

    waiting = clock(case, "next_response")
    assert (waiting.started_at, waiting.breached_at) == (now + 2 * HOUR, now + 4 * HOUR)


def test_no_further_clock_runs_before_the_first_response(next_responses, case, say, now):
    say(case, now, direction="in")

    assert clock(case, "next_response") is None


def test_an_older_word_of_ours_does_not_answer_a_newer_one_of_theirs(next_responses, case, say, now):
    say(case, now)
    say(case, now + HOUR, direction="in")
    say(case, now + 2 * HOUR, occurred_at=now + timedelta(minutes=30))

    assert clock(case, "next_response").state == "running"


@pytest.mark.parametrize("spoken_before", [True, False])
def test_a_newer_word_of_theirs_is_owed_an_answer_once_an_older_one_of_ours_is_written_down(
    spoken_before, next_responses, case, say, now
):
    if spoken_before:
        say(case, now)
        say(case, now + timedelta(minutes=10), direction="in")
    say(case, now + HOUR, direction="in")
    say(case, now + 2 * HOUR, direction="in")
    say(case, now + 3 * HOUR, occurred_at=now + timedelta(minutes=30))

    waiting = clock(case, "next_response")
    assert (waiting.state, waiting.started_at) == ("running", now + HOUR)


def test_a_word_of_theirs_that_was_answered_meanwhile_starts_nothing(next_responses, case, say, now):
    say(case, now)
    say(case, now + HOUR)
    say(case, now + 2 * HOUR, direction="in", occurred_at=now + timedelta(minutes=30))

    assert clock(case, "next_response") is None


def test_the_update_clock_starts_anew_with_each_word_of_ours(next_responses, case, say, now):
    say(case, now)
    say(case, now + 5 * HOUR)

    update = clock(case, "periodic_update")
    assert (update.cycle, update.started_at, update.state) == (2, now + 5 * HOUR, "running")
