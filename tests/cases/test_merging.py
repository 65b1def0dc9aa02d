"""Merging two cases that are one, and taking the merge apart."""

import random
import re
from datetime import timedelta
from typing import Any

import pytest

from cases.models import (
    Case,
    CaseLink,
    CaseMerge,
    CaseText,
    Conflict,
    Contact,
    Evidence,
    Note,
    Party,
    Task,
)
from cases.operations.contacts import record_contact
from cases.operations.editing import add_party
from cases.operations.evidence import add_evidence
from cases.operations.links import link_cases, merge_cases, undo_merge
from cases.operations.moves import hand_over_case, mark_duplicate, resolve_case, take_case, wait_case
from cases.operations.placing import place_case
from cases.operations.work import add_note, add_task
from cases.search_language import parse
from cases.searching import search_cases
from cases.workflow import CaseState
from foundation.workflow.moves import MoveRefused
from people.models import Person
from people.reported import ReportedPerson


@pytest.fixture
def pair(make_case):
    """Two reports of one theft, by two neighbours, about the same pro."""
    other = ReportedPerson(name="Bea Lund", email="bea@example.com", role="neighbour")
    return make_case(title="Four rings missing"), make_case(title="Rings stolen", reporter=other)


def filled(case, *, by, now):
    """Something of every kind that a merge moves."""
    party = case.parties.get(capacity="reporter")
    record_contact(case, direction="out", channel="phone", party=party, occurred_at=now, by=by, now=now)
    add_note(case, body="Two bags were seen.", by=by, now=now)
    add_task(case, title="Ask for photos", by=by, now=now)
    add_evidence(case, chunks=[f"photo {case.pk}".encode()], name="a.txt", party=party, by=by, now=now)
    return case


def differing(after, before):
    """The rows of cases that differ, field by field, for whoever reads a failure."""
    pairs = zip(after["cases"], before["cases"], strict=True)
    return [
        (one["pk"], name, one[name], other[name]) for one, other in pairs for name in one if one[name] != other[name]
    ] + [name for name in after if name != "cases" and after[name] != before[name]]


def standing(now) -> dict[str, Any]:
    """Where everything that a merge moves lies, what it says, and the place that each case has in the queue."""
    for case in Case.objects.all():
        place_case(case, now=now)  # a place rests on other cases too: a respondent who is one elsewhere
    return {
        "contacts": sorted(Contact.objects.values_list("pk", "case", "party")),
        "notes": sorted(Note.objects.values_list("pk", "case")),
        "tasks": sorted(Task.objects.values_list("pk", "case")),
        "evidence": sorted(Evidence.objects.values_list("sha256", "case", "party")),
        "parties": sorted(Party.objects.values_list("pk", "case", "person", "role", "capacity")),
        "links": sorted(CaseLink.objects.values_list("pk", "case", "other", "kind", "linked_by", "linked_at")),
        "conflicts": sorted(Conflict.objects.values_list("case", "user")),
        "words": sorted(CaseText.objects.values_list("case", "compartment", "words")),
        "cases": list(
            Case.objects.order_by("pk").values(
                "pk",
                "state",
                "confidentiality",
                "assignee",
                "waiting_on",
                "waiting_until",
                "outcome",
                "resolved_at",
                "closed_at",
                "duplicate_of",
                "merged_into",
                "last_contact_at",
                "last_contact_in",
                "last_contact_role",
                "band",
                "urgent_at",
                "version",
            )
        ),
    }


def test_everything_goes_over_and_the_merged_case_is_closed(pair, agent, now, happened):
    kept, merged = pair
    filled(merged, by=agent, now=now)
    merge_cases(kept, merged=merged, by=agent, now=now)
    merged.refresh_from_db()
    kept.refresh_from_db()
    assert (merged.state, merged.merged_into) == (CaseState.CLOSED, kept)
    assert (kept.contacts.count(), kept.notes.count(), kept.tasks.count(), kept.evidence.count()) == (1, 1, 1, 1)
    assert set(merged.clocks.values_list("state", flat=True)) <= {"met", "cancelled"}
    assert kept.last_contact_at == now
    assert happened(kept)[-1] == "case.merged"
    assert happened(merged)[-1] == "case.merged_away"


