"""Keys of integrations: made once, compared by digest, refused alike."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import override_settings
from django.urls import include, path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.views import APIView

from foundation.accounts.guards import PUBLIC, SIGNED_IN
from foundation.accounts.models import ApiKey, User
from foundation.accounts.operations import create_api_key, revoke_api_key
from foundation.accounts.permissions import Permission
from foundation.accounts.throttles import PerKeyThrottle
from foundation.audit.actors import SYSTEM
from foundation.audit.models import Entry


class Declared(APIView):
    permissions = {"GET": Permission.CASE_VIEW, "POST": (Permission.CASE_VIEW, Permission.CASE_OPEN), "PUT": SIGNED_IN}

    def answer(self, request: Request) -> Response:
        return Response({"by": str(request.user)})

    get = post = put = delete = answer


class Undeclared(APIView):
    def get(self, request: Request) -> Response:
        return Response({})


class Open(APIView):
    permissions = {"GET": PUBLIC}

    def get(self, request: Request) -> Response:
        return Response({})


urlpatterns = [
    path("declared/", Declared.as_view()),
    path("undeclared/", Undeclared.as_view()),
    path("open/", Open.as_view()),
    path("accounts/", include("foundation.accounts.sign_in_urls")),
]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("urls")]


@pytest.fixture
def urls() -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def call() -> Callable[..., Any]:
    def call(secret: str | None, path: str = "/declared/", method: str = "get", **extra: Any) -> Any:
        client = APIClient()
        if secret is not None:
            client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
        return getattr(client, method)(path, **extra)

    return call


def new_key(**fields: Any) -> tuple[ApiKey, str]:
    return create_api_key(**({"integration_name": "marketplace", "by": SYSTEM, "now": timezone.now()} | fields))


def test_the_text_of_a_key_is_not_stored() -> None:
    key, secret = new_key()
    assert secret.startswith(key.prefix)
    assert secret not in str(ApiKey.objects.values().get())
    assert secret not in str(list(Entry.objects.values()))


def test_a_key_opens_what_its_scopes_name(call: Callable[..., Any]) -> None:
    _key, everything = new_key()
    _key, reading = new_key(scopes=["cases:read"])
    assert call(everything, method="post").status_code == 200
    assert call(reading).json() == {"by": f"marketplace {reading[:12]}"}
    assert call(reading, method="post").status_code == 403
    assert Entry.objects.filter(event="access.denied", actor_kind="integration").count() == 1


def test_nothing_declared_is_refused_to_everybody(call: Callable[..., Any]) -> None:
    _key, secret = new_key()
    assert call(secret, "/undeclared/").status_code == 403
    assert call(secret, method="delete").status_code == 403
    assert call(None, "/undeclared/").status_code == 401
    assert call(None, "/open/").status_code == 200
    assert call(secret, method="put").status_code == 200
    assert call(None, method="put").status_code == 401


@pytest.mark.parametrize("wrong", ["", "x", "tsd_00000000_" + "a" * 43, "tsd_\x00", "ñ", "a" * 9000])
def test_a_wrong_key_is_no_key(call: Callable[..., Any], wrong: str) -> None:
    response = call(wrong)
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"


def test_a_revoked_an_expired_and_a_foreign_key_get_the_same_answer(call: Callable[..., Any]) -> None:
    now = timezone.now()
    revoked, secret = new_key()
    revoke_api_key(revoked, by=SYSTEM, now=now)
    answers = {
        call(secret).content,
        call(new_key(expires_at=now - timedelta(seconds=1))[1]).content,
        call(new_key(allowed_networks=["192.0.2.0/24"])[1]).content,
        call("tsd_00000000_" + "a" * 43).content,
    }
    assert len(answers) == 1
    assert call(new_key(expires_at=now + timedelta(hours=1))[1]).status_code == 200
    assert call(new_key(allowed_networks=["10.0.0.0/8", "127.0.0.0/8"])[1]).status_code == 200


def test_a_forged_address_does_not_pass_the_networks_of_a_key(call: Callable[..., Any]) -> None:
    _key, secret = new_key(allowed_networks=["192.0.2.0/24"])
    assert call(secret, HTTP_X_FORWARDED_FOR="192.0.2.1").status_code == 401
    with override_settings(TRUST_PROXY=True):
        assert call(secret, HTTP_X_FORWARDED_FOR="192.0.2.1").status_code == 200
        assert call(secret, HTTP_X_FORWARDED_FOR="192.0.2.1, 198.51.100.7").status_code == 401


def test_the_last_use_is_written_at_most_once_a_minute(
    call: Callable[..., Any], django_assert_num_queries: Callable[..., Any]
) -> None:
    key, secret = new_key()
    with django_assert_num_queries(3):  # the key, its use, the count of its calls
        call(secret)
    with django_assert_num_queries(2):
        call(secret)
    key.refresh_from_db()
    assert key.last_used_at is not None


def test_calls_are_bounded_for_each_key_and_each_answer_says_what_is_left(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PerKeyThrottle, "rate", "2/min", raising=False)
    _key, secret = new_key()
    first = call(secret)
    assert (first["RateLimit-Limit"], first["RateLimit-Remaining"]) == ("2", "1")
    assert 0 < int(first["RateLimit-Reset"]) <= 60
    call(secret)
    refused = call(secret)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert call(new_key()[1]).status_code == 200


def test_somebody_signed_in_calls_with_what_her_role_holds(client: Any, agent: User, admin: User) -> None:
    client.force_login(agent)
    assert client.get("/declared/").status_code == 200
    client.force_login(admin)
    with override_settings(DEMO=True):
        assert client.get("/declared/").status_code == 403


def test_the_command_prints_the_key_alone() -> None:
    call_command("create_api_key", "telephony", scope=["contacts:write"], stdout=(out := StringIO()))
    key = ApiKey.objects.get()
    assert key.scopes == ["contacts:write"]
    assert key.integration.name == "telephony"
    assert out.getvalue().strip().startswith(key.prefix)
    assert len(out.getvalue().split()) == 1


def test_an_unknown_scope_is_refused() -> None:
    with pytest.raises(ValidationError):
        new_key(scopes=["staff:write"])
