"""Every endpoint says who may call it, and the reviewed table of endpoints.txt says the same."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from foundation.accounts.api import DenyByDefault
from foundation.accounts.permissions import Permission
from tests.house.endpoints import Endpoint, endpoints

REVIEWED = Path(__file__).with_name("endpoints.txt")
FOUND = endpoints()


def lines(endpoint: Endpoint) -> list[str]:
    return [f"{endpoint.name}{f' {method}' if method else ''}: {asked}" for method, asked in endpoint.asks().items()]


def test_the_reviewed_table_is_what_the_code_says() -> None:
    """A new endpoint fails here until somebody has looked at what it asks and written its line into endpoints.txt."""
    reviewed = {line for line in REVIEWED.read_text().splitlines() if line and not line.startswith("#")}
    declared = {line for endpoint in FOUND for line in lines(endpoint)}
    assert sorted(declared - reviewed) == [], "not reviewed"
    assert sorted(reviewed - declared) == [], "reviewed, but the code says otherwise"


def test_every_endpoint_states_what_it_asks() -> None:
    assert [line for endpoint in FOUND for line in lines(endpoint) if "UNDECLARED" in line] == []


def test_every_endpoint_has_a_name_of_its_own() -> None:
    names = [endpoint.name for endpoint in FOUND]
    assert [name for name in names if "(unnamed" in name] == []
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_no_view_of_the_api_brings_its_own_permissions() -> None:
    assert settings.REST_FRAMEWORK["DEFAULT_PERMISSION_CLASSES"] == ["foundation.accounts.api.DenyByDefault"]
    strangers = [e.name for e in FOUND if e.is_api and list(e.view.permission_classes) != [DenyByDefault]]
    assert strangers == []


@pytest.mark.django_db
@pytest.mark.parametrize("endpoint", [e for e in FOUND if "public" not in e.asks().values()], ids=lambda e: e.name)
def test_nobody_gets_anything_without_signing_in(client: Client, endpoint: Endpoint) -> None:
    path = reverse(endpoint.name, kwargs=endpoint.example())
    for answer in (client.get(path), client.post(path)):
        assert is_kept_out(answer), f"{path} answered {answer.status_code}"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "endpoint", [e for e in FOUND if not e.is_api and set(e.asks().values()) & set(Permission)], ids=lambda e: e.name
)
def test_a_page_that_asks_for_a_capability_is_closed_to_whoever_lacks_it(
    client: Client, finance: Any, endpoint: Endpoint, settings: Any
) -> None:
    """Finance holds none of the capabilities of today's pages."""
    settings.DEMO = True
    client.force_login(finance)
    path = reverse(endpoint.name, kwargs=endpoint.example())
    assert {client.get(path).status_code, client.post(path).status_code} <= {403, 405}


def is_kept_out(answer: HttpResponse) -> bool:
    to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/accounts/login/")
    return to_sign_in or answer.status_code in (401, 405)