def test_a_second_reporter_becomes_somebody_involved_and_the_same_respondent_stays_one(pair, agent, now):
    kept, merged = pair
    merge_cases(kept, merged=merged, by=agent, now=now)
    places = sorted(kept.parties.values_list("person__name", "capacity"))
    assert places == [("Bea Lund", "involved"), ("Curtis Hale", "respondent"), ("Hannah Whitcombe", "reporter")]


def test_contacts_of_her_who_has_a_place_in_both_go_to_the_one_that_stays(pair, agent, now):
    kept, merged = pair
    curtis = merged.parties.get(capacity="respondent")
    record_contact(merged, direction="in", channel="email", party=curtis, occurred_at=now, by=agent, now=now)
    merge_cases(kept, merged=merged, by=agent, now=now)
    assert kept.contacts.get().party == kept.parties.get(capacity="respondent")


def test_the_level_is_the_higher_of_both(make_case, lead, now, happened):
    kept, merged = make_case(), make_case(category="assault", by=lead)
    merge_cases(kept, merged=merged, by=lead, now=now)
    kept.refresh_from_db()
    assert kept.confidentiality == 3
    assert "case.level_raised" in happened(kept)


def test_an_interest_in_either_is_one_in_what_they_become(pair, agent, colleague, now):
    kept, merged = pair
    Conflict.objects.create(case=merged, user=colleague, reason="His brother.", declared_at=now)
    merge_cases(kept, merged=merged, by=agent, now=now)
    assert not Case.objects.visible_to(colleague).filter(pk=kept.pk).exists()


def test_a_file_that_both_have_stays_once(pair, agent, now):
    kept, merged = pair
    for case in pair:
        add_evidence(case, chunks=[b"the same photo"], name="a.txt", by=agent, now=now)
    merge_cases(kept, merged=merged, by=agent, now=now)
    assert (kept.evidence.count(), merged.evidence.count()) == (1, 1)


def test_words_that_came_over_are_found_with_the_kept_case(pair, agent, now):
    kept, merged = pair
    add_note(merged, body="A turquoise pendant.", by=agent, now=now)
    merge_cases(kept, merged=merged, by=agent, now=now)
    assert list(search_cases(parse("turquoise"), reader=agent, now=now)) == [kept]


def test_taken_apart_everything_is_where_it_was(pair, make_case, agent, colleague, now):
    kept, merged = pair
    third = make_case(title="A third")
    take_case(merged, by=agent, now=now)
    for case in (kept, merged):
        filled(case, by=agent, now=now)
    wait_case(merged, on="vet", until=now + timedelta(days=1), by=agent, now=now)
    link_cases(merged, other=kept, kind="related", by=agent, now=now)
    link_cases(merged, other=third, kind="same_people", by=agent, now=now)
    link_cases(kept, other=third, kind="same_people", by=agent, now=now)
    mark_duplicate(third, of=merged, by=agent, now=now)
    Conflict.objects.create(case=merged, user=colleague, reason="His brother.", declared_at=now)
    before = standing(now)
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    assert standing(now) != before
    undo_merge(merge, by=agent, now=now)
    assert differing(standing(now), before) == []


