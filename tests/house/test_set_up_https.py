"""Cookies and headers as a deployment behind a proxy gives them, with the settings that such a deployment has."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

ROOT = Path(__file__).resolve().parents[2]
HOST = "desk.example.com"
GUARDING = ("SECURE_", "SESSION_COOKIE_", "CSRF_", "LANGUAGE_COOKIE_", "X_FRAME", "ALLOWED_HOSTS", "DEMO", "HTTPS")
READ = """
import json, tsdesk.settings as read
found = {name: value for name, value in vars(read).items() if name.startswith(%r)}
print(json.dumps(found))
"""
THROUGH_THE_PROXY = {"host": HOST, "X-Forwarded-Proto": "https"}


@pytest.fixture(scope="module")
def deployed() -> dict[str, Any]:
    """The settings that guard the web, as they are read from the environment of docker-compose.yml."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TSDESK_")}
    environment |= {
        "TSDESK_SECRET_KEY": "x" * 60,
        "TSDESK_BASE_URL": f"https://{HOST}",
        "TSDESK_TRUST_PROXY": "1",
        "DATABASE_URL": "postgres://nobody@localhost/none",
    }
    said = subprocess.run(
        [sys.executable, "-c", READ % (GUARDING,)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(said.stdout)
    return found


@pytest.fixture
def proxied(db: None, deployed: dict[str, Any], settings: Any) -> Client:
    for name, value in deployed.items():
        setattr(settings, name, tuple(value) if name == "SECURE_PROXY_SSL_HEADER" else value)
    return Client(headers=THROUGH_THE_PROXY, enforce_csrf_checks=True)


def test_each_answer_carries_the_headers_that_guard_it(proxied: Client) -> None:
    for path in ("/accounts/login/", "/", "/nowhere/", "/api/v1/cases/", "/api/v1/docs/"):
        answer = proxied.get(path)
        assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload", path
        assert answer["X-Content-Type-Options"] == "nosniff", path
        assert answer["X-Frame-Options"] == "DENY", path
        assert answer["Referrer-Policy"] == "same-origin", path
        assert answer["Cross-Origin-Opener-Policy"] == "same-origin", path
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy, path
        assert "frame-ancestors 'none'" in policy, path
        assert "unsafe" not in policy, path
        assert "no-store" in answer["Cache-Control"], path


def test_the_cookies_of_somebody_who_signs_in_stay_with_the_browser_and_on_https(proxied: Client, agent: Any) -> None:
    agent.set_password("a long enough sentence")
    agent.save()
    page = proxied.get("/accounts/login/")
    token = page.context["csrf_token"]
    answer = proxied.post(
        "/accounts/login/",
        {"login": agent.email, "password": "a long enough sentence", "csrfmiddlewaretoken": str(token)},
        headers={"Referer": f"https://{HOST}/accounts/login/"},
    )
    assert answer.status_code == 302, answer.content[:500]
    cookies = {**page.cookies, **answer.cookies}
    assert {"tsdesk_session", "tsdesk_csrf"} <= set(cookies)
    for name, cookie in cookies.items():
        assert cookie["secure"], name
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert cookie["domain"] == "", name


def test_a_call_without_https_is_sent_to_it_and_gets_no_cookie(proxied: Client) -> None:
    answer = proxied.get("/accounts/login/", headers={"host": HOST, "X-Forwarded-Proto": "http"})
    assert (answer.status_code, answer["Location"]) == (301, f"https://{HOST}/accounts/login/")
    assert not answer.cookies


def test_a_form_from_another_site_is_refused(proxied: Client) -> None:
    token = str(proxied.get("/accounts/login/").context["csrf_token"])
    answer = proxied.post(
        "/accounts/login/", {"csrfmiddlewaretoken": token}, headers={"Referer": "https://evil.example/"}
    )
    assert answer.status_code == 403


def test_another_name_of_the_host_is_not_served(proxied: Client) -> None:
    assert proxied.get("/accounts/login/", headers={"host": "evil.example"}).status_code == 400


def test_a_header_of_the_proxy_counts_for_nothing_without_one() -> None:
    from tsdesk import settings as read

    assert read.SECURE_PROXY_SSL_HEADER is None or read.TRUST_PROXY
