"""Somebody's own phone: given, proved by the code that was sent to it, and taken away."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from fake_provider import FakeProvider

from foundation.accounts.models import User
from foundation.audit.models import Entry
from foundation.notifications import codes
from foundation.notifications.models import OutboxMessage, Phone
from foundation.notifications.operations import give_phone, prove_phone, remove_phone, send_due

pytestmark = pytest.mark.django_db

NUMBER = "+13035550142"


def sent_code(fake: FakeProvider) -> str:
    found = re.match(r"(\d{6}) is your code for http://testserver\.", fake.requests[-1].fields["Body"])
    assert found is not None
    return found[1]


def test_a_phone_is_proved_by_the_code_that_was_sent_to_it(agent: User, fake: FakeProvider, now: datetime) -> None:
    give_phone("(303) 555-0142", by=agent, now=now)
    send_due(now=now)

    assert fake.requests[0].fields["To"] == NUMBER
    phone = prove_phone(sent_code(fake), by=agent, now=now + timedelta(minutes=9))

    assert (phone.number, phone.verified_at) == (NUMBER, now + timedelta(minutes=9))
    assert {entry.event for entry in Entry.objects.filter(event__startswith="phone.")} == {
        "phone.changed", "phone.verified",
    }  # fmt: skip


def test_the_code_and_the_number_are_in_no_trail_and_no_outbox(agent: User, fake: FakeProvider, now: datetime) -> None:
    give_phone(NUMBER, by=agent, now=now)
    send_due(now=now)

    code = sent_code(fake)
    assert not [entry for entry in Entry.objects.all() if code in str(entry.data) or NUMBER in str(entry.data)]
    assert not [one for one in OutboxMessage.objects.all() if code in str(one.__dict__)]


@pytest.mark.parametrize(
    "written",
    [
        "",
        "call me",
        "123",
        "+1303555014",
        "+999123456789",
        "+1 303 555 0142 ext 5",
        "+1 900 555 0142",
        "9" * 60,
        "+",
        "\x00",
    ],
)
def test_what_is_no_number_of_a_person_is_refused_with_a_sentence(agent: User, now: datetime, written: str) -> None:
    with pytest.raises(ValidationError) as refused:
        give_phone(written, by=agent, now=now)
    assert refused.value.messages[0].endswith(".")
    assert not Phone.objects.exists()


def test_a_wrong_code_proves_nothing_and_five_use_the_code_up(agent: User, fake: FakeProvider, now: datetime) -> None:
    phone = give_phone(NUMBER, by=agent, now=now)
    right = codes.code_of(phone)
    wrong = f"{(int(right) + 1) % 10**6:06d}"

    for _time in range(codes.MOST_WRONG):
        assert prove_phone(wrong, by=agent, now=now).verified_at is None
    with pytest.raises(ValidationError, match="does not hold"):
        prove_phone(right, by=agent, now=now)

    assert Phone.objects.get().verified_at is None


def test_a_code_holds_ten_minutes(agent: User, now: datetime) -> None:
    code = codes.code_of(give_phone(NUMBER, by=agent, now=now))

    with pytest.raises(ValidationError, match="does not hold"):
        prove_phone(code, by=agent, now=now + timedelta(minutes=10, seconds=1))


def test_a_new_code_ends_the_one_before_also_where_that_has_not_left_yet(
    agent: User, fake: FakeProvider, now: datetime
) -> None:
    first = codes.code_of(give_phone(NUMBER, by=agent, now=now))
    give_phone(NUMBER, by=agent, now=now)
    send_due(now=now)

    assert len(fake.requests) == 1
    assert sent_code(fake) == codes.code_of(Phone.objects.get())
    assert prove_phone(first, by=agent, now=now).verified_at is None or sent_code(fake) == first


def test_another_number_has_to_be_proved_anew(agent: User, phone: Callable[..., Phone], now: datetime) -> None:
    phone(agent)

    assert give_phone("+13035550177", by=agent, now=now).verified_at is None


def test_no_more_than_five_codes_an_hour(agent: User, now: datetime) -> None:
    for number in range(5):
        give_phone(f"+1303555014{number}", by=agent, now=now + timedelta(minutes=number))
    with pytest.raises(ValidationError, match="Five codes"):
        give_phone(NUMBER, by=agent, now=now + timedelta(minutes=6))
    give_phone(NUMBER, by=agent, now=now + timedelta(minutes=61))


def test_a_code_that_cannot_be_sent_goes_nowhere_else(
    agent: User, fake: FakeProvider, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    fake.script += ["400 21211"]
    give_phone(NUMBER, by=agent, now=now)

    send_due(now=now)
    send_due(now=now)

    assert mailoutbox == []
    assert OutboxMessage.objects.filter(recipient=agent).count() == 1


def test_a_phone_is_taken_away(agent: User, phone: Callable[..., Phone], now: datetime) -> None:
    phone(agent)

    assert remove_phone(by=agent, now=now)
    assert not remove_phone(by=agent, now=now)
    assert not Phone.objects.exists()


def test_her_page_takes_a_number_and_a_code(client: Client, agent: User, settings: Any, fake: FakeProvider) -> None:
    client.force_login(agent)
    refused = client.post(reverse("notifications:phone"), {"number": "no number"})
    assert refused.status_code == 422
    assert "cannot be read as a phone number" in refused.content.decode()

    client.post(reverse("notifications:phone"), {"number": NUMBER})
    code = codes.code_of(Phone.objects.get())
    wrong = client.post(reverse("notifications:phone_prove"), {"code": "12"})
    assert wrong.status_code == 422
    assert "not the code" in wrong.content.decode()
    assert Phone.objects.get().wrong_codes == 1
    client.post(reverse("notifications:phone_prove"), {"code": f"{code[:3]} {code[3:]}"})

    assert Phone.objects.get().verified_at is not None
    assert "+1 303-555-0142" in client.get(reverse("notifications:preferences")).content.decode()


def test_nobody_proves_anothers_phone(agent: User, colleague: User, now: datetime) -> None:
    code = codes.code_of(give_phone(NUMBER, by=agent, now=now))

    with pytest.raises(ValidationError, match="no number"):
        prove_phone(code, by=colleague, now=now)
