from datetime import datetime
from typing import Any

import pytest
from django.db import transaction
from parcels import Parcel, ParcelMovedNotice, Shelf, Tell

from foundation.accounts.models import User
from foundation.notifications import outbox
from foundation.notifications.models import OutboxMessage


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
