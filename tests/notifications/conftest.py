from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from fake_provider import FakeProvider, provider
from parcels import Parcel, ParcelMovedNotice, Shelf, Tell

from foundation.accounts.models import User
from foundation.notifications import outbox
from foundation.notifications.channels import posting, twilio
from foundation.notifications.models import OutboxMessage, Phone


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def parcel(shelf: Shelf, agent: User, colleague: User) -> Parcel:
    """One that both agents may see."""
    return shelf.add(agent, colleague)


@pytest.fixture
def tell(parcel: Parcel, now: datetime) -> Tell:
    """Enqueue a notice about the parcel, under a key of its own unless one is given."""
    keys = iter(range(1000))

    def tell(
        *people: User, notice: str = ParcelMovedNotice.code, at: datetime = now, **options: Any
    ) -> list[OutboxMessage]:
        given = {"subject": parcel.subject, "context": {}, "key": f"key-{next(keys)}"} | options
        with transaction.atomic():
            return outbox.enqueue(notice, recipients=people, now=at, **given)

    return tell


@pytest.fixture
def fake(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    """The provider of SMS and calls, and a desk that waits a second for it."""
    with provider() as server:
        settings.SMS_URL = server.sms_url
        settings.CHAT_LOOPBACK = True
        monkeypatch.setattr(posting, "TIMEOUT_SECONDS", 1)
        yield server


@pytest.fixture
def phone(now: datetime) -> Callable[..., Phone]:
    """Somebody's proved number."""

    def give(user: User, number: str = "+13035550142") -> Phone:
        kept, _made = Phone.objects.update_or_create(
            user=user, defaults={"number": number, "verified_at": now, "code_until": now, "changed_at": now}
        )
        return kept

    return give


@pytest.fixture
def reports(client: Client, settings: Any) -> Callable[..., Any]:
    """The provider's word about a message, signed by it unless another signature is given."""

    def report(message: OutboxMessage, page: str = "status", *, signature: str | None = None, **fields: str) -> Any:
        path = reverse(f"notifications:provider_{page}", args=[message.message_id])
        account = twilio.account()
        told = {name: [value] for name, value in fields.items()}
        if signature is None and account is not None:
            signature = account.signature(f"{settings.BASE_URL}{path}", told)
        return client.post(path, fields, headers={"X-Twilio-Signature": signature or ""})

    return report
