"""If-Match: a write that was thought out for another state of the case is refused."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from cases.models import Case, Contact, Evidence, Note
from cases.operations.work import add_note

CASES = "/api/v1/cases/"


@pytest.fixture
def path(reported: dict[str, Any]) -> str:
    return f"{CASES}{reported['reference']}/"


ESCALATE = {"move": "escalate", "fields": {"reason": "She asks for a lead."}}


def test_a_case_has_one_tag_however_it_is_come_by(api, told, path):
    tag = api.get(path)["ETag"]
    assert api.get(path)["ETag"] == tag
    assert api.post(CASES, told)["ETag"] == tag


def test_a_move_on_the_case_as_it_was_read_is_made_and_gives_the_next_tag(api, path):
    made = api.post(f"{path}moves/", ESCALATE, headers={"If-Match": api.get(path)["ETag"]})
    assert made.status_code == 200
    assert made["ETag"] == api.get(path)["ETag"]


def test_a_move_on_a_case_that_has_changed_is_refused_with_the_tag_of_now(api, path, agent, now):
    read = api.get(path)["ETag"]
    api.post(f"{path}contacts/", {"direction": "out", "channel": "phone"})
    stale = api.post(f"{path}moves/", ESCALATE, headers={"If-Match": read})
    assert (stale.status_code, stale["Content-Type"]) == (409, "application/problem+json")
    assert stale.json()["etag"] == api.get(path)["ETag"] != read
    assert Case.objects.get().escalated_to is None
    assert api.post(f"{path}moves/", ESCALATE, headers={"If-Match": stale.json()["etag"]}).status_code == 200


def test_words_are_refused_on_a_case_that_has_changed(api, signed_in, path, agent, now):
    case = Case.objects.get()
    read = api.get(path)["ETag"]
    add_note(case, body="She called the shelter.", by=agent, now=now)
    word = {"direction": "out", "channel": "phone"}
    assert api.post(f"{path}contacts/", word, headers={"If-Match": read}).status_code == 409
    assert signed_in(agent).post(f"{path}notes/", {"body": "x"}, headers={"If-Match": read}).status_code == 409
    assert (Contact.objects.count(), Note.objects.count()) == (0, 1)


@pytest.mark.parametrize("named", ["*", '"0-0", {}'])
def test_any_state_or_one_of_several_may_be_named(api, path, named):
    headers = {"If-Match": named.format(api.get(path)["ETag"])}
    assert api.post(f"{path}moves/", ESCALATE, headers=headers).status_code == 200


@pytest.mark.parametrize("named", ["", "x", '"0-0"', "W/*", "é"])
def test_any_other_word_names_no_state(api, path, named):
    assert api.post(f"{path}moves/", ESCALATE, headers={"If-Match": named}).status_code == 409


def test_a_call_that_is_sent_again_is_answered_though_the_case_has_changed_by_it(api, path):
    headers = {"If-Match": api.get(path)["ETag"], "Idempotency-Key": "m-1"}
    assert api.post(f"{path}moves/", ESCALATE, headers=headers).status_code == 200
    again = api.post(f"{path}moves/", ESCALATE, headers=headers)
    assert (again.status_code, again["Idempotency-Replayed"]) == (200, "true")


def test_a_chain_of_writes_needs_no_reading_between_them(api, signed_in, path, agent):
    first = api.post(f"{path}contacts/", {"direction": "out", "channel": "phone"})
    assert first["ETag"] == api.get(path)["ETag"]
    second = signed_in(agent).post(f"{path}notes/", {"body": "x"}, headers={"If-Match": first["ETag"]})
    assert second.status_code == 201
    assert second["ETag"] == api.get(path)["ETag"] != first["ETag"]


def test_a_file_for_another_state_of_the_case_is_refused_and_not_kept(signed_in, path, agent):
    def send(tag: str) -> Any:
        file = SimpleUploadedFile("call.txt", b"She called at nine.", content_type="text/plain")
        headers = {"If-Match": tag}
        return signed_in(agent).post(f"{path}evidence/", {"file": file}, format="multipart", headers=headers)

    stale = send('"0-0"')
    assert stale.status_code == 409
    assert not Evidence.objects.exists()
    kept = send(stale.json()["etag"])
    assert kept.status_code == 201
    assert kept["ETag"] == signed_in(agent).get(path)["ETag"]


def test_an_answer_that_is_given_again_names_the_state_and_the_place_too(api, told, team):
    headers = {"Idempotency-Key": "k-1"}
    first = api.post(CASES, told, headers=headers)
    again = api.post(CASES, told, headers=headers)
    assert again["Idempotency-Replayed"] == "true"
    assert (again["ETag"], again["Location"]) == (first["ETag"], first["Location"])
