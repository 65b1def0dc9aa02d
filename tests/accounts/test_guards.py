"""A view says who may call it, or nobody may."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import include, path

from foundation.accounts.guards import access_of, public, requires, signed_in
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission


def answer(request: HttpRequest) -> HttpResponse:
    return HttpResponse("opened")


staff_editing = requires(Permission.STAFF_EDIT)(answer)
urlpatterns = [
    path("accounts/", include("foundation.accounts.sign_in_urls")),
    path("undeclared/", answer),
    path("public/", public(answer)),
    path("signed-in/", signed_in(answer)),
    path("staff-editing/", staff_editing),
]


@pytest.fixture
def visit(client: Client) -> Callable[..., int]:
    """The status that somebody, or nobody, gets for a path."""

    def visit(path: str, user: User | None = None) -> int:
        client.logout()
        if user:
            client.force_login(user)
        return client.get(path).status_code

    return visit


@override_settings(ROOT_URLCONF=__name__, DEMO=True)
@pytest.mark.parametrize(
    ("path", "nobody", "agent_gets", "admin_gets"),
    [
        ("/undeclared/", 403, 403, 403),
        ("/public/", 200, 200, 200),
        ("/signed-in/", 302, 200, 200),
        ("/staff-editing/", 302, 403, 200),
    ],
)
def test_who_is_let_in(
    visit: Callable[..., int], agent: User, admin: User, path: str, nobody: int, agent_gets: int, admin_gets: int
) -> None:
    assert (visit(path), visit(path, agent), visit(path, admin)) == (nobody, agent_gets, admin_gets)


def test_a_guard_holds_without_the_middleware(agent: User) -> None:
    request = RequestFactory().get("/")
    request.user = agent
    with pytest.raises(PermissionDenied, match=r"staff\.edit"):
        staff_editing(request)
    request.user = AnonymousUser()
    assert staff_editing(request).status_code == 302


def test_a_polled_panel_of_somebody_signed_out_leaves_the_page_for_the_sign_in() -> None:
    request = RequestFactory().get("/rows/", headers={"HX-Request": "true"})
    request.user = AnonymousUser()
    response = signed_in(answer)(request)
    assert response.status_code == 401
    assert response["HX-Redirect"].startswith("/accounts/login/")


def test_a_guard_tells_what_it_asks() -> None:
    assert str(access_of(staff_editing)) == "staff.edit"
    assert str(access_of(public(answer))) == "public"
    assert str(access_of(signed_in(answer))) == "signed in"
    assert access_of(answer) is None
    with pytest.raises(TypeError):
        requires()


@override_settings(ROOT_URLCONF=__name__)
def test_a_deactivated_person_is_nobody(visit: Callable[..., int], agent: User, admin: User) -> None:
    User.objects.filter(pk=agent.pk).update(is_active=False, deactivated_at=agent.created_at)
    assert visit("/signed-in/", agent) == 302
