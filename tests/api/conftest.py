"""A marketplace with its key, and a report as it sends one."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from foundation.accounts.models import ApiKey, Integration, User
from foundation.accounts.operations import create_api_key
from foundation.audit.actors import SYSTEM

CASES = "/api/v1/cases/"


@pytest.fixture
def make_client(db: None, now: datetime) -> Callable[..., APIClient]:
    """Somebody who calls the API with a key of an integration, all scopes unless some are named."""

    def make(name: str = "marketplace", *scopes: str) -> APIClient:
        _key, secret = create_api_key(integration_name=name, scopes=scopes or None, by=SYSTEM, now=now)
        client = APIClient()
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return client

    return make


@pytest.fixture
def api(make_client: Callable[..., APIClient]) -> APIClient:
    return make_client()


@pytest.fixture
def key(api: APIClient) -> ApiKey:
    """The key that ``api`` calls with."""
    return ApiKey.objects.select_related("integration").get()


@pytest.fixture
def integration(key: ApiKey) -> Integration:
    return key.integration


@pytest.fixture
def signed_in() -> Callable[[User], APIClient]:
    """A member of staff who calls the API in her session."""

    def make(user: User) -> APIClient:
        client = APIClient()
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return make


@pytest.fixture
def told() -> dict[str, Any]:
    """A report with every part that the contract names."""
    return {
        "kind": "incident",
        "title": "Bitten by the neighbour's collie",
        "description": "The collie ran out of the gate and bit the walker's hand.",
        "category": "bite",
        "channel": "api",
        "market": "US",
        "language": "en-US",
        "external_id": "R-1001",
        "reporter": {"name": "Hannah Whitcombe", "email": "hannah@example.com", "role": "owner", "external_id": "U-1"},
        "respondent": {"name": "Curtis Hale", "phone": "303 555 0142", "role": "walker"},
        "pet": {"name": "Biscuit", "species": "dog", "breed": "collie"},
        "booking": {"external_id": "B-77", "starts_at": "2026-11-17T09:00:00Z", "ends_at": "2026-11-17T10:00:00Z"},
    }


@pytest.fixture
def reported(api: APIClient, told: dict[str, Any], team: Any) -> dict[str, Any]:
    """The answer to that report."""
    answer = api.post(CASES, told)
    assert answer.status_code == 201, answer.data
    data: dict[str, Any] = answer.json()
    return data
