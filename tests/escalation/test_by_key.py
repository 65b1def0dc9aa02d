"""Calls by SMS and phone: no send after an answer, and an answer by key 1 that counts once and only from her own phone."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from fake_provider import FakeProvider, provider
from parcels import Parcel

from foundation.accounts.models import User
from foundation.escalation.models import Escalation, EscalationPolicy, EscalationPolicyVersion
from foundation.escalation.operations import acknowledge_escalation, end_escalations, sweep_escalations
from foundation.notifications.channels import twilio
from foundation.notifications.models import OutboxMessage, Phone
from foundation.notifications.operations import send_due

pytestmark = pytest.mark.django_db

Press = Callable[..., str]


@pytest.fixture
def fake(settings: Any) -> Iterator[FakeProvider]:
    with provider() as server:
        settings.SMS_URL = server.sms_url
        yield server


@pytest.fixture
def by_phone(lead: User, now: datetime, fake: FakeProvider) -> EscalationPolicy:
    """The lead, by SMS and by phone."""
    EscalationPolicy.objects.update(is_active=False)
    policy = EscalationPolicy.objects.create(slug="phone", name="By phone", reason="breach:first_response")
    level = {"targets": [{"kind": "team_lead"}], "channels": ["sms", "voice"], "ack_seconds": 900, "window": None}
    EscalationPolicyVersion.objects.create(policy=policy, number=1, levels=[level], repeat=1, created_at=now)
    Phone.objects.create(user=lead, number="+13035550142", verified_at=now, code_until=now, changed_at=now)
    return policy


@pytest.fixture
def press(client: Client, settings: Any) -> Press:
    """Press a key during the call that a message was; what she hears."""

    def press(message: OutboxMessage, key: str = "1") -> str:
        path = reverse("notifications:provider_key", args=[message.message_id])
        account = twilio.account()
        assert account is not None
        signature = account.signature(f"{settings.BASE_URL}{path}", {"Digits": [key]})
        answer = client.post(path, {"Digits": key}, headers={"X-Twilio-Signature": signature})
        assert answer.status_code == 200
        return answer.content.decode()

    return press


def voice() -> OutboxMessage:
    return OutboxMessage.objects.filter(channel="voice").latest("pk")


def test_a_level_calls_by_sms_and_by_phone(by_phone: Any, call: Any, fake: FakeProvider, now: datetime) -> None:
    call(severity=1)

    send_due(now=now)

    assert sorted(asked.path.rpartition("/")[2] for asked in fake.requests) == ["Calls.json", "Messages.json"]
    (sms,) = [asked.fields["Body"] for asked in fake.requests if "Body" in asked.fields]
    assert sms == "PC-1, SEV-1: you are called. http://testserver/escalations/"


def test_no_sms_and_no_call_begins_after_an_answer(
    by_phone: Any, call: Any, lead: User, fake: FakeProvider, now: datetime
) -> None:
    escalation = call()
    acknowledge_escalation(escalation, by=lead, now=now)

    send_due(now=now)

    assert fake.requests == []
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"cancelled"}


def test_what_is_to_be_tried_again_is_not_after_an_answer(
    by_phone: Any, call: Any, lead: User, fake: FakeProvider, now: datetime
) -> None:
    fake.script += ["500", "500"]
    escalation = call()
    send_due(now=now)
    acknowledge_escalation(escalation, by=lead, now=now)

    send_due(now=now + timedelta(minutes=1))

    assert len(fake.requests) == 2


def test_key_1_acknowledges_once(
    by_phone: Any, call: Any, lead: User, fake: FakeProvider, press: Press, now: datetime
) -> None:
    escalation = call()
    send_due(now=now)

    assert "It is yours" in press(voice())
    assert "It is yours" in press(voice())

    escalation.refresh_from_db()
    assert (escalation.state, escalation.acknowledged_by) == ("acknowledged", lead)


def test_another_key_acknowledges_nothing(
    by_phone: Any, call: Any, fake: FakeProvider, press: Press, now: datetime
) -> None:
    escalation = call()
    send_due(now=now)

    for key in ("2", "", "11", "#"):
        press(voice(), key)

    escalation.refresh_from_db()
    assert escalation.state == "triggered"


def test_a_key_repeated_after_the_acknowledgement_ran_out_is_no_new_one(
    by_phone: Any, call: Any, fake: FakeProvider, press: Press, now: datetime
) -> None:
    escalation = call()
    send_due(now=now)
    message = voice()
    press(message)
    later = Escalation.objects.get(pk=escalation.pk).acknowledged_until
    assert later is not None
    sweep_escalations(now=later + timedelta(seconds=1))

    assert "an old one" in press(message)

    escalation.refresh_from_db()
    assert (escalation.state, escalation.cycle) == ("triggered", 2)


def test_a_phone_that_is_no_longer_hers_answers_for_nobody(
    by_phone: Any, call: Any, lead: User, fake: FakeProvider, press: Press, now: datetime
) -> None:
    escalation = call()
    send_due(now=now)
    Phone.objects.filter(user=lead).update(number="+13035550177")

    assert "may not answer" in press(voice())

    Phone.objects.filter(user=lead).update(number="+13035550142", verified_at=None)
    assert "may not answer" in press(voice())
    escalation.refresh_from_db()
    assert escalation.state == "triggered"


def test_whoever_lost_sight_of_the_record_acknowledges_nothing(
    by_phone: Any, call: Any, parcel: Parcel, lead: User, fake: FakeProvider, press: Press, now: datetime
) -> None:
    escalation = call()
    send_due(now=now)
    parcel.hide_from(lead)

    assert "nothing here for you" in press(voice())

    escalation.refresh_from_db()
    assert escalation.state == "triggered"


def test_whoever_comes_second_hears_who_was_first(
    by_phone: Any, call: Any, agent: User, fake: FakeProvider, press: Press, now: datetime
) -> None:
    escalation = call()
    send_due(now=now)
    acknowledge_escalation(escalation, by=agent, now=now)

    assert agent.name in press(voice())


def test_a_call_that_is_over_takes_no_key(
    by_phone: Any, call: Any, parcel: Parcel, lead: User, fake: FakeProvider, press: Press, now: datetime
) -> None:
    call()
    send_due(now=now)
    end_escalations(parcel.subject, by=lead, now=now)

    assert "It is yours" not in press(voice())


def test_an_sms_is_answered_by_no_key(
    by_phone: Any, call: Any, fake: FakeProvider, press: Press, now: datetime
) -> None:
    escalation = call()
    send_due(now=now)

    press(OutboxMessage.objects.get(channel="sms"))

    escalation.refresh_from_db()
    assert escalation.state == "triggered"
