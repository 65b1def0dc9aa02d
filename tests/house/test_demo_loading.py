"""Loading the demo: the same every time, and only where nobody else can sign in."""

from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cases.models import Case, Clock
from foundation.accounts.models import User
from tests.house.demo_desk import NOW, whole_stories
from tsdesk.demo import cast, stories
from tsdesk.demo.loading import load
from tsdesk.demo.pictures import picture
from tsdesk.demo.tales import tales

pytestmark = pytest.mark.django_db


def test_the_same_seed_tells_the_same_stories_and_another_seed_others() -> None:
    severities = {tale.key: 3 for tale in tales()}
    assert stories.make_up(1, NOW, severities) == stories.make_up(1, NOW, severities)
    assert stories.make_up(1, NOW, severities) != stories.make_up(2, NOW, severities)


@pytest.mark.parametrize(("scene", "seed"), [("paw", 1), ("invoice", 3), ("chat", 4)])
def test_the_same_seed_draws_the_same_bytes(scene: str, seed: int) -> None:
    assert picture(scene, seed=seed, amount="120.00 USD") == picture(scene, seed=seed, amount="120.00 USD")
    assert picture(scene, seed=seed).content != picture(scene, seed=seed + 12).content


def test_two_loads_leave_the_same_cases() -> None:
    assert _loaded_and_taken_back() == _loaded_and_taken_back()


def _loaded_and_taken_back() -> list[Any]:
    with transaction.atomic():
        load(now=NOW, cases=20)
        fields = ("title", "description", "state", "severity", "assignee__name", "received_at", "urgent_at", "outcome")
        cases = list(Case.objects.order_by("received_at", "title").values_list(*fields))
        clocks = list(
            Clock.objects.order_by("started_at", "metric", "cycle", "due_at").values_list(
                "state", "due_at", "breached_at"
            )
        )
        transaction.set_rollback(True)
    return [*cases, *clocks]


def test_a_case_written_whole_is_as_if_it_had_been_played() -> None:
    archived, played = whole_stories(at_once=True), whole_stories(at_once=False)
    assert len(archived) >= 8
    for number, rows in archived.items():
        assert {name: left for name, left in rows.items() if left != played[number][name]} == {}


def test_the_demo_is_loaded_only_where_nobody_else_can_sign_in(settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("load_demo")
    settings.DEMO, settings.ON_LOOPBACK = True, False
    with pytest.raises(CommandError):
        call_command("load_demo")
    assert not User.objects.exists()


def test_the_command_says_how_far_it_is(settings: Any) -> None:
    settings.DEMO, settings.ON_LOOPBACK = True, True
    words = StringIO()
    call_command("load_demo", "--cases", "19", stderr=words)
    assert "100 %" in words.getvalue()
    call_command("load_demo", stderr=words)
    assert "there are cases already" in words.getvalue()


def test_the_sign_in_page_offers_the_cast_where_the_demo_was_loaded(client: Client, settings: Any) -> None:
    settings.DEMO, settings.ON_LOOPBACK = True, True
    assert b"agent@example.com" not in client.get(reverse("account_login")).content
    load(now=NOW, cases=19)
    page = client.get(reverse("account_login")).content.decode()
    assert [key for key in cast.SIGN_INS if f'value="{key}@example.com"' not in page] == []
    settings.ON_LOOPBACK = False
    assert b"Maya Osei" not in client.get(reverse("account_login")).content


def test_everybody_of_the_cast_signs_in_with_the_password_of_the_demo(settings: Any) -> None:
    settings.DEMO, settings.ON_LOOPBACK = True, True
    load(now=NOW, cases=19)
    for key in cast.SIGN_INS:
        client = Client()
        client.post(reverse("account_login"), {"login": f"{key}@example.com", "password": cast.PASSWORD})
        assert client.session.get("_auth_user_id") == str(User.objects.get(email=f"{key}@example.com").pk)