@pytest.mark.parametrize("seed", range(12))
def test_taken_apart_everything_is_where_it_was_whatever_was_in_them(make_case, lead, now, seed):
    """Cases filled at random merge in chains; undone in the opposite order, each merge restores what it met."""
    chance = random.Random(seed)
    received_at = now - timedelta(minutes=10)  # no target has passed yet
    categories = ["theft", "bite", "assault", "other"]
    cases = [make_case(by=lead, category=chance.choice(categories), received_at=received_at) for _ in range(4)]
    people = list(Person.objects.all())
    for _ in range(12):
        case = chance.choice(cases)
        case.refresh_from_db()
        deed = chance.randrange(6)
        if deed == 0:
            filled(case, by=lead, now=now)
        elif deed == 1:
            add_party(case, person=chance.choice(people), role="other", capacity="involved", by=lead, now=now)
        elif deed == 2:
            link_cases(
                case, other=chance.choice([one for one in cases if one != case]), kind="related", by=lead, now=now
            )
        elif deed == 3:
            add_evidence(case, chunks=[chance.choice([b"one", b"two"])], name="a.txt", by=lead, now=now)
        elif deed == 4 and case.state == "new":
            take_case(case, by=lead, now=now)
        elif deed == 5 and case.state == "open":
            wait_case(case, on="vet", by=lead, now=now)
    chance.shuffle(cases)
    undone = []
    for kept, merged in zip(cases[1:], cases, strict=False):
        before = standing(now)
        undone.append((before, merge_cases(kept, merged=merged, by=lead, now=now)))
    for before, merge in reversed(undone):
        undo_merge(merge, by=lead, now=now)
        assert differing(standing(now), before) == []


def test_clocks_run_again_with_the_time_they_had_used(pair, agent, now):
    kept, merged = pair
    due = dict(merged.clocks.values_list("metric", "due_at"))
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    undo_merge(merge, by=agent, now=now)
    running = dict(merged.clocks.filter(state="running").values_list("metric", "due_at"))
    assert running == due
    assert set(merged.clocks.filter(cycle=1).values_list("state", flat=True)) == {"cancelled"}


def test_what_came_since_stays_with_the_kept_case(pair, agent, now):
    kept, merged = pair
    filled(merged, by=agent, now=now)
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    add_note(kept, body="Written after the merge.", by=agent, now=now)
    undo_merge(merge, by=agent, now=now)
    assert kept.notes.get().body == "Written after the merge."
    assert merged.notes.get().body == "Two bags were seen."


def test_a_link_that_stands_again_since_comes_back_once(pair, make_case, agent, now):
    kept, merged = pair
    third = make_case(title="A watch gone")
    link_cases(merged, other=third, kind="related", by=agent, now=now)
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    link_cases(merged, other=third, kind="related", by=agent, now=now)
    undo_merge(merge, by=agent, now=now)
    assert list(CaseLink.objects.values_list("case", "other")) == [(merged.pk, third.pk)]


def test_a_link_whose_other_end_went_on_since_keeps_it_there(pair, make_case, agent, now):
    kept, merged = pair
    third, fourth = make_case(title="A watch gone"), make_case(title="The watch was found")
    link_cases(merged, other=third, kind="related", by=agent, now=now)
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    merge_cases(fourth, merged=third, by=agent, now=now)
    undo_merge(merge, by=agent, now=now)
    assert list(CaseLink.objects.values_list("case", "other")) == [(merged.pk, fourth.pk)]


def test_a_place_that_the_merged_case_has_again_since_stays_on_both(pair, agent, now):
    kept, merged = pair
    person = Person.objects.create(name="Ida Holm", created_at=now, updated_at=now)
    place = add_party(merged, person=person, role="neighbour", capacity="involved", by=agent, now=now)
    reporter = merged.parties.get(capacity="reporter").person
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    again = add_party(merged, person=person, role="neighbour", capacity="involved", by=agent, now=now)
    other = add_party(merged, person=person, role="neighbour", capacity="reporter", by=agent, now=now)
    undo_merge(merge, by=agent, now=now)
    assert merged.parties.get(person=person, capacity="involved") == again
    assert merged.parties.get(capacity="reporter") == other
    assert kept.parties.get(person=person) == place
    assert kept.parties.get(person=reporter).capacity == "involved"


def test_a_level_that_somebody_changed_since_stays(make_case, lead, now):
    kept, merged = make_case(), make_case(category="bite")
    merge = merge_cases(kept, merged=merged, by=lead, now=now)
    Case.objects.filter(pk=kept.pk).update(confidentiality=3)
    undo_merge(merge, by=lead, now=now)
    kept.refresh_from_db()
    assert kept.confidentiality == 3


