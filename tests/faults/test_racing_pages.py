"""Races between pages: who comes second is shown what the first has done, and one report stays one case."""

from concurrent.futures import Future, ThreadPoolExecutor
from time import sleep
from uuid import uuid4

import pytest
from django.db import connections, transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from waiting import somebody_waits

from cases.models import Case
from cases.operations.moves import take_case
from foundation.accounts.models import User

pytestmark = pytest.mark.django_db(transaction=True)

CALL = {
    "on_the_phone": "on", "channel": "phone", "title": "Cat ran off", "category": "lost-pet", "market": "us", "language": "en",
    "reporter_name": "Kim Alvarez", "reporter_role": "owner", "respondent_role": "sitter", "pet_name": "Miso",
    "pet_species": "cat",
}  # fmt: skip


def send(user: User, path: str, data: dict[str, str]) -> HttpResponse:
    """Send a form from a browser and a connection of its own."""
    browser = Client()
    browser.force_login(user)
    try:
        return browser.post(path, data)
    finally:
        connections.close_all()


def wait_for_one_who_waits() -> None:
    for _attempt in range(200):
        if somebody_waits():
            return
        sleep(0.05)
    raise AssertionError("nobody waited")


def test_who_is_refused_sees_the_case_as_the_winner_left_it(case: Case, agent: User, colleague: User) -> None:
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            take_case(case, by=agent, now=timezone.now())
            second = pool.submit(send, colleague, f"/cases/{case.reference}/move/", {"move": "take"})
            wait_for_one_who_waits()
        answer = second.result(timeout=20)
    assert answer.status_code == 409
    assert answer.context["case"].assignee == agent


def test_two_tabs_that_send_the_same_report_at_once_make_one_case(agent: User) -> None:
    def both() -> list[HttpResponse]:
        with ThreadPoolExecutor(2) as pool:
            sent: list[Future[HttpResponse]] = [
                pool.submit(send, agent, "/cases/new/", CALL | {"submission": str(uuid4())}) for _tab in range(2)
            ]
            return [answer.result(timeout=20) for answer in sent]

    answers = both()
    assert Case.objects.count() == 1
    assert {answer["Location"] for answer in answers} == {Case.objects.get().get_absolute_url()}
