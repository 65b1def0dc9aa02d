"""R12: a mail server that fails in every way it can. Nothing is lost, nothing arrives twice, and it drains unaided."""

import random
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from bad_mail_server import BadMailServer, Mood
from django.db import connection, transaction
from parcels import ParcelMovedNotice, Shelf

from foundation.accounts.models import User
from foundation.notifications import outbox, timing
from foundation.notifications.channels import mail
from foundation.notifications.models import Channel, OutboxMessage
from foundation.notifications.operations import send_due

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 20261121
LETTERS = 60


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[BadMailServer]:
    moods = random.Random(SEED).choices(list(Mood), weights=[4, 4, 4, 4, 4, 1], k=LETTERS)
    monkeypatch.setattr(mail, "TIMEOUT_SECONDS", 0.3)
    with BadMailServer(moods, stall_seconds=0.6) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server


@pytest.fixture
def letters(agent: User, now: datetime) -> set[str]:
    """Sixty mails that wait for nobody, and their Message-IDs."""
    shelf = Shelf()
    with transaction.atomic():
        for number in range(LETTERS):
            outbox.enqueue(
                ParcelMovedNotice.code, subject=shelf.add(agent).subject, recipients=[agent], context={},
                key=f"letter-{number}", now=now, urgent=True, channels=[Channel.MAIL],
            )  # fmt: skip
    return {str(pk) for pk in OutboxMessage.objects.values_list("message_id", flat=True)}


def arrived(server: BadMailServer) -> list[str]:
    return sorted(name.strip("<>").partition("@")[0] for name in server.arrived)


def sweep(at: datetime) -> None:
    try:
        send_due(now=at)
    finally:
        connection.close()


def test_every_mail_leaves_exactly_once_whatever_the_server_does(
    server: BadMailServer, letters: set[str], now: datetime
) -> None:
    at = now
    for _round in range(timing.MAX_ATTEMPTS):
        workers = [threading.Thread(target=sweep, args=[at]) for _worker in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        at += timing.LONGEST_RETRY + timedelta(minutes=1)
        if not OutboxMessage.objects.waiting().exists():
            break

    assert arrived(server) == sorted(letters)
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"sent"}


def test_a_server_that_is_not_there_loses_nothing(
    server: BadMailServer, letters: set[str], settings: Any, now: datetime
) -> None:
    server.moods.clear()
    settings.EMAIL_PORT = 1
    send_due(now=now)
    assert arrived(server) == []
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"queued"}

    settings.EMAIL_PORT = server.port
    send_due(now=now + timedelta(minutes=1))

    assert arrived(server) == sorted(letters)
