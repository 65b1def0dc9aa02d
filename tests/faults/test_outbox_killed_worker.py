"""A worker killed between taking a message and writing down that it left: nothing is lost, and a retry can be told apart."""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from bad_mail_server import BadMailServer
from django.db import connection, transaction
from parcels import ParcelMovedNotice, Shelf

from foundation.accounts.models import User
from foundation.notifications import outbox
from foundation.notifications.models import Channel, OutboxMessage
from foundation.notifications.operations import send_due
from foundation.notifications.operations.sending import LEASE

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 20261121
LETTERS = 80
KILLS = 4
WORKER = """
import os, signal, sys
from datetime import datetime
import django
django.setup()
from parcels import Shelf
from foundation.accounts.models import User
from foundation.notifications.channels.mail import MailSender
from foundation.notifications.operations import send_due, sending

def die(*args, **kwargs):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[2] == "before the mail":
    MailSender.send = die
elif sys.argv[2] == "after the mail":
    sending._settle = die
shelf = Shelf()
for _number in range(int(sys.argv[3])):
    shelf.add(*User.objects.all())
sys.stdout.write("ready\\n")
sys.stdout.flush()
send_due(now=datetime.fromisoformat(sys.argv[1]))
"""


@pytest.fixture
def server(settings: Any) -> Iterator[BadMailServer]:
    with BadMailServer([], stall_seconds=0) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server


def write_letters(agent: User, now: datetime, number: int) -> list[str]:
    """Mails that wait for nobody; their Message-IDs."""
    shelf = Shelf()
    with transaction.atomic():
        for place in range(number):
            outbox.enqueue(
                ParcelMovedNotice.code, subject=shelf.add(agent).subject, recipients=[agent], context={},
                key=f"letter-{place}", now=now, urgent=True, channels=[Channel.MAIL],
            )  # fmt: skip
    return sorted(str(name) for name in OutboxMessage.objects.values_list("message_id", flat=True))


def start_worker(server: BadMailServer, now: datetime, *, dies: str, letters: int) -> subprocess.Popen[str]:
    url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**connection.settings_dict)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORKER, now.isoformat(), dies, str(letters)],
        env=os.environ
        | {
            "DATABASE_URL": url,
            "TSDESK_DATABASE_ROLE": "runtime",
            "DJANGO_SETTINGS_MODULE": "tsdesk.settings",
            "EMAIL_URL": f"smtp://127.0.0.1:{server.port}",
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[1]), str(Path(__file__).parents[2])]),
        },
        stdout=subprocess.PIPE,
        text=True,
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "ready\n"
    return worker


def arrived(server: BadMailServer) -> Counter[str]:
    return Counter(name.strip("<>").partition("@")[0] for name in server.arrived)


def test_a_worker_killed_before_the_mail_left_loses_nothing(server: BadMailServer, agent: User, now: datetime) -> None:
    (letter,) = write_letters(agent, now, 1)
    killed = start_worker(server, now, dies="before the mail", letters=1)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    assert OutboxMessage.objects.get().state == "sending"

    send_due(now=now + timedelta(seconds=50))
    assert not arrived(server)
    send_due(now=now + LEASE + timedelta(seconds=5))

    assert arrived(server) == {letter: 1}
    assert OutboxMessage.objects.get().state == "sent"


def test_a_worker_killed_after_the_mail_left_sends_it_again_under_the_same_id(
    server: BadMailServer, agent: User, now: datetime
) -> None:
    (letter,) = write_letters(agent, now, 1)
    killed = start_worker(server, now, dies="after the mail", letters=1)
    killed.communicate()
    assert killed.returncode == -signal.SIGKILL

    send_due(now=now + LEASE + timedelta(seconds=5))

    assert arrived(server) == {letter: 2}
    assert OutboxMessage.objects.get().state == "sent"


def test_workers_killed_anywhere_lose_nothing(server: BadMailServer, agent: User, now: datetime) -> None:
    letters = write_letters(agent, now, LETTERS)
    chance = random.Random(SEED)
    for _kill in range(KILLS):
        worker = start_worker(server, now, dies="by chance", letters=LETTERS)
        time.sleep(chance.uniform(0.05, 0.2))
        worker.kill()
        worker.communicate()

    for minutes in (2, 4, 6):
        send_due(now=now + timedelta(minutes=minutes))

    came = arrived(server)
    assert sorted(came) == letters
    assert came.total() - LETTERS <= KILLS
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"sent"}
