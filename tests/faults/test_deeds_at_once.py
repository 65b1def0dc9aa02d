"""Everybody at the same few cases at once, people and sweeps: nobody waits in a circle, and each deed has one effect.

The deeds are drawn from a seed. A refusal is an answer; anything else that a deed raises fails the test, as the page of
whoever asked would have failed. TSDESK_STORM_SECONDS makes it last longer than in the everyday run.
"""

import os
import random
import sys
import threading
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Count, F

from cases.models import Case, CaseMerge, Clock, Party
from cases.operations.contacts import record_contact
from cases.operations.editing import add_party, change_severity, remove_party
from cases.operations.firing import sweep_clocks
from cases.operations.links import link_cases, merge_cases, undo_merge
from cases.operations.moves import (
    escalate_case,
    mark_duplicate,
    reopen_case,
    resolve_case,
    resume_case,
    wait_case,
)
from cases.operations.rollouts import sweep_rollouts
from cases.operations.timers import sweep_closings, sweep_due_tasks, sweep_resumptions
from foundation.accounts.models import User
from foundation.audit.models import Entry
from foundation.escalation.models import Cause, Escalation
from foundation.escalation.operations import acknowledge_escalation, sweep_escalations
from foundation.escalation.workflow import EscalationState
from foundation.notifications.models import OutboxMessage
from foundation.notifications.operations import send_due
from foundation.sla.models import Calendar, Policy
from foundation.sla.operations import NewTarget, publish_policy
from foundation.workflow.moves import MoveRefused
from people.models import Person, PersonMerge
from people.operations import create_person, merge_people, undo_merge_people
from people.policies import PeopleRefused
from tsdesk.auditing import rearm

pytestmark = pytest.mark.django_db(transaction=True)

SEED = 20261121
SECONDS = float(os.environ.get("TSDESK_STORM_SECONDS", "5"))
THREADS, CASES, PEOPLE = 5, 8, 4
DESK_SECONDS_A_SECOND = 400
"""How much faster than the storm the desk's time goes by, so that clocks fall due in it."""

REFUSALS = (MoveRefused, PeopleRefused)


class Storm:
    """Who is there and what there is to meet over."""

    def __init__(self, cases: list[int], people: list[int], *, agent: User, above: User, since: datetime) -> None:
        self.cases, self.people = cases, people
        self.lead, self.above = agent, above
        self.since, self.began = since, time.monotonic()
        self.done: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.raised: list[str] = []
        self.deeds: Mapping[str, Callable[[random.Random, datetime], object]] = {
            name.removeprefix("do_"): getattr(self, name) for name in sorted(dir(self)) if name.startswith("do_")
        }

    @property
    def over(self) -> bool:
        return time.monotonic() - self.began > SECONDS

    @property
    def now(self) -> datetime:
        return self.since + timedelta(seconds=(time.monotonic() - self.began) * DESK_SECONDS_A_SECOND)

    def rage(self, seed: int) -> None:
        """Do one thing after the other until it is over."""
        chance = random.Random(seed)
        names = list(self.deeds)
        try:
            while not self.over:
                name = chance.choice(names)
                try:
                    self.deeds[name](chance, self.now)
                except REFUSALS:
                    self.refused[name] += 1
                except Exception:
                    self.raised.append(f"{name}: {told()}")
                else:
                    self.done[name] += 1
        finally:
            connection.close()

    def a_case(self, chance: random.Random) -> Case:
        return Case.objects.get(pk=chance.choice(self.cases))

    def do_change_severity(self, chance: random.Random, now: datetime) -> None:
        severity = chance.choice([1, 2, 3, 4])
        change_severity(self.a_case(chance), severity=severity, reason="She called.", by=self.lead, now=now)

    def do_wait(self, chance: random.Random, now: datetime) -> None:
        wait_case(self.a_case(chance), on=chance.choice(["reporter", "vet", "legal"]), by=self.lead, now=now)

    def do_resume(self, chance: random.Random, now: datetime) -> None:
        resume_case(self.a_case(chance), by=self.lead, now=now)

    def do_contact(self, chance: random.Random, now: datetime) -> None:
        case = self.a_case(chance)
        at = max(case.received_at, now - timedelta(seconds=chance.choice([0, 0, 5, 4_000])))
        record_contact(
            case, direction=chance.choice(["in", "out"]), channel="phone", party=None, occurred_at=at, by=self.lead,
            now=now,
        )  # fmt: skip

    def do_resolve(self, chance: random.Random, now: datetime) -> None:
        resolve_case(self.a_case(chance), outcome="no_contact_possible", by=self.lead, now=now)

    def do_reopen(self, chance: random.Random, now: datetime) -> None:
        reopen_case(self.a_case(chance), reason="She called again.", by=self.lead, now=now)

    def do_escalate(self, chance: random.Random, now: datetime) -> None:
        escalate_case(self.a_case(chance), to=self.lead, reason="It is beyond me.", by=self.above, now=now)

    def do_acknowledge(self, chance: random.Random, now: datetime) -> None:
        if escalation := Escalation.objects.unresolved().order_by("?").first():
            acknowledge_escalation(escalation, by=self.lead, now=now)

    def do_merge(self, chance: random.Random, now: datetime) -> None:
        merge_cases(self.a_case(chance), merged=self.a_case(chance), by=self.lead, now=now)

    def do_undo_merge(self, chance: random.Random, now: datetime) -> None:
        if merge := CaseMerge.objects.filter(undone_at=None).order_by("?").first():
            undo_merge(merge, by=self.lead, now=now)

    def do_mark_duplicate(self, chance: random.Random, now: datetime) -> None:
        mark_duplicate(self.a_case(chance), of=self.a_case(chance), by=self.lead, now=now)

    def do_link(self, chance: random.Random, now: datetime) -> None:
        link_cases(self.a_case(chance), other=self.a_case(chance), kind="related", by=self.lead, now=now)

    def do_merge_people(self, chance: random.Random, now: datetime) -> None:
        kept, merged = (Person.objects.get(pk=pk) for pk in chance.sample(self.people, 2))
        merge_people(kept, merged, by=self.lead, now=now)

    def do_undo_merge_people(self, chance: random.Random, now: datetime) -> None:
        if merge := PersonMerge.objects.filter(undone_at=None).order_by("?").first():
            undo_merge_people(merge, by=self.lead, now=now)

    def do_add_party(self, chance: random.Random, now: datetime) -> None:
        person = Person.objects.get(pk=chance.choice(self.people))
        add_party(self.a_case(chance), person=person, role="sitter", capacity="involved", by=self.lead, now=now)

    def do_remove_party(self, chance: random.Random, now: datetime) -> None:
        if party := Party.objects.filter(capacity="involved").order_by("?").first():
            remove_party(party, by=self.lead, now=now)

    def do_publish(self, chance: random.Random, now: datetime) -> None:
        if chance.random() > 0.1:
            return
        always, seconds = Calendar.objects.get(slug="always"), chance.choice([3_600, 7_200, 14_400])
        metrics = ("first_response", "resolution", "next_response")
        targets = [NewTarget(metric, severity, seconds, always) for metric in metrics for severity in (1, 2, 3, 4)]
        publish_policy(Policy.objects.get(slug="default"), targets=targets, by=self.lead, now=now)

    def do_sweep(self, chance: random.Random, now: datetime) -> None:
        for sweep in chance.sample(
            [sweep_clocks, sweep_rollouts, sweep_resumptions, sweep_closings, sweep_due_tasks], 2
        ):  # fmt: skip
            sweep(now)

    def do_call(self, chance: random.Random, now: datetime) -> None:
        sweep_escalations(now=now)
        send_due(now=now)

    def do_rearm(self, chance: random.Random, now: datetime) -> None:
        rearm(now=now)


