"""The pages that must work when little else does, and what a reader chooses for her screen."""

import re

import pytest
from django.conf import settings
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "409", "429", "500"])
def test_a_page_for_trouble_needs_neither_a_reader_nor_a_database(code):
    html = render_to_string(f"{code}.html")
    assert f">{code[:3]}<" in html
    assert "<h1>" in html


def test_sign_in_is_drawn_in_our_frame(client, db):
    html = client.get(reverse("account_login")).content.decode()
    assert 'class="card"' in html
    assert "css/entrance" in html


def test_a_wrong_password_is_said_plainly_and_the_address_is_kept(client, agent):
    html = client.post(reverse("account_login"), {"login": agent.email, "password": "wrong"}).content.decode()
    assert "data-errors" in html
    assert f'value="{agent.email}"' in html


def test_no_page_carries_a_style_or_a_script_of_its_own(client, db):
    html = client.get(reverse("account_login")).content.decode()
    assert " style=" not in html
    assert " onclick=" not in html
    assert "<script>" not in html


@pytest.mark.parametrize(
    ("sent", "field", "kept"),
    [
        ({"theme": "dark"}, "theme", "dark"),
        ({"shortcuts": "off"}, "shortcuts", False),
        ({"language": "es"}, "language", "es"),
    ],
)
def test_a_choice_of_a_reader_goes_to_her_account(client, agent, sent, field, kept):
    client.force_login(agent)
    assert client.post(reverse("screen_preferences"), sent).status_code == 302
    agent.refresh_from_db()
    assert getattr(agent, field) == kept


def test_the_density_of_rows_belongs_to_the_browser(client, agent):
    client.force_login(agent)
    response = client.post(reverse("screen_preferences"), {"density": "roomy"})
    assert response.cookies["density"].value == "roomy"


def test_somebody_not_signed_in_chooses_for_this_browser(client, db):
    client.post(reverse("screen_preferences"), {"theme": "dark", "language": "pt"})
    html = client.get(reverse("account_login")).content.decode()
    assert '<html lang="pt" data-theme="dark"' in html


def test_what_is_no_choice_is_left_out(client, agent):
    client.force_login(agent)
    client.post(reverse("screen_preferences"), {"theme": "pink", "language": "xx", "shortcuts": "maybe"})
    agent.refresh_from_db()
    assert (agent.theme, agent.language, agent.shortcuts) == ("", "en", True)


def test_a_choice_leads_back_and_never_elsewhere(client, agent):
    client.force_login(agent)
    back = client.post(reverse("screen_preferences"), {"theme": "dark", "next": "/cases/TS-1/"})
    away = client.post(reverse("screen_preferences"), {"theme": "dark", "next": "https://elsewhere.example/"})
    assert back.url == "/cases/TS-1/"
    assert away.url == "/"


def test_choosing_is_a_post(client, db):
    assert client.get(reverse("screen_preferences")).status_code == 405


@pytest.fixture
def strict():
    """A browser whose forms carry no proof, as after its cookies were cleared."""
    return Client(enforce_csrf_checks=True)


def test_a_form_sent_after_the_session_ended_leads_to_sign_in_and_back(strict, case):
    answer = strict.post(
        f"{case.get_absolute_url()}notes/",
        {"note": "x"},
        headers={"Referer": f"http://testserver{case.get_absolute_url()}?tab=note"},
    )
    html = answer.content.decode()
    assert answer.status_code == 403
    assert "You are signed out" in html
    assert "What you typed is kept" in html
    assert f"/accounts/login/?next=%2Fcases%2F{case.reference}%2F%3Ftab%3Dnote" in html


def test_a_form_that_grew_too_old_leads_back_to_its_page(strict, agent):
    strict.force_login(agent)
    html = strict.post("/screen/", {"theme": "dark"}, headers={"Referer": "http://testserver/people/"}).content.decode()
    assert "This form had grown too old" in html
    assert 'href="/people/"' in html


def test_a_form_from_elsewhere_leads_home(strict, agent):
    strict.force_login(agent)
    html = strict.post(
        "/screen/", {"theme": "dark"}, headers={"Referer": "https://elsewhere.example/"}
    ).content.decode()
    assert "elsewhere" not in html


def test_no_path_leads_back_to_another_host(strict, agent):
    strict.force_login(agent)
    came_from = {"Referer": "http://testserver//elsewhere.example/sign-in/"}
    html = strict.post("/screen/", {"theme": "dark"}, headers=came_from).content.decode()
    assert 'href="//elsewhere.example' not in html
    assert 'href="/%2Felsewhere.example/sign-in/"' in html


def test_a_part_of_a_page_refused_for_want_of_a_session_takes_the_whole_page_to_sign_in(strict, case):
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{case.get_absolute_url()}"}
    answer = strict.post(f"{case.get_absolute_url()}notes/", {"note": "x"}, headers=headers)
    assert answer.headers["HX-Redirect"] == f"/accounts/login/?next={case.get_absolute_url()}"


def test_nobody_is_sent_back_to_a_deed_or_to_a_part_of_a_page(client, case):
    page = case.get_absolute_url()
    deed = client.post(f"{page}notes/", {"note": "x"}, headers={"Referer": f"http://testserver{page}"})
    part = client.get(
        "/notifications/unread/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/people/"}
    )
    assert deed.url == f"/accounts/login/?next={page}"
    assert part.headers["HX-Redirect"] == "/accounts/login/?next=/people/"


def test_every_part_is_part_of_some_page():
    folder = settings.ROOT / "templates"
    named = {name for path in folder.rglob("*.html") for name in re.findall(r"parts/\w+\.html", path.read_text())}
    named |= {
        name
        for path in (settings.ROOT / "tsdesk").rglob("*.py")
        for name in re.findall(r"parts/\w+\.html", path.read_text())
    }
    assert {f"parts/{path.name}" for path in (folder / "parts").iterdir()} - named == set()


@pytest.mark.parametrize(
    ("deed", "back"), [("notes/", "../"), ("parties/1/remove/", "../../"), ("access/1/end/", "../../")]
)
def test_the_address_of_a_deed_says_where_to_go_on(client, agent, case, deed, back):
    client.force_login(agent)
    page = case.get_absolute_url()
    answer = client.get(page + deed)
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert f'href="{back}"' in answer.content.decode()
    assert client.get(page + deed, headers={"HX-Request": "true"}).content == b""


def test_no_link_leans_on_the_address_of_the_page_it_is_on():
    """A form that comes back with its errors has the address of its deed, where nothing is to be read."""
    leaning = re.compile(
        r'(?:href|src|action|hx-get|hx-post)="(?:\?|")|<form(?![^>]*(?:action=|method="(?:post|dialog)"))'
    )
    found = [
        f"{path.name}: {line.strip()[:80]}"
        for path in (settings.ROOT / "templates").rglob("*.html")
        for line in path.read_text().splitlines()
        if leaning.search(line)
    ]
    assert found == []


def test_the_page_that_asks_for_the_password_again_speaks_as_sign_in_does(client, agent):
    client.force_login(agent)
    for page in (reverse("account_reauthenticate"), reverse("account_login")):
        html = client.get(page, follow=True).content.decode()
        assert "Forgot" not in html
    assert "I cannot get in" in client.get(reverse("account_reauthenticate")).content.decode()
