"""Idempotency-Key: a call that is sent again has no second effect."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.utils import timezone

from cases.models import Case, Contact
from foundation.accounts.idempotency import forget_answers
from foundation.accounts.models import AnsweredCall

CASES = "/api/v1/cases/"


@pytest.fixture
def plain(told: dict[str, Any]) -> dict[str, Any]:
    """A report without an id of its own."""
    return {name: value for name, value in told.items() if name != "external_id"}


def test_the_same_call_again_gets_the_same_answer(api, plain, team):
    first = api.post(CASES, plain, headers={"Idempotency-Key": "k-1"})
    again = api.post(CASES, plain, headers={"Idempotency-Key": "k-1"})
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    assert Case.objects.count() == 1


def test_another_body_under_the_same_key_is_refused(api, plain, team):
    api.post(CASES, plain, headers={"Idempotency-Key": "k-1"})
    other = api.post(CASES, plain | {"title": "Another"}, headers={"Idempotency-Key": "k-1"})
    assert (other.status_code, other["Content-Type"]) == (422, "application/problem+json")
    assert Case.objects.count() == 1


def test_keys_of_two_systems_have_nothing_to_do_with_each_other(api, make_client, plain, team):
    api.post(CASES, plain, headers={"Idempotency-Key": "k-1"})
    assert make_client("shelter").post(CASES, plain, headers={"Idempotency-Key": "k-1"}).status_code == 201
    assert Case.objects.count() == 2


def test_a_refused_call_leaves_its_key_free(api, plain, team):
    assert api.post(CASES, plain | {"category": "none"}, headers={"Idempotency-Key": "k-1"}).status_code == 400
    assert api.post(CASES, plain, headers={"Idempotency-Key": "k-1"}).status_code == 201


def test_moves_and_contacts_happen_once_too(api, reported):
    url = f"{CASES}{reported['reference']}/"
    word = {"direction": "out", "channel": "phone"}
    move = {"move": "resolve", "fields": {"outcome": "helped"}}
    for _twice in range(2):
        assert api.post(f"{url}contacts/", word, headers={"Idempotency-Key": "c-1"}).status_code == 201
        assert api.post(f"{url}moves/", move, headers={"Idempotency-Key": "m-1"}).status_code == 200
    assert Contact.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 201, "two words", "clé"])
def test_a_key_of_another_shape_is_refused(api, plain, team, key):
    answer = api.post(CASES, plain, headers={"Idempotency-Key": key})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["Idempotency-Key"])


def test_a_call_that_is_still_being_answered_is_not_made_twice(api, key, plain, team):
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            name = f"call:{key.actor.kind}:{key.actor.id}:k-1"
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
        answer = api.post(CASES, plain, headers={"Idempotency-Key": "k-1"})
    finally:
        other.close()
    assert answer.status_code == 409
    assert Case.objects.count() == 0
    assert connection.is_usable()


def test_answers_are_forgotten_after_thirty_days(api, plain, team):
    api.post(CASES, plain, headers={"Idempotency-Key": "k-1"})
    assert forget_answers(now=timezone.now() + timedelta(days=29)) == 0
    assert forget_answers(now=timezone.now() + timedelta(days=31)) == 1
    assert AnsweredCall.objects.count() == 0
