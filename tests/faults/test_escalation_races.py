"""People and workers at the same row at once: one acknowledgement wins, and no page begins to leave after it."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.core import mail
from django.db import connection, transaction
from parcels import Shelf

from foundation.accounts.models import Team, User
from foundation.audit.actors import SYSTEM
from foundation.audit.models import Entry
from foundation.escalation.gates import may_call
from foundation.escalation.models import Escalation
from foundation.escalation.operations import (
    AlreadyAcknowledged,
    acknowledge_escalation,
    start_escalation,
    sweep_escalations,
)
from foundation.escalation.operations.calling import GATE
from foundation.notifications import gates
from foundation.notifications.models import OutboxMessage
from foundation.notifications.operations import send_due

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 20261121
RACES = 30


@pytest.fixture
def call(team: Team, lead: User, manager: User, now: datetime) -> Callable[[], Escalation]:
    shelf = Shelf()

    def call() -> Escalation:
        parcel = shelf.add(lead, manager)
        return start_escalation(
            subject=parcel.subject, reason="breach:first_response", severity=1, team=team,
            key=f"cause-{parcel.number}", by=SYSTEM, now=now,
        )  # fmt: skip

    return call


@pytest.fixture
def in_threads() -> Iterator[Callable[..., threading.Thread]]:
    """Start a deed in a thread with a connection of its own; all are joined at the end."""
    threads: list[threading.Thread] = []

    def start(deed: Callable[[], object]) -> threading.Thread:
        def run() -> None:
            try:
                deed()
            finally:
                connection.close()

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        return threads[-1]

    yield start
    for thread in threads:
        thread.join()


def test_a_page_waits_for_an_acknowledgement_that_came_first_and_then_does_not_leave(
    call: Callable[[], Escalation], in_threads: Callable[..., threading.Thread], lead: User, now: datetime
) -> None:
    escalation = call()
    with transaction.atomic():
        acknowledge_escalation(escalation, by=lead, now=now)
        sender = in_threads(lambda: send_due(now=now))
        time.sleep(0.5)
        assert sender.is_alive()
        assert not mail.outbox
    sender.join()

    assert not mail.outbox
    assert set(OutboxMessage.objects.values_list("state", flat=True)) == {"cancelled"}


def test_pages_that_leave_together_lock_their_calls_as_whoever_ends_several_does(
    call: Callable[[], Escalation], in_threads: Callable[..., threading.Thread], now: datetime
) -> None:
    older, newer = call(), call()
    # The older call has got to a level further on: its page is the newer of the two.
    OutboxMessage.objects.filter(gate_id=str(newer.pk)).update(not_before=now - timedelta(minutes=1))
    with transaction.atomic():
        Escalation.objects.locked(older.pk)
        sender = in_threads(lambda: send_due(now=now))
        time.sleep(0.5)
        assert sender.is_alive()
        Escalation.objects.select_for_update(no_key=True, nowait=True).get(pk=newer.pk)
    sender.join()

    assert not OutboxMessage.objects.filter(channel="in_app").exclude(state="delivered", attempts=1).exists()


def test_no_send_begins_after_an_acknowledgement_has_committed(
    call: Callable[[], Escalation], in_threads: Callable[..., threading.Thread], lead: User, now: datetime
) -> None:
    chance = random.Random(SEED)
    acknowledged: set[str] = set()
    too_late: list[str] = []

    def watched(escalation_id: str, step: str) -> bool:
        was_acknowledged = escalation_id in acknowledged
        answer = may_call(escalation_id, step)
        if answer and was_acknowledged:
            too_late.append(escalation_id)
        return answer

    def acknowledge_all(escalations: list[Escalation]) -> None:
        for escalation in escalations:
            acknowledge_escalation(escalation, by=lead, now=now)
            acknowledged.add(str(escalation.pk))

    escalations = [call() for _race in range(RACES)]
    gates.register(GATE, watched)
    try:
        shuffled = chance.sample(escalations, RACES)
        deeds = [
            in_threads(lambda: acknowledge_all(shuffled)),
            *(in_threads(lambda: send_due(now=now)) for _ in range(2)),
        ]
        for deed in deeds:
            deed.join()
    finally:
        gates.register(GATE, may_call)

    assert too_late == []
    # A message that raised waits for another try, and says why.
    assert list(OutboxMessage.objects.waiting().values_list("state", "attempts", "last_error")) == []
    sent = OutboxMessage.objects.filter(channel="mail", state="sent").count()
    assert len(mail.outbox) == sent


def test_of_many_who_acknowledge_at_once_one_wins_and_the_others_hear_who(
    call: Callable[[], Escalation], in_threads: Callable[..., threading.Thread], make_user: Callable[..., User],
    team: Team, now: datetime,
) -> None:  # fmt: skip
    escalation = call()
    people = [make_user(f"Lead Number{number}", "lead", team) for number in range(6)]
    ready = threading.Barrier(len(people))
    told: list[str] = []

    def acknowledge(person: User) -> None:
        ready.wait()
        try:
            acknowledge_escalation(escalation, by=person, now=now)
        except AlreadyAcknowledged as refusal:
            told.append(str(refusal))

    for thread in [in_threads(lambda person=person: acknowledge(person)) for person in people]:
        thread.join()

    escalation.refresh_from_db()
    assert escalation.acknowledged_by in people
    assert told == [f"{escalation.acknowledged_by.name} acknowledged this at 12:00."] * 5
    assert Entry.objects.filter(event="escalation.acknowledged").count() == 1


def test_sweeps_beside_each_other_step_each_escalation_once(
    call: Callable[[], Escalation], in_threads: Callable[..., threading.Thread], now: datetime
) -> None:
    escalations = [call() for _race in range(RACES)]
    Escalation.objects.update(repeat=5)
    later = now.replace(hour=13)

    for thread in [in_threads(lambda: sweep_escalations(now=later)) for _worker in range(4)]:
        thread.join()

    assert Entry.objects.filter(event="escalation.stepped").count() == RACES
    assert set(Escalation.objects.values_list("round", flat=True)) == {1}
    assert len(escalations) == RACES


def test_the_same_cause_from_two_sides_calls_once(
    team: Team, lead: User, in_threads: Callable[..., threading.Thread], now: datetime
) -> None:
    parcel = Shelf().add(lead)
    ready = threading.Barrier(4)

    def start() -> None:
        ready.wait()
        start_escalation(
            subject=parcel.subject,
            reason="breach:first_response",
            severity=2,
            team=team,
            key="clock:1",
            by=SYSTEM,
            now=now,
        )

    for thread in [in_threads(start) for _side in range(4)]:
        thread.join()

    assert Escalation.objects.count() == 1
    assert OutboxMessage.objects.count() == 2