def told() -> str:
    """What was raised, and from where in the desk."""
    _kind, raised, trace = sys.exc_info()
    frames = [frame for frame in traceback.extract_tb(trace) if "site-packages" not in frame.filename]
    return f"{raised}\n{''.join(traceback.format_list(frames))}"


def repeated(rows: Any, *fields: str) -> list[Any]:
    """What stands there more than once."""
    return list(rows.order_by().values_list(*fields).annotate(number=Count("pk")).filter(number__gt=1))


def test_all_deeds_at_once_wait_for_each_other_in_no_circle_and_happen_once(
    make_case: Callable[..., Case], agent: User, lead: User, manager: User, now: datetime
) -> None:
    cases = [make_case(received_at=now - timedelta(minutes=30 * number)).pk for number in range(CASES)]
    known = list(Person.objects.order_by("pk")[:2])
    known += [create_person(name=f"Hannah {number}", kind="other", by=agent, now=now) for number in range(PEOPLE - 2)]
    storm = Storm(cases, [person.pk for person in known], agent=lead, above=manager, since=now)
    print(f"seed {SEED}, {SECONDS:g} s, {THREADS} threads")

    threads = [threading.Thread(target=storm.rage, args=(SEED + number,)) for number in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    print(f"done: {dict(storm.done)}; refused: {dict(storm.refused)}")
    assert not storm.raised, "\n\n".join(storm.raised)
    assert sum(storm.done.values()) > 5 * SECONDS
    breaches = Entry.objects.filter(event="clock.breached")
    assert not repeated(breaches, "data__clock")
    told = {(int(entry.subject_id), entry.data["metric"]) for entry in breaches}
    assert told == set(Clock.objects.exclude(breached_at=None).values_list("case", "metric"))
    assert not repeated(OutboxMessage.objects, "dedupe_key")
    assert not repeated(CaseMerge.objects.filter(undone_at=None), "merged")
    assert not repeated(PersonMerge.objects.filter(undone_at=None), "merged")
    assert set(CaseMerge.objects.filter(undone_at=None).values_list("merged", "kept")) == set(
        Case.objects.exclude(merged_into=None).values_list("pk", "merged_into")
    )
    causes_left = Cause.objects.filter(ended_at=None).values("escalation")
    assert not Escalation.objects.unresolved().exclude(pk__in=causes_left).exists()
    assert not Escalation.objects.filter(state=EscalationState.RESOLVED, pk__in=causes_left).exists()
    assert not Clock.objects.exclude(failures=0).exists()
    assert not Escalation.objects.exclude(failures=0).exists()
    assert not OutboxMessage.objects.exclude(last_error__in=["", "Not needed any more."]).exists()
    assert not Clock.objects.filter(due_at__lt=F("started_at")).exists()
