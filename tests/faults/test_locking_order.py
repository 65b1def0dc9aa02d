"""Whoever locks two cases asks for the lower number first, whatever she does: two deeds never wait for each other."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.test import Client
from waiting import somebody_waits

from cases.models import Case, CaseLink, CaseMerge, Party
from cases.operations.contacts import record_contact
from cases.operations.links import link_cases, merge_cases, undo_merge
from cases.operations.moves import mark_duplicate
from foundation.accounts.models import User
from foundation.workflow.moves import MoveRefused
from people.models import PersonMerge
from people.operations import create_person, merge_people, undo_merge_people

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pair(make_case: Callable[..., Case]) -> tuple[Case, Case]:
    """The lower and the higher."""
    return make_case(title="Rings gone"), make_case(title="Four rings missing")


def holds_nothing_while_it_waits(
    deed: Callable[[], Any], *, lower: Case, higher: Case, places: QuerySet[Party] | None = None
) -> None:
    """Let the deed come to a lower case that is locked: the higher one and the places are free to whoever has the lower."""

    def run() -> None:
        try:
            with suppress(MoveRefused):
                deed()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    try:
        with transaction.atomic():
            Case.objects.locked(lower.pk)
            thread.start()
            until = time.monotonic() + 10
            while not somebody_waits():
                assert time.monotonic() < until, "the deed never came to the lower case"
                time.sleep(0.02)
            assert Case.objects.select_for_update(nowait=True, of=("self",)).get(pk=higher.pk) == higher
            if places is not None:
                assert list(places.select_for_update(nowait=True))
    finally:
        thread.join()


def test_two_cases_are_marked_as_duplicates_of_each_other(pair: tuple[Case, Case], agent: User, now: datetime) -> None:
    lower, higher = pair
    holds_nothing_while_it_waits(
        lambda: mark_duplicate(higher, of=lower, by=agent, now=now), lower=lower, higher=higher
    )
    higher.refresh_from_db()
    assert higher.duplicate_of == lower


def test_two_cases_are_linked_from_both_sides(pair: tuple[Case, Case], agent: User, now: datetime) -> None:
    lower, higher = pair
    holds_nothing_while_it_waits(
        lambda: link_cases(higher, other=lower, kind="related", by=agent, now=now), lower=lower, higher=higher
    )


def test_a_word_about_a_duplicate_is_recorded_on_the_case_that_stands(
    pair: tuple[Case, Case], agent: User, now: datetime
) -> None:
    lower, higher = pair
    mark_duplicate(higher, of=lower, by=agent, now=now)
    higher.refresh_from_db()
    said = {"direction": "in", "channel": "phone", "party": None, "occurred_at": now, "body": "She called."}
    holds_nothing_while_it_waits(lambda: record_contact(higher, by=agent, now=now, **said), lower=lower, higher=higher)
    assert lower.contacts.count() == 1


def test_a_case_that_has_an_older_duplicate_is_merged_and_the_merge_taken_apart(
    pair: tuple[Case, Case], make_case: Callable[..., Case], lead: User, now: datetime
) -> None:
    lower, kept = pair
    merged = make_case(title="Rings and a watch gone")
    mark_duplicate(lower, of=merged, by=lead, now=now)
    merges: list[CaseMerge] = []
    holds_nothing_while_it_waits(
        lambda: merges.append(merge_cases(kept, merged=merged, by=lead, now=now)), lower=lower, higher=kept
    )
    holds_nothing_while_it_waits(lambda: undo_merge(merges[0], by=lead, now=now), lower=lower, higher=kept)
    lower.refresh_from_db()
    assert lower.duplicate_of == merged


def test_two_records_of_somebody_in_a_case_are_merged_and_the_merge_taken_apart(
    pair: tuple[Case, Case], lead: User, now: datetime
) -> None:
    lower, higher = pair
    merged = lower.parties.get(capacity="reporter").person
    kept = create_person(name="Hannah", kind="other", by=lead, now=now)
    merges: list[PersonMerge] = []
    holds_nothing_while_it_waits(
        lambda: merges.append(merge_people(kept, merged, by=lead, now=now)),
        lower=lower, higher=higher, places=lower.parties.all(),
    )  # fmt: skip
    holds_nothing_while_it_waits(
        lambda: undo_merge_people(merges[0], by=lead, now=now),
        lower=lower, higher=higher, places=lower.parties.all(),
    )  # fmt: skip
    assert lower.parties.get(capacity="reporter").person == merged


def test_a_row_that_names_a_case_does_not_wait_for_whoever_works_on_that(
    pair: tuple[Case, Case], now: datetime
) -> None:
    lower, higher = pair

    def link() -> None:
        try:
            CaseLink.objects.create(case=higher, other=lower, kind="related", linked_at=now)
        finally:
            connection.close()

    thread = threading.Thread(target=link)
    with transaction.atomic():
        Case.objects.locked(lower.pk)
        thread.start()
        thread.join(10)
        waited = thread.is_alive()
    thread.join()
    assert not waited


def test_a_call_of_the_api_that_says_which_state_it_read(pair: tuple[Case, Case], agent: User, client: Client) -> None:
    lower, higher = pair
    client.force_login(agent)
    path = f"/api/v1/cases/{higher.reference}/"
    told = {"move": "mark_duplicate", "fields": {"of": lower.reference}}
    headers = {"If-Match": client.get(path)["ETag"]}
    answers: list[int] = []

    def call() -> None:
        answers.append(client.post(f"{path}moves/", told, content_type="application/json", headers=headers).status_code)

    holds_nothing_while_it_waits(call, lower=lower, higher=higher)
    assert answers == [200]
