"""Reading cases back: who sees which, and how much of them."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from cases.models import Case, Clock
from cases.operations.moves import assign_case, wait_case
from cases.operations.work import add_note
from foundation.accounts.models import ApiKey
from foundation.audit.models import Entry

CASES = "/api/v1/cases/"


def references(answer: Any) -> list[str]:
    return [case["reference"] for case in answer.json()["results"]]


@pytest.mark.parametrize("path", ["", "TS-1/", "TS-1/events/", "TS-1/clocks/", "TS-1/moves/"])
def test_nobody_without_a_key_gets_anything(db, path):
    answer = APIClient().get(CASES + path)
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    ("scope", "method", "path"),
    [
        ("cases:write", "get", ""),
        ("cases:write", "get", "{}/"),
        ("cases:write", "get", "{}/events/"),
        ("cases:read", "post", ""),
        ("cases:read", "post", "{}/contacts/"),
        ("cases:read", "post", "{}/notes/"),
        ("cases:read", "post", "{}/evidence/"),
    ],
)
def test_a_key_without_the_scope_is_refused(make_client, reported, scope, method, path):
    client = make_client("marketplace", scope)
    answer = getattr(client, method)(CASES + path.format(reported["reference"]))
    assert answer.status_code == 403
    assert answer["Content-Type"] == "application/problem+json"


def test_no_scope_opens_notes_and_evidence(api, reported):
    for path in ("notes", "evidence"):
        assert api.post(f"{CASES}{reported['reference']}/{path}/", {"body": "x"}).status_code == 403


@pytest.mark.parametrize("path", ["", "events/", "clocks/", "moves/"])
def test_another_systems_case_is_not_there_and_the_attempt_is_kept(make_client, reported, path):
    other = make_client("shelter")
    answer = other.get(f"{CASES}{reported['reference']}/{path}")
    assert answer.status_code == 404
    missing = other.get(f"{CASES}TS-999999/{path}")
    assert answer.json() == missing.json()
    case = Case.objects.get()
    assert Entry.objects.filter(event="case.denied", subject_id=str(case.pk)).count() == 1


def test_a_revoked_key_reads_no_more(api, reported):
    ApiKey.objects.update(revoked_at=timezone.now())
    assert api.get(CASES).status_code == 401


def test_the_list_holds_what_the_key_wrote(api, make_client, reported, make_case):
    make_case()
    make_client("shelter").post(
        CASES, {"title": "x", "category": "theft", "channel": "api", "market": "US", "language": "en"}
    )
    answer = api.get(CASES)
    assert references(answer) == [reported["reference"]]
    assert set(answer.json()) == {"results", "next", "previous"}
    row = answer.json()["results"][0]
    assert (row["title"], row["category"], row["external_id"]) == ("Bitten by the neighbour's collie", "bite", "R-1001")
    assert {"owner", "team", "parties"}.isdisjoint(row)


def test_pages_are_stable_while_cases_come_in(api, told, team, django_assert_max_num_queries):
    made = [api.post(CASES, told | {"external_id": f"R-{n}"}).json()["reference"] for n in range(7)]
    first = api.get(CASES, {"page_size": 3})
    assert references(first) == made[:3:-1]
    api.post(CASES, told | {"external_id": "R-new"})
    with django_assert_max_num_queries(5):
        second = api.get(first.json()["next"])
    assert references(second) == made[3:0:-1]
    third = api.get(second.json()["next"])
    assert (references(third), third.json()["next"]) == (made[:1], None)
    assert references(api.get(third.json()["previous"])) == references(second)


@pytest.mark.parametrize(
    "cursor", ["x", "cD1hYmM=", "cD0tMQ==", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "%00", "cD0xMjM0NTY3ODkwMTIzNDU2Nzg5MA"]
)
def test_a_cursor_that_was_not_given_is_refused(api, reported, cursor):
    answer = api.get(CASES, {"cursor": cursor})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["cursor"])


def test_searching_by_the_language_of_the_queue(api, told, reported):
    theft = api.post(CASES, told | {"external_id": "R-2", "category": "theft", "title": "Ring gone"}).json()[
        "reference"
    ]
    bite = reported["reference"]
    for query, expected in {
        "is:open": [theft, bite],
        "cat:bite": [bite],
        "-cat:bite": [theft],
        "ring": [theft],
        '"neighbour\'s collie"': [bite],
        "ring collie": [theft],
        bite.lower(): [bite],
        "id:R-2": [theft],
        "sev:1": [],
        "zebra": [],
    }.items():
        assert references(api.get(CASES, {"q": query})) == expected, query


def test_a_term_that_cannot_be_read_is_refused(api, reported):
    answer = api.get(CASES, {"q": "sev:9"})
    assert answer.status_code == 400
    assert "sev:9" in answer.json()["errors"]["q"][0]


@pytest.mark.parametrize("query", ["owner:maya", "team:us", "is:mine", "is:escalated", "person:1", "last:in"])
def test_a_key_does_not_search_by_who_works_on_its_cases(api, reported, query):
    assert api.get(CASES, {"q": query}).status_code == 400


def test_words_of_notes_and_calls_find_nothing_for_a_key(api, signed_in, reported, agent, now):
    case = Case.objects.get()
    add_note(case, body="She sounded platypus on the phone.", by=agent, now=timezone.now())
    assert references(api.get(CASES, {"q": "platypus"})) == []
    assert references(signed_in(agent).get(CASES, {"q": "platypus"})) == [case.reference]


def test_a_case_in_full_is_what_the_key_may_write_with_state_and_clocks(api, reported, told):
    body = api.get(f"{CASES}{reported['reference']}/").json()
    assert (body["description"], body["incident"]["booking"]) == (told["description"], "B-77")
    assert body["parties"] == [
        {"capacity": "reporter", "role": "owner"},
        {"capacity": "respondent", "role": "walker"},
    ]
    assert {"owner", "team", "version", "severity_suggested"}.isdisjoint(body)


def test_a_person_known_from_elsewhere_is_not_told(api, make_client, reported):
    other = make_client("shelter")
    told = {"title": "x", "category": "theft", "channel": "api", "market": "US", "language": "en"}
    made = other.post(CASES, told | {"reporter": {"email": "hannah@example.com", "role": "owner"}}).json()
    assert "Whitcombe" not in json.dumps(other.get(f"{CASES}{made['reference']}/").json())


def test_reading_a_confidential_case_is_kept_once_and_a_routine_one_never(api, told, reported):
    for _twice in range(2):
        api.get(reported["url"])
    assert Entry.objects.filter(event="case.viewed", actor_kind="integration").count() == 1
    routine = api.post(CASES, told | {"external_id": "R-2", "category": "theft"}).json()
    api.get(routine["url"])
    api.get(CASES)
    assert Entry.objects.filter(event="case.viewed").count() == 1


def test_staff_see_in_a_session_what_their_role_sees(signed_in, reported, agent, stranger, admin, lead):
    path = f"{CASES}{reported['reference']}/"
    body = signed_in(agent).get(path).json()
    assert (body["team"], body["owner"], body["parties"][0]["name"]) == ("us", None, "Hannah Whitcombe")
    assert signed_in(stranger).get(path).status_code == 404
    assert signed_in(admin).get(path).status_code == 403


def test_events_without_text_for_a_key_and_with_text_for_staff(api, signed_in, reported, agent, now):
    case = Case.objects.get()
    add_note(case, body="Call her sister first.", by=agent, now=timezone.now())
    path = f"{CASES}{case.reference}/events/"
    mine = api.get(path).json()["results"]
    assert {"case.created", "clock.started", "note.added"} == {event["kind"] for event in mine}
    assert "sister" not in json.dumps(mine)
    assert all(set(event) == {"id", "kind", "at", "actor", "data"} for event in mine)
    note = signed_in(agent).get(path).json()["results"][0]
    assert (note["kind"], note["texts"], note["actor_name"]) == (
        "note.added",
        {"body": "Call her sister first."},
        "Maya Osei",
    )


def test_events_name_no_staff_and_no_other_case_to_a_key(api, reported, agent, colleague, now):
    case = Case.objects.get()
    assign_case(case, to=colleague, reason="She knows the family.", by=agent, now=timezone.now())
    newest = api.get(f"{CASES}{case.reference}/events/").json()["results"][0]
    assert (newest["kind"], newest["actor"]) == ("case.assigned", "staff")
    assert {"to", "previous", "reason"}.isdisjoint(newest["data"])


def test_events_come_in_pages(api, reported):
    first = api.get(f"{CASES}{reported['reference']}/events/", {"page_size": 2}).json()
    second = api.get(first["next"]).json()
    assert [event["kind"] for event in first["results"] + second["results"]] == [
        "clock.started",
        "clock.started",
        "case.created",
    ]


def test_a_clock_past_its_due_reads_as_breached_before_any_sweep(api, told, team):
    late = api.post(CASES, told | {"received_at": (timezone.now() - timedelta(hours=2)).isoformat()}).json()
    [first, resolution] = api.get(f"{late['url']}clocks/").json()["results"]
    assert (first["metric"], first["state"], first["paused"], first["met_at"]) == (
        "first_response",
        "breached",
        False,
        None,
    )
    assert first["breached_at"] == first["due_at"]
    assert resolution["state"] == "running"
    assert Clock.objects.filter(breached_at=None).count() == 2


def test_a_paused_clock_says_so(api, reported, agent):
    case = Case.objects.get()
    Case.objects.filter(pk=case.pk).update(state="open")
    wait_case(case, on="vet", by=agent, now=timezone.now())
    clocks = {clock["metric"]: clock for clock in api.get(f"{reported['url']}clocks/").json()["results"]}
    assert (clocks["resolution"]["state"], clocks["resolution"]["paused"]) == ("paused", True)
    assert (clocks["first_response"]["state"], clocks["first_response"]["paused"]) == ("running", False)
