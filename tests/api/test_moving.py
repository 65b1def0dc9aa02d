"""Moves, contacts, notes and evidence over the API."""

import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from cases.models import Case, Contact, Evidence, Note

CASES = "/api/v1/cases/"


@pytest.fixture
def path(reported: dict[str, Any]) -> str:
    return f"{CASES}{reported['reference']}/"


def picture() -> io.BytesIO:
    file = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(file, "PNG")
    file.seek(0)
    file.name = "hand.png"
    return file


def test_the_moves_of_a_key_and_why_the_others_are_not_open(api, path):
    moves = {move["move"]: move for move in api.get(f"{path}moves/").json()["results"]}
    assert moves["escalate"]["open"]
    assert moves["escalate"]["why_not"] is None
    assert {"name": "reason", "required": True} in moves["escalate"]["fields"]
    assert not moves["take"]["open"]
    assert "role" in moves["take"]["why_not"]
    assert not moves["wait"]["open"]
    assert "reporter" in moves["wait"]["fields"][0]["choices"]
    assert "close" not in moves


def test_a_move_is_made_by_name(signed_in, path, agent):
    client = signed_in(agent)
    taken = client.post(f"{path}moves/", {"move": "take"})
    assert (taken.status_code, taken.json()["state"]) == (200, "open")
    until = (timezone.now() + timedelta(days=1)).isoformat()
    waiting = client.post(f"{path}moves/", {"move": "wait", "fields": {"on": "vet", "until": until}})
    assert (waiting.status_code, waiting.json()["state"]) == (200, "waiting")
    assert Case.objects.get().waiting_until.isoformat() == until


def test_a_key_resolves_with_its_scope_and_not_without(api, make_client, path):
    asked = {"move": "resolve", "fields": {"outcome": "no_contact_possible"}}
    reader = make_client("marketplace", "cases:read")
    assert reader.post(f"{path}moves/", asked).status_code == 403
    assert Case.objects.get().state == "new"
    assert api.post(f"{path}moves/", asked).json()["state"] == "resolved"


def test_a_move_that_is_not_one_now_is_a_conflict_with_the_sentence(api, path):
    answer = api.post(f"{path}moves/", {"move": "resume"})
    assert (answer.status_code, answer["Content-Type"]) == (409, "application/problem+json")
    assert "Resume" in answer.json()["detail"]
    answer = api.post(f"{path}moves/", {"move": "resolve", "fields": {"outcome": "helped"}})
    assert answer.status_code == 409
    assert "called or written" in answer.json()["detail"]


def test_a_case_that_somebody_else_took_names_her(signed_in, path, agent, colleague):
    signed_in(agent).post(f"{path}moves/", {"move": "take"})
    answer = signed_in(colleague).post(f"{path}moves/", {"move": "take"})
    assert answer.status_code == 409
    assert "Maya Osei" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "move"),
        ({"move": "fly"}, "move"),
        ({"move": "close"}, "move"),
        ({"move": ["take"]}, "move"),
        ({"move": "resolve"}, "fields.outcome"),
        ({"move": "resolve", "fields": {"outcome": "magic"}}, "fields.outcome"),
        ({"move": "resolve", "fields": {"outcome": ["helped"]}}, "fields.outcome"),
        ({"move": "resolve", "fields": {"outcome": "helped", "state": "closed"}}, "fields.state"),
        ({"move": "resolve", "fields": "helped"}, "fields"),
        ({"move": "escalate", "fields": {"reason": "x" * 2_001}}, "fields.reason"),
        ({"move": "escalate", "fields": {"reason": "x", "to": 10**30}}, "fields.to"),
        ({"move": "escalate", "fields": {"reason": "x", "to": {"pk": 1}}}, "fields.to"),
        ({"move": "escalate", "fields": {"reason": "x", "to": "nobody@example.com"}}, "fields.to"),
        ({"move": "wait", "fields": {"on": "vet", "until": 5}}, "fields.until"),
        ({"move": "wait", "fields": {"on": "vet", "until": "2026-12-24T10:00:00"}}, "fields.until"),
        ({"move": "take", "why": "x"}, "why"),
    ],
)
def test_fields_that_do_not_fit_a_move_are_refused_by_name(
    api: Any, path: str, body: dict[str, Any], field: str
) -> None:
    answer = api.post(f"{path}moves/", body)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["errors"]
    assert Case.objects.get().state == "new"


