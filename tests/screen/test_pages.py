"""The pages that must work when little else does, and what a reader chooses for her screen."""

import pytest
from django.template.loader import render_to_string
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