def test_undoing_twice_changes_nothing(pair, agent, now, happened):
    kept, merged = pair
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    undo_merge(merge, by=agent, now=now)
    before = happened(kept)
    undo_merge(merge, by=agent, now=now)
    assert happened(kept) == before


def test_merged_again_after_it_was_taken_apart(pair, agent, now):
    kept, merged = pair
    undo_merge(merge_cases(kept, merged=merged, by=agent, now=now), by=agent, now=now)
    merge_cases(kept, merged=merged, by=agent, now=now)
    assert CaseMerge.objects.filter(undone_at__isnull=True).count() == 1


def test_a_merge_under_another_is_not_taken_apart_first(pair, make_case, agent, now):
    kept, merged = pair
    first = merge_cases(kept, merged=merged, by=agent, now=now)
    merge_cases(make_case(), merged=kept, by=agent, now=now)
    with pytest.raises(MoveRefused, match="Take that merge apart first"):
        undo_merge(first, by=agent, now=now)


def test_a_case_is_merged_once_and_not_with_itself(pair, make_case, agent, now):
    kept, merged = pair
    with pytest.raises(MoveRefused, match="itself"):
        merge_cases(kept, merged=kept, by=agent, now=now)
    merge_cases(kept, merged=merged, by=agent, now=now)
    with pytest.raises(MoveRefused, match="was merged already"):
        merge_cases(make_case(), merged=merged, by=agent, now=now)


def test_nothing_is_merged_into_a_closed_case(pair, make_case, agent, now):
    kept, merged = pair
    mark_duplicate(kept, of=make_case(), by=agent, now=now)
    with pytest.raises(MoveRefused, match="Reopen it first"):
        merge_cases(kept, merged=merged, by=agent, now=now)


def test_a_resolved_case_merged_and_taken_apart_is_resolved(pair, agent, now):
    kept, merged = pair
    resolve_case(merged, outcome="no_contact_possible", by=agent, now=now)
    merge = merge_cases(kept, merged=merged, by=agent, now=now)
    given_back = undo_merge(merge, by=agent, now=now)
    assert (given_back.state, given_back.outcome) == (CaseState.RESOLVED, "no_contact_possible")
    assert not given_back.clocks.filter(state="running").exists()


def test_an_offer_to_hand_the_merged_case_over_falls_away(pair, agent, colleague, now):
    kept, merged = pair
    hand_over_case(merged, to=colleague, by=agent, now=now)
    merge_cases(kept, merged=merged, by=agent, now=now)
    assert merged.hand_overs.get().accepted is False


def test_whoever_reads_one_only_for_a_while_does_not_merge_it(make_case, agent, now):
    kept, merged = make_case(), make_case(category="assault")
    with pytest.raises(MoveRefused, match="You read this case for a while"):
        merge_cases(kept, merged=merged, by=agent, now=now)


@pytest.mark.usefixtures("at_the_instant")
def test_a_case_that_went_into_another_says_so_and_is_taken_apart_from_its_page(agents_client, pair, agent, now):
    kept, merged = pair
    merge_cases(kept, merged=merged, by=agent, now=now)
    shown = agents_client.get(merged.get_absolute_url()).content.decode()
    assert f"{merged.reference} is part of {kept.reference} now." in shown
    assert f'href="{kept.get_absolute_url()}"' in shown
    undo = re.search(r'action="([^"]+/undo/)"', shown)
    assert undo is not None
    agents_client.post(undo[1])
    merged.refresh_from_db()
    assert merged.merged_into_id is None
    assert "is part of" not in agents_client.get(merged.get_absolute_url()).content.decode()


@pytest.mark.usefixtures("at_the_instant")
def test_the_case_it_went_into_is_not_named_to_whoever_does_not_see_that(agents_client, pair, agent, now):
    kept, merged = pair
    merge_cases(kept, merged=merged, by=agent, now=now)
    Conflict.objects.create(case=kept, user=agent, reason="A neighbour", declared_at=now, declared_by=agent)
    shown = agents_client.get(merged.get_absolute_url()).content.decode()
    assert kept.reference not in shown
