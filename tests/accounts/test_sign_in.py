"""Signing in, being kept out, and proving again who one is."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value, yield_hotp_counters_from_time
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import include, path

from foundation.accounts.guards import StaffRequest, public, requires, signed_in
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from foundation.accounts.sign_in import CODES_TRIED, step_up
from foundation.audit.models import Entry
from tests.conftest import PASSWORD

done: list[str] = []


@signed_in
def home(request: StaffRequest) -> HttpResponse:
    return HttpResponse(f"{request.user.name} in {request.LANGUAGE_CODE}")


@requires(Permission.CASE_VIEW)
@step_up
def pay(request: StaffRequest) -> HttpResponse:
    done.append(request.POST.get("amount", ""))
    return HttpResponse("paid")


@public
def front(request: HttpRequest) -> HttpResponse:
    return HttpResponse("front")


urlpatterns = [
    path("", home),
    path("pay/", pay),
    path("front/", front),
    path("accounts/", include("foundation.accounts.sign_in_urls")),
]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_urls")]


@pytest.fixture
def _urls() -> Iterator[None]:
    done.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield


@pytest.fixture
def sign_in(client: Client) -> Callable[..., Any]:
    def sign_in(email: str, password: str = PASSWORD) -> Any:
        return client.post("/accounts/login/", {"login": email, "password": password})

    return sign_in


@pytest.fixture
def secret(lead: User) -> str:
    secret = generate_totp_secret()
    TOTP.activate(lead, secret)
    return secret


def code(secret: str) -> str:
    return f"{hotp_value(secret, next(yield_hotp_counters_from_time())):06}"


def events() -> list[str]:
    return list(Entry.objects.order_by("pk").values_list("event", flat=True))


def test_signing_in_and_out_is_in_the_trail(client: Client, sign_in: Callable[..., Any], agent: User) -> None:
    assert sign_in("Maya.Osei@Example.com")["Location"] == "/"
    client.post("/accounts/logout/")
    assert events() == ["sign_in.succeeded", "sign_in.ended"]
    entry = Entry.objects.get(event="sign_in.succeeded")
    assert entry.actor_id == str(agent.pk)
    assert entry.data["methods"] == ["password"]
    assert "127.0.0.1" not in str(entry.data)


@pytest.mark.parametrize("email", ["maya.osei@example.com", "nobody@example.com"])
def test_a_failure_is_in_the_trail_and_tells_nobody_whether_the_account_exists(
    sign_in: Callable[..., Any], agent: User, email: str
) -> None:
    response = sign_in(email, "wrong")
    assert response.status_code == 200
    assert "_auth_user_id" not in response.client.session
    entry = Entry.objects.get()
    assert (entry.event, entry.actor_kind, entry.data) == ("sign_in.failed", "nobody", {"step": "password"})


def test_guessing_is_stopped_after_eight_with_valkey_gone_and_for_the_right_password_too(
    sign_in: Callable[..., Any], agent: User, colleague: User, settings: Any
) -> None:
    nowhere = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = settings.CACHES | {"default": nowhere}
    statuses = [sign_in(agent.email, f"guess {number}").status_code for number in range(8)]
    assert statuses == [200] * 7 + [429]
    assert sign_in(agent.email).status_code == 429
    assert sign_in(colleague.email).status_code == 302


def test_somebody_deactivated_does_not_get_in(sign_in: Callable[..., Any], agent: User) -> None:
    User.objects.filter(pk=agent.pk).update(is_active=False, deactivated_at=agent.created_at)
    assert "_auth_user_id" not in sign_in(agent.email).client.session


def test_there_is_no_sign_up_and_no_change_of_email(client: Client) -> None:
    assert client.get("/accounts/signup/").status_code == 404
    assert client.get("/accounts/email/").status_code == 404


def test_a_lead_sets_up_a_second_factor_before_anything_else(
    client: Client, sign_in: Callable[..., Any], lead: User, agent: User
) -> None:
    sign_in(lead.email)
    assert client.get("/")["Location"] == "/accounts/2fa/totp/activate/"
    assert client.get("/front/").status_code == 200
    assert client.get("/", headers={"HX-Request": "true"}).status_code == 403
    with override_settings(DEMO=True):
        assert client.get("/").status_code == 200
    client.force_login(agent)
    assert client.get("/").status_code == 200


def test_with_a_second_factor_the_password_alone_is_not_enough(
    client: Client, sign_in: Callable[..., Any], lead: User, secret: str
) -> None:
    assert sign_in(lead.email)["Location"] == "/accounts/2fa/authenticate/"
    assert "_auth_user_id" not in client.session
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert client.get("/").status_code == 200
    assert Entry.objects.get(event="sign_in.succeeded").data["methods"] == ["password", "mfa"]


def test_codes_cannot_be_guessed(client: Client, sign_in: Callable[..., Any], lead: User, secret: str) -> None:
    sign_in(lead.email)
    for _guess in range(CODES_TRIED):
        client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert "_auth_user_id" not in client.session
    assert events().count("sign_in.failed") == CODES_TRIED


def test_the_secret_of_a_second_factor_is_not_stored_in_the_clear(lead: User, secret: str) -> None:
    from allauth.mfa.models import Authenticator

    assert secret not in str(Authenticator.objects.values())


def test_step_up_asks_for_the_password_and_then_does_what_was_asked(
    client: Client, sign_in: Callable[..., Any], agent: User
) -> None:
    sign_in(agent.email)
    asked = client.post("/pay/", {"amount": "12"})
    assert asked["Location"] == "/accounts/reauthenticate/?next=%2Fpay%2F"
    assert done == []
    proved = client.post(asked["Location"], {"password": PASSWORD})
    assert proved.content == b"paid"
    assert done == ["12"]
    assert client.post("/pay/", {"amount": "13"}).content == b"paid"
    assert "sign_in.stepped_up" in events()


def test_step_up_asks_whoever_has_a_second_factor_for_that(
    client: Client, sign_in: Callable[..., Any], lead: User, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(lead.email)
    client.post("/accounts/2fa/authenticate/", {"code": code(secret)})
    assert client.post("/pay/")["Location"].startswith("/accounts/2fa/reauthenticate/")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert client.post("/pay/")["Location"].startswith("/accounts/2fa/reauthenticate/")


def test_a_fresh_proof_does_not_replace_the_capability(client: Client, finance: User) -> None:
    client.force_login(finance)
    with override_settings(DEMO=True):
        assert client.post("/pay/").status_code == 403


def test_a_lost_password_is_set_anew_by_mail_and_not_more_than_three_mails_an_hour(client: Client, agent: User) -> None:
    for _again in range(5):
        client.post("/accounts/password/reset/", {"email": agent.email})
    assert len([message for message in mail.outbox if message.to == [agent.email]]) == 3


def test_pages_speak_the_readers_language_unless_this_browser_chose_another(client: Client, agent: User) -> None:
    User.objects.filter(pk=agent.pk).update(language="pt")
    client.force_login(agent)
    assert client.get("/").content == b"Maya Osei in pt"
    client.cookies["tsdesk_language"] = "es"
    assert client.get("/").content == b"Maya Osei in es"
