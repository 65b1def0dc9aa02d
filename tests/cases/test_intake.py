"""The intake form: what it keeps, what it suggests, and that one report stays one case."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from cases.models import Case
from foundation.accounts.models import User

pytestmark = pytest.mark.usefixtures("at_the_instant")

CALL = {
    "on_the_phone": "on", "channel": "phone", "title": "Cat ran off", "category": "lost-pet", "market": "us", "language": "en",
    "reporter_name": "Kim Alvarez", "reporter_role": "owner", "reporter_phone": "303 555 0142", "respondent_role": "sitter",
    "pet_name": "Miso", "pet_species": "cat",
}  # fmt: skip


@pytest.fixture
def client(agents_client: Client) -> Client:
    return agents_client


@pytest.fixture
def send(client: Client, team: object) -> Callable[..., object]:
    """Send the form of a call from a page opened anew, which gives it a number of its own."""

    def send(**other: object) -> object:
        return client.post("/cases/new/", CALL | {"submission": str(uuid4())} | other)

    return send


def test_intake_opens_a_case_from_the_phone(client: Client, agent: User) -> None:
    form = client.get("/cases/new/").context["form"]
    response = client.post(
        "/cases/new/",
        {
            "submission": form.initial["submission"], "on_the_phone": "on", "channel": "phone", "title": "Cat ran off",
            "category": "lost-pet", "market": "us", "language": "en", "reporter_name": "Kim Alvarez", "reporter_role": "owner",
            "reporter_phone": "303 555 0142", "respondent_role": "sitter", "pet_name": "Miso", "pet_species": "cat",
        },
    )  # fmt: skip
    case = Case.objects.get()
    assert response["Location"] == case.get_absolute_url()
    assert case.clocks.get(metric="first_response").state == "met"
    assert case.parties.get().person.contact_points.get().normal == "+13035550142"
    assert case.incident.pets.get().name == "Miso"


def test_intake_keeps_what_was_typed_when_something_is_missing(client: Client, team: object) -> None:
    form = client.get("/cases/new/").context["form"]
    response = client.post("/cases/new/", {"submission": form.initial["submission"], "description": "She is crying"})
    assert response.status_code == 422
    assert "She is crying" in response.content.decode()
    assert not Case.objects.exists()


def test_intake_comes_back_after_a_reload(client: Client, team: object) -> None:
    client.post("/drafts/", {"key": "intake", "title": "Cat ran off", "immediate_danger=on": "true"})
    form = client.get("/cases/new/").context["form"]
    assert form.initial["title"] == "Cat ran off"
    assert form.initial["immediate_danger"] is True


def test_the_suggested_severity_follows_the_facts(client: Client) -> None:
    calm = client.get("/cases/new/suggestion/?category=threat").content.decode()
    danger = client.get("/cases/new/suggestion/?category=threat&immediate_danger=on").content.decode()
    assert "SEV-2" in calm
    assert "SEV-1" in danger


def test_no_severity_is_suggested_for_what_is_no_category(client: Client) -> None:
    assert client.get("/cases/new/suggestion/?category=bite%00%00x").status_code == 200
    assert client.post("/cases/new/", {"category": "\x00"}).status_code == 422


def test_a_text_too_long_is_not_cut_and_comes_back_whole(send) -> None:
    words = "She told it all. " * 1_200
    response = send(description=words, title="t" * 201)
    shown = response.content.decode()
    assert response.status_code == 422
    assert words.strip() in shown
    assert "t" * 201 in shown
    assert "20399 characters, and 20000 fit" in shown
    assert "maxlength" not in shown[shown.index("id_title") - 300 : shown.index("id_title") + 300]
    assert not Case.objects.exists()


def test_a_line_break_counts_once_as_in_the_browser(send) -> None:
    assert send(description="a\r\n" * 9_999).status_code == 302
    assert len(Case.objects.get().description) <= 20_000


def test_the_same_form_sent_from_a_page_of_before_leads_to_the_case_that_is_there(send) -> None:
    first, again = send(), send()
    assert again["Location"] == first["Location"]
    assert Case.objects.count() == 1


def test_a_form_that_is_a_case_already_leaves_no_draft_to_be_sent_once_more(client: Client, send) -> None:
    number = str(uuid4())
    send(submission=number)
    for again in ({}, {"submission": number}):
        client.post("/drafts/", {"key": "intake", "title": "Cat ran off"})
        assert send(**again).status_code == 302
        assert not client.get("/cases/new/").context["kept"]


def test_the_same_line_with_other_words_asks_before_it_opens_another(send) -> None:
    send()
    case = Case.objects.get()
    asked = send(description="It came back with a limp.", authorities=["police", "animal_control"])
    shown = asked.content.decode()
    assert asked.status_code == 422
    assert f"You have just opened {case.reference}" in shown
    assert case.get_absolute_url() in shown
    assert "It came back with a limp." in shown
    assert Case.objects.count() == 1
    form = asked.context["form"]
    assert form["authorities"].value() == ["police", "animal_control"]
    assert send(description="It came back with a limp.", another=form["another"].value()).status_code == 302
    assert Case.objects.count() == 2


def test_words_added_to_a_form_that_was_sent_are_not_lost(client: Client, team: object) -> None:
    sent = CALL | {"submission": str(uuid4()), "title": "Cat ran off"}
    client.post("/cases/new/", sent)
    again = client.post("/cases/new/", sent | {"title": "Cat ran off for good"})
    assert again.status_code == 422
    assert "Cat ran off for good" in again.content.decode()


def test_another_agents_case_of_the_same_line_is_not_in_the_way(send, colleague: User) -> None:
    send()
    other = Client()
    other.force_login(colleague)
    other.post("/cases/new/", CALL | {"submission": str(uuid4())})
    assert Case.objects.count() == 2


def test_the_form_is_started_afresh_by_a_button_and_that_is_undone(client: Client, team: object) -> None:
    client.post("/drafts/", {"key": "intake", "title": "Cat ran off"})
    assert client.get("/cases/new/?fresh=1").context["form"].initial["title"] == "Cat ran off"
    assert client.get("/cases/new/fresh/").status_code == 405
    emptied = client.post("/cases/new/fresh/", follow=True)
    assert "title" not in emptied.context["form"].initial
    assert "/cases/new/fresh/undo/" in emptied.content.decode()
    restored = client.post("/cases/new/fresh/undo/", follow=True)
    assert restored.context["form"].initial["title"] == "Cat ran off"


def test_what_a_category_is_for_stands_under_it_and_beside_the_form(client: Client, team: object) -> None:
    asked = client.get("/cases/new/suggestion/?category=bite").content.decode()
    assert "An animal bit a person or another animal." in asked
    empty = client.get("/cases/new/").content.decode()
    assert empty.count("An animal bit a person or another animal.") == 1
    chosen = client.post("/cases/new/", {"category": "bite"}).content.decode()
    assert chosen.count("An animal bit a person or another animal.") == 2