def test_a_contact_from_us_meets_the_first_response(api, path):
    answer = api.post(f"{path}contacts/", {"direction": "out", "channel": "phone", "party": "reporter", "seconds": 240})
    assert answer.status_code == 201, answer.content
    assert (answer.json()["party"], answer.json()["automatic"]) == ("reporter", False)
    first = api.get(f"{path}clocks/").json()["results"][0]
    assert (first["metric"], first["state"]) == ("first_response", "met")
    assert Contact.objects.get().integration is not None


def test_an_automatic_message_moves_no_clock(api, path):
    api.post(f"{path}contacts/", {"direction": "out", "channel": "email", "automatic": True})
    assert api.get(f"{path}clocks/").json()["results"][0]["state"] == "running"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"direction": "sideways"}, "direction"),
        ({"channel": "pigeon"}, "channel"),
        ({"party": "involved"}, "party"),
        ({"seconds": -1}, "seconds"),
        ({"occurred_at": "2026-11-18T12:00:00"}, "occurred_at"),
        ({"occurred_at": "2001-01-01T00:00:00Z"}, "occurred_at"),
        ({"occurred_at": "2199-01-01T00:00:00Z"}, "occurred_at"),
        ({"body": "x" * 20_001}, "body"),
        ({"by": 1}, "by"),
    ],
)
def test_a_contact_that_does_not_fit_is_refused_by_field(api, path, changes, field):
    answer = api.post(f"{path}contacts/", {"direction": "out", "channel": "phone"} | changes)
    assert answer.status_code == 400, answer.content
    assert field in answer.json()["errors"]
    assert Contact.objects.count() == 0


def test_a_side_that_nobody_stands_on_is_refused(api, team):
    told = {"title": "A theft", "category": "theft", "channel": "api", "market": "US", "language": "en"}
    url = api.post(CASES, told).json()["url"]
    answer = api.post(f"{url}contacts/", {"direction": "in", "channel": "email", "party": "respondent"})
    assert list(answer.json()["errors"]) == ["party"]


def test_staff_write_notes(signed_in, path, agent):
    answer = signed_in(agent).post(f"{path}notes/", {"body": "She is safe at home."})
    assert answer.status_code == 201
    assert Note.objects.get().body == "She is safe at home."
    assert signed_in(agent).post(f"{path}notes/", {"body": " "}).status_code == 400


def test_staff_add_evidence_and_the_same_bytes_once(signed_in, path, agent):
    client = signed_in(agent)
    first = client.post(f"{path}evidence/", {"file": picture(), "title": "Her hand"}, format="multipart")
    assert first.status_code == 201, first.content
    assert (first.json()["content_type"], first.json()["title"]) == ("image/png", "Her hand")
    again = client.post(f"{path}evidence/", {"file": picture()}, format="multipart")
    assert (again.status_code, again.json()["id"]) == (200, first.json()["id"])
    assert Evidence.objects.count() == 1


def test_a_file_of_no_known_kind_is_refused(signed_in, path, agent):
    file = io.BytesIO(b"MZ\x90\x00\x03")
    file.name = "setup.exe"
    answer = signed_in(agent).post(f"{path}evidence/", {"file": file}, format="multipart")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["file"])


def test_a_file_that_is_too_large_is_refused_unread(signed_in, path, agent):
    answer = signed_in(agent).generic(
        "POST",
        f"{path}evidence/",
        b"--b--",
        content_type="multipart/form-data; boundary=b",
        CONTENT_LENGTH="5000000000",
    )
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")


def test_a_write_in_a_session_carries_the_token_of_a_form(path, agent):
    from rest_framework.test import APIClient

    client = APIClient(enforce_csrf_checks=True)
    client.force_login(agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post(f"{path}moves/", {"move": "take"}).status_code == 403
    assert client.get(path).status_code == 200
