"""What the API takes word for word and what it refuses: types, tags of language, methods, bodies without a length."""

import json
from typing import Any

import pytest

from cases.models import Case
from cases.places import is_country, is_language

CASES = "/api/v1/cases/"
PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"title": 5}, "title"),
        ({"title": True}, "title"),
        ({"description": 1.5}, "description"),
        ({"category": 7}, "category"),
        ({"external_id": 1001}, "external_id"),
        ({"severity": "2"}, "severity"),
        ({"severity": 2.0}, "severity"),
        ({"severity": 10**400}, "severity"),
        ({"immediate_danger": "yes"}, "immediate_danger"),
        ({"immediate_danger": 1}, "immediate_danger"),
        ({"market": 840}, "market"),
        ({"language": "xx"}, "language"),
        ({"language": "english"}, "language"),
        ({"language": "en-XX"}, "language"),
        ({"language": "en_US"}, "language"),
        ({"place": 12}, "place"),
        ({"reporter": {"role": "owner", "name": 5}}, "reporter.name"),
        ({"reporter": {"role": "owner", "phone": 3035550142}}, "reporter.phone"),
        ({"reporter": {"role": "owner", "email": False}}, "reporter.email"),
        ({"pet": {"species": 0}}, "pet.species"),
        ({"booking": {"external_id": 77}}, "booking.external_id"),
    ],
)
def test_a_value_of_another_type_is_refused_and_never_made_one(
    api: Any, told: dict[str, Any], team: Any, changes: dict[str, Any], field: str
) -> None:
    answer = api.post(CASES, told | changes)
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM), answer.content
    assert list(answer.json()["errors"]) == [field]
    assert Case.objects.count() == 0


@pytest.mark.parametrize(
    "body", [b'{"severity": 1e999}', b'{"severity": -1e999}', b'{"severity": 1' + b"0" * 5_000 + b"}"]
)
def test_a_number_that_no_number_can_hold_is_refused(api, team, body):
    answer = api.generic("POST", CASES, body, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)


@pytest.mark.parametrize(
    "tag", ["en", "EN-us", "pt-BR", "es-419", "zh-Hant-TW", "sr-Latn-RS", "de-CH-1996", "yue", "en-US-x-desk", "haw"]
)
def test_a_tag_of_a_known_language_is_one(tag):
    assert is_language(tag)


@pytest.mark.parametrize(
    "tag", ["", "e", "xx", "english", "en-", "-en", "en-XX", "en-x", "en US", "en-US-", "i", "x-desk"]
)
def test_a_tag_of_no_known_language_is_none(tag):
    assert not is_language(tag)


def test_countries_are_those_of_iso_3166():
    assert [code for code in ("US", "BR", "PT", "XX", "UK", "EU", "us", "") if is_country(code)] == ["US", "BR", "PT"]


def test_a_known_id_with_other_content_is_at_fault_by_its_name(api, told, reported):
    answer = api.post(CASES, told | {"title": "Something else"})
    assert answer.status_code == 409
    assert list(answer.json()["errors"]) == ["external_id"]
    assert answer.json()["errors"]["external_id"] == [answer.json()["detail"]]
    assert answer.json()["reference"] == reported["reference"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "FROB"])
@pytest.mark.parametrize(
    ("path", "offered"),
    [
        ("", "GET, POST, HEAD, OPTIONS"),
        ("{}/", "GET, HEAD, OPTIONS"),
        ("{}/moves/", "GET, POST, HEAD, OPTIONS"),
        ("{}/contacts/", "POST, OPTIONS"),
    ],
)
def test_a_method_that_is_not_offered_is_told_which_are(api, reported, method, path, offered):
    answer = api.generic(method, CASES + path.format(reported["reference"]), b"{}", content_type="application/json")
    assert (answer.status_code, answer["Content-Type"], answer["Allow"]) == (405, PROBLEM, offered)


def test_nobody_learns_which_methods_there_are(client, db):
    assert client.put(CASES, "{}", content_type="application/json").status_code == 401


@pytest.mark.parametrize("path", [CASES, f"{CASES}TS-1/moves/", "/cases/new/"])
def test_a_body_in_chunks_is_not_taken_for_an_empty_one(api, told, team, path):
    answer = api.generic(
        "POST",
        path,
        json.dumps(told),
        content_type="application/json",
        HTTP_TRANSFER_ENCODING="chunked",
        CONTENT_LENGTH="",
    )
    assert (answer.status_code, answer["Content-Type"]) == (411, PROBLEM)
    assert "Content-Length" in answer.json()["detail"]
    assert Case.objects.count() == 0


def test_a_search_that_is_too_long_is_refused_and_not_cut(api, team):
    answer = api.get(CASES, {"q": "a" * 501})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["q"])
    assert api.get(CASES, {"q": "a" * 500}).status_code == 200


@pytest.mark.parametrize(
    "cursor", ["x", "%", "bz0xMjM=", "cD1hYmM=", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5", "cj0xJnA9MQ", "é", "\0"]
)
def test_a_cursor_that_was_tampered_with_is_refused_or_is_a_page(api, reported, cursor):
    answer = api.get(CASES, {"cursor": cursor})
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert list(answer.json()["errors"]) == ["cursor"]


@pytest.mark.parametrize(
    "said", ["Bearer", "Bearer x", "Bearer x y", "Basic YTpi", "Bearer é", "bearer  ", "Token abc"]
)
def test_what_is_no_key_is_asked_for_one(client, db, said):
    answer = client.get(CASES, headers={"Authorization": said})
    assert (answer.status_code, answer["Content-Type"], answer["WWW-Authenticate"]) == (401, PROBLEM, "Bearer")


def test_who_calls_too_often_is_told_when_to_come_back(api, team, monkeypatch):
    from foundation.accounts.throttles import PerKeyThrottle

    monkeypatch.setattr(PerKeyThrottle, "THROTTLE_RATES", {"per_key": "2/min"})
    left = [api.get(CASES)["RateLimit-Remaining"] for _call in range(2)]
    refused = api.get(CASES)
    assert left == ["1", "0"]
    assert (refused.status_code, refused["Content-Type"], refused["RateLimit-Remaining"]) == (429, PROBLEM, "0")
    assert 0 < int(refused["Retry-After"]) <= 60
