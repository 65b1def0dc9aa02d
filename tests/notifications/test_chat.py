"""A team's chat: what is posted there, where it may be, and what becomes of it when it is not."""

import json
import socket
from datetime import datetime
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from fake_provider import FakeProvider
from parcels import Parcel, Tell

from foundation.accounts.models import Team, User
from foundation.audit.models import Entry
from foundation.notifications import gates
from foundation.notifications.channels.base import CannotSendError
from foundation.notifications.channels.posting import may_be_reached, post
from foundation.notifications.models import Channel, ChatHook, OutboxMessage
from foundation.notifications.operations import connect_chat, disconnect_chat, send_due
from foundation.notifications.outbox import Gate

pytestmark = pytest.mark.django_db

CHAT = {"channels": [Channel.CHAT]}


@pytest.fixture
def hook(team: Team, lead: User, fake: FakeProvider, now: datetime) -> ChatHook:
    return connect_chat(team, f"{fake.address}/services/T0/B0", by=lead, now=now)


def outcomes(message: OutboxMessage) -> list[tuple[str, str]]:
    return list(message.tries.order_by("pk").values_list("outcome", "code"))


def test_the_chat_hears_who_is_called_and_nothing_of_the_record(
    tell: Tell, agent: User, hook: ChatHook, fake: FakeProvider, now: datetime
) -> None:
    gates.register("bell", lambda gate_id, step: True)
    (message,) = tell(agent, context={"severity": 2, "team": hook.team_id}, gate=Gate("bell", "1"), **CHAT)

    send_due(now=now)

    (asked,) = fake.requests
    assert asked.path == "/services/T0/B0"
    assert asked.fields == {"text": "Maya Osei: PC-1, SEV-2: you are called. http://testserver/parcels/1/"}
    message.refresh_from_db()
    assert message.state == "delivered"


def test_a_name_calls_no_channel_and_draws_no_link(
    tell: Tell, agent: User, hook: ChatHook, fake: FakeProvider, now: datetime
) -> None:
    User.objects.filter(pk=agent.pk).update(name="<!channel> & <http://x|y>")
    tell(agent, **CHAT)

    send_due(now=now)

    assert fake.requests[0].fields["text"].startswith("&lt;!channel&gt; &amp; &lt;http://x|y&gt;: ")


def test_a_redirect_is_not_followed(
    tell: Tell, agent: User, hook: ChatHook, fake: FakeProvider, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    fake.script += [f"302 {fake.address}/elsewhere"]
    (message,) = tell(agent, **CHAT)

    send_due(now=now)

    assert [asked.path for asked in fake.requests] == ["/services/T0/B0"]
    assert outcomes(message) == [("failed", "302")]
    assert len(mailoutbox) == 1


def test_a_webhook_that_is_gone_leaves_it_to_mail(
    tell: Tell, agent: User, hook: ChatHook, fake: FakeProvider, now: datetime, mailoutbox: list[EmailMessage]
) -> None:
    fake.script += ["404"]
    tell(agent, **CHAT)

    send_due(now=now)

    assert len(mailoutbox) == 1


def test_a_team_without_a_chat_leaves_it_to_mail(
    tell: Tell, agent: User, hook: ChatHook, lead: User, team: Team, fake: FakeProvider, now: datetime, settings: Any,
    mailoutbox: list[EmailMessage],
) -> None:  # fmt: skip
    settings.MESSAGES_AS_FILES = False
    assert disconnect_chat(team, by=lead, now=now)
    tell(agent, **CHAT)

    send_due(now=now)

    assert fake.requests == []
    assert len(mailoutbox) == 1


def test_a_name_that_points_inside_is_refused_when_it_is_connected_to(
    tell: Tell, agent: User, team: Team, lead: User, now: datetime, monkeypatch: pytest.MonkeyPatch,
    mailoutbox: list[EmailMessage],
) -> None:  # fmt: skip
    connect_chat(team, "https://hooks.example.com/services/T0", by=lead, now=now)
    inside = [(2, 1, 6, "", ("93.184.215.14", 443)), (2, 1, 6, "", ("10.0.0.7", 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **options: inside)
    (message,) = tell(agent, **CHAT)

    send_due(now=now)

    assert outcomes(message) == [("failed", "private_address")]
    assert len(mailoutbox) == 1


def test_what_is_connected_to_is_what_was_looked_at(fake: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers with another address the second time changes nothing: it is asked once."""
    answers = ["127.0.0.1", "10.0.0.7"]
    resolve = socket.getaddrinfo

    def one_after_the_other(host: str, port: int, *args: Any, **options: Any) -> list[Any]:
        return resolve(answers.pop(0) if host == "hooks.example.com" else host, port, *args, **options)

    monkeypatch.setattr(socket, "getaddrinfo", one_after_the_other)
    url = f"http://hooks.example.com:{fake.server_port}/x"
    assert post(url, b"{}", {}, guarded=True, loopback=True).status == 201
    assert answers == ["10.0.0.7"]
    with pytest.raises(CannotSendError, match="open internet"):
        post(url, b"{}", {}, guarded=True, loopback=True)
    assert len(fake.requests) == 1


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.7", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
        "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:10.0.0.7", "::ffff:169.254.169.254",
        "64:ff9b::a9fe:a9fe", "2002:a00:7::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_an_address_inside_is_not_reached(address: str) -> None:
    assert not may_be_reached(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07::1", "64:ff9b::5db8:d70e"])
def test_an_address_of_the_open_internet_is(address: str) -> None:
    assert may_be_reached(address)


@pytest.mark.parametrize(
    "url",
    [
        "", "hooks.slack.com", "http://hooks.slack.com/x", "ftp://hooks.slack.com/x", "http://169.254.169.254/latest",
        "https://169.254.169.254/", "https://10.0.0.7/x", "https://[::1]/x", "https://localhost/x", "https://intranet/x",
        "https://db.internal/x", "https://2130706433/", "https://0x7f.0.0.1/", "https://hooks.slack.com:6379/",
        "https://me:secret@hooks.slack.com/x", "https://hooks.slack.com/x\r\nHost: y", "https://hooks.slack.com/é",
        "https://[bad/x", "https://hooks.slack.com:99999/", f"https://hooks.slack.com/{'x' * 500}", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_an_address_that_may_be_no_webhook_is_refused_with_a_sentence(
    team: Team, lead: User, now: datetime, url: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        connect_chat(team, url, by=lead, now=now)
    assert refused.value.messages[0].endswith((".", "#."))
    assert not ChatHook.objects.exists()


def test_the_trail_does_not_hold_the_address(team: Team, lead: User, now: datetime) -> None:
    connect_chat(team, "https://hooks.slack.com/services/T0/B0/secret", by=lead, now=now)

    entry = Entry.objects.get(event="chat.connected")
    assert "secret" not in json.dumps(entry.data)
    assert ChatHook.objects.get().shown == "hooks.slack.com/…cret"


def test_a_record_that_she_may_not_see_any_more_is_not_told_to_the_chat(
    tell: Tell, parcel: Parcel, agent: User, hook: ChatHook, fake: FakeProvider, now: datetime
) -> None:
    tell(agent, **CHAT)
    parcel.hide_from(agent)

    send_due(now=now)

    assert fake.requests == []
