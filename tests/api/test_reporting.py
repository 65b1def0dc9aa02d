"""Reporting an incident by key: POST /api/v1/cases/."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cases.models import Case, Clock
from foundation.audit.models import Entry
from foundation.notifications.models import OutboxMessage
from people.models import Person

CASES = "/api/v1/cases/"
CONTROL = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")


def test_a_report_becomes_a_case_with_its_clocks(api, told, team):
    answer = api.post(CASES, told)
    assert answer.status_code == 201
    body = answer.json()
    assert set(body) == {"reference", "state", "severity", "confidentiality", "clocks", "url"}
    assert body["state"] == "new"
    assert body["severity"] == 2
    assert body["confidentiality"] == "C2"
    assert {clock["metric"]: clock["state"] for clock in body["clocks"]} == {
        "first_response": "running",
        "resolution": "running",
    }
    case = Case.objects.get(reference=body["reference"])
    assert case.team == team
    assert body["url"].endswith(f"/api/v1/cases/{case.reference}/")
    assert answer["Location"] == body["url"]
    assert {party.capacity: party.person.name for party in case.parties.all()} == {
        "reporter": "Hannah Whitcombe",
        "respondent": "Curtis Hale",
    }
    assert case.incident.booking.external_id == "B-77"
    assert [pet.name for pet in case.incident.pets.all()] == ["Biscuit"]
    assert Entry.objects.filter(event="case.created", subject_id=str(case.pk), actor_kind="integration").count() == 1


def test_the_least_report_is_enough(api, team):
    answer = api.post(
        CASES, {"title": "A theft", "category": "theft", "channel": "api", "market": "us", "language": "en"}
    )
    assert answer.status_code == 201
    assert Case.objects.get().market == "US"


def test_facts_decide_the_severity(api, told, team):
    answer = api.post(CASES, told | {"category": "injury-to-person", "emergency_care": "person"})
    assert answer.json()["severity"] == 1


def test_a_severity_may_be_given(api, told, team):
    assert api.post(CASES, told | {"severity": 4}).json()["severity"] == 4


def test_a_report_of_two_days_ago_is_breached_when_it_comes_in(api, told, team):
    then = timezone.now() - timedelta(days=2)
    clocks = api.post(CASES, told | {"received_at": then.isoformat()}).json()["clocks"]
    assert {clock["metric"]: clock["state"] for clock in clocks} == {
        "first_response": "breached",
        "resolution": "running",
    }


def test_the_same_report_again_is_the_same_case(api, told, reported):
    again = api.post(CASES, told)
    assert again.status_code == 200
    assert again.json()["reference"] == reported["reference"]
    assert (Case.objects.count(), Clock.objects.count(), Person.objects.count()) == (1, 2, 2)


def test_other_content_under_the_same_id_is_refused_with_the_reference(api, told, reported):
    other = api.post(CASES, told | {"title": "Something else"})
    assert other.status_code == 409
    assert other["Content-Type"] == "application/problem+json"
    assert other.json()["reference"] == reported["reference"]


def test_the_same_id_of_another_system_is_another_case(make_client, told, reported):
    other = make_client("shelter").post(CASES, told | {"title": "Something else"})
    assert other.status_code == 201
    assert other.json()["reference"] != reported["reference"]


def test_an_injured_person_of_the_same_address_is_the_same_person(api, told, reported):
    api.post(CASES, told | {"external_id": "R-1002"})
    assert Person.objects.filter(name="Hannah Whitcombe").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "x" * 201}, "title"),
        ({"title": ["a"]}, "title"),
        ({"title": None}, "title"),
        ({"description": "x" * 20_001}, "description"),
        ({"description": {"a": 1}}, "description"),
        ({"category": "no-such-thing"}, "category"),
        ({"category": 7}, "category"),
        ({"severity": 0}, "severity"),
        ({"severity": 5}, "severity"),
        ({"severity": "high"}, "severity"),
        ({"severity": True}, "severity"),
        ({"channel": "pigeon"}, "channel"),
        ({"market": "XX"}, "market"),
        ({"market": "USA"}, "market"),
        ({"market": None}, "market"),
        ({"language": "english language"}, "language"),
        ({"language": ""}, "language"),
        ({"kind": "claim"}, "kind"),
        ({"received_at": "2026-11-18T12:00:00"}, "received_at"),
        ({"received_at": "1970-01-01T00:00:00Z"}, "received_at"),
        ({"received_at": "9999-12-31T23:59:59-14:00"}, "received_at"),
        ({"received_at": "0001-01-01T00:00:00+14:00"}, "received_at"),
        ({"received_at": "yesterday"}, "received_at"),
        ({"received_at": 1763467200}, "received_at"),
        ({"external_id": "x" * 121}, "external_id"),
        ({"reporter": {"name": "No Role"}}, "reporter.role"),
        ({"reporter": {"role": "king"}}, "reporter.role"),
        ({"reporter": {"role": "owner", "email": "no mail"}}, "reporter.email"),
        ({"reporter": {"role": "owner", "nmae": "x"}}, "reporter.nmae"),
        ({"reporter": "Hannah"}, "reporter"),
        ({"pet": {"name": "x" * 121}}, "pet.name"),
        ({"booking": {"starts_at": "2026-11-17T09:00:00Z"}}, "booking.external_id"),
        (
            {"booking": {"external_id": "B", "starts_at": "2026-11-17T10:00:00Z", "ends_at": "2026-11-17T09:00:00Z"}},
            "booking.ends_at",
        ),
        ({"loss": {"amount": "1.005", "currency": "USD"}}, "loss.amount"),
        ({"loss": {"amount": "-1", "currency": "USD"}}, "loss.amount"),
        ({"loss": {"amount": "NaN", "currency": "USD"}}, "loss.amount"),
        ({"authorities": ["wizards"]}, "authorities.0"),
        ({"time_zone": "../../etc/passwd"}, "time_zone"),
        ({"occured_at": "2026-11-17T09:00:00Z"}, "occured_at"),
    ],
)
def test_what_no_case_can_hold_is_refused_by_field_and_stores_nothing(
    api: Any, told: dict[str, Any], team: Any, changes: dict[str, Any], field: str
) -> None:
    answer = api.post(CASES, told | changes)
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert field in answer.json()["errors"]
    assert all(answer.json()["errors"][field])
    assert (Case.objects.count(), Person.objects.count(), OutboxMessage.objects.count()) == (0, 0, 0)


def test_a_little_ahead_of_our_clock_is_taken(api, told, team):
    soon = timezone.now() + timedelta(minutes=4)
    late = timezone.now() + timedelta(minutes=6)
    assert api.post(CASES, told | {"received_at": late.isoformat()}).status_code == 400
    assert api.post(CASES, told | {"received_at": soon.isoformat()}).status_code == 201


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"null", 400),
        (b'"text"', 400),
        (b'{"title": "a", "title": "b"}', 400),
        (b'{"title": NaN}', 400),
        (b'{"title": "a\\u0000b"}', 400),
        (b'{"title": "\\ud800"}', 400),
        (b"\xff\xfe", 400),
        (b'{"title": ' + b"[" * 50_000, 400),
        (b'{"title": "' + b"x" * 2_200_000 + b'"}', 413),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem_document(api, team, body, status):
    answer = api.generic("POST", CASES, body, content_type="application/json")
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert Case.objects.count() == 0


def test_only_json_is_taken(api, team):
    assert api.generic("POST", CASES, b"title=a", content_type="application/x-www-form-urlencoded").status_code == 415


def test_creating_takes_a_bounded_number_of_statements(api, told, team):
    plain = {
        name: told[name]
        for name in ("title", "description", "category", "channel", "market", "language", "external_id")
    }
    api.post(CASES, plain | {"external_id": "first"})  # notes the use of the key, reads the calendar
    with CaptureQueriesContext(connection) as caught:
        assert api.post(CASES, plain).status_code == 201
    statements = [query["sql"] for query in caught if not query["sql"].startswith(CONTROL)]
    assert len(statements) <= 14, "\n".join(statements)


@pytest.mark.parametrize("side", ["reporter", "respondent"])
def test_an_external_id_that_is_nobodys_and_no_other_word_of_her_is_refused(api, told, team, side):
    answer = api.post(CASES, told | {side: {"external_id": "nobody-9", "role": "other"}})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [side])
    assert not Case.objects.exists()


def test_an_external_id_alone_is_enough_for_somebody_known(api, told, team):
    api.post(CASES, told)
    again = told | {"external_id": "R-2", "reporter": {"external_id": "U-1", "role": "owner"}}
    answer = api.post(CASES, again)
    assert answer.status_code == 201
    assert Person.objects.filter(parties__case__reference=answer.json()["reference"], name="Hannah Whitcombe").exists()


@pytest.mark.parametrize("known_by", [{"name": "Kim"}, {"email": "kim@example.com"}, {"phone": "303 555 0177"}])
def test_somebody_new_is_told_of_by_a_name_or_by_how_to_reach_her(api, told, team, known_by):
    answer = api.post(CASES, told | {"reporter": {"external_id": "new-1", "role": "owner"} | known_by})
    assert answer.status_code == 201
