"""Synthetic cases: what one statement writes is what the domain code would have written."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from cases.models import Case, CaseText, Clock, ClockEvent, Contact
from cases.operations.firing import sweep_clocks
from cases.operations.placing import placement_of
from cases.operations.search import index_case
from cases.operations.seeding import AGENTS_A_TEAM, RARE_WORD, TEAMS, seed_cases
from cases.operations.timers import sweep_closings
from cases.workflow import OPEN_STATES
from foundation.accounts.models import Team, User
from foundation.audit.actors import SYSTEM
from foundation.audit.models import Entry
from foundation.notifications.models import OutboxMessage
from foundation.sla.clocks import facts_of, upcoming

SEEDED = 1_000


@pytest.fixture
def seeded(db: Any, now: datetime) -> datetime:
    """A thousand cases, at this instant."""
    seed_cases(SEEDED, seed=1, by=SYSTEM, now=now)
    return now


def test_a_seventh_or_so_is_open_with_its_clocks(seeded: datetime) -> None:
    assert Case.objects.count() == SEEDED
    is_open = Case.objects.filter(state__in=OPEN_STATES).count()
    assert 0.12 * SEEDED < is_open < 0.18 * SEEDED
    assert Clock.objects.count() == 2 * is_open
    assert not Clock.objects.exclude(case__state__in=OPEN_STATES).exists()
    assert (Team.objects.filter(slug__startswith="seed-").count(), User.objects.count()) == (
        TEAMS,
        TEAMS * (AGENTS_A_TEAM + 1),
    )


def test_every_case_has_its_entries_in_order(seeded: datetime) -> None:
    entries = Counter(Entry.objects.filter(subject_kind="case").values_list("subject_id", flat=True))
    assert len(entries) == SEEDED
    assert set(entries.values()) <= {5, 6, 7, 8}
    assert 5 * SEEDED <= sum(entries.values()) <= 5.5 * SEEDED
    first = Entry.objects.filter(subject_kind="case").order_by("subject_id", "pk").distinct("subject_id")
    assert {entry.event for entry in first} == {"case.created"}


def test_cases_stand_where_the_desk_would_place_them(seeded: datetime) -> None:
    for case in Case.objects.filter(state__in=OPEN_STATES):
        placement = placement_of(case)
        assert (case.band, case.urgent_at) == (placement.band, placement.urgent_at), case.state


def test_clocks_say_what_the_arithmetic_says(seeded: datetime) -> None:
    states = Counter()
    for clock in Clock.objects.prefetch_related("events"):
        facts = facts_of(clock)
        kinds = {event.kind for event in clock.events.all()}
        states[clock.state, clock.breached_at is not None] += 1
        if clock.breached_at is None:
            assert clock.due_at == facts.due_at
            fire = upcoming(clock, fired=(), now=seeded)
            # A warning that had passed when the clock was set is not given any more.
            expected = (fire.at, fire.kind, fire.threshold) if fire else (None, "", 0)
            assert (clock.next_fire_at, clock.next_fire_kind, clock.next_fire_threshold) == expected
        else:
            assert clock.breached_at == clock.due_at <= seeded
            assert clock.next_fire_at is None
        assert ("met" in kinds, "breach" in kinds, "pause" in kinds) == (
            clock.met_at is not None,
            clock.breached_at is not None,
            clock.state == "paused",
        )
    assert {("running", False), ("running", True), ("met", False), ("paused", False)} == set(states)


def test_nobody_is_told_and_no_sweep_finds_anything_to_do(seeded: datetime) -> None:
    before = ClockEvent.objects.count()
    sweep_clocks(seeded)
    sweep_closings(seeded)
    assert ClockEvent.objects.count() == before
    assert OutboxMessage.objects.count() == 0


def test_the_last_contact_of_a_case_is_its_newest(seeded: datetime) -> None:
    for case in Case.objects.all()[:100]:
        newest = Contact.objects.filter(case=case).latest("occurred_at", "pk")
        assert (case.last_contact_at, case.last_contact_in) == (newest.occurred_at, newest.direction == "in")


def test_words_are_found_as_the_desk_would_index_them(seeded: datetime) -> None:
    for case in Case.objects.exclude(state__in=OPEN_STATES)[:20]:
        written = CaseText.objects.get(case=case).words
        for party in case.parties.filter(capacity="respondent"):
            party.delete()
        index_case(case)
        assert _lexemes(CaseText.objects.get(case=case).words) == _lexemes(written)


def _lexemes(words: str) -> set[str]:
    return {word.split(":")[0] for word in words.split()}


def test_the_same_seed_tells_the_same_cases(db: Any, now: datetime) -> None:
    def told(seed: int) -> list[Any]:
        last = Case.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        seed_cases(50, seed=seed, by=SYSTEM, now=now)
        return list(
            Case.objects.filter(pk__gt=last).order_by("pk").values_list("title", "state", "received_at", "severity")
        )

    assert told(1) == told(1)
    assert told(1) != told(2)


def test_a_rare_word_is_rare(db: Any, now: datetime) -> None:
    seed_cases(10_000, seed=3, by=SYSTEM, now=now)
    assert 1 <= Case.objects.filter(description__contains=RARE_WORD).count() <= 30


def test_the_command_says_how_fast_it_was(db: Any) -> None:
    out = StringIO()
    call_command("seed", cases=20, stdout=out, stderr=StringIO())
    assert out.getvalue().startswith("20 cases in ")
    with pytest.raises(CommandError, match="1 to"):
        call_command("seed", cases=0)


def test_hours_that_close_are_refused(db: Any, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    from foundation.sla.calendar import BusinessCalendar

    office: Callable[..., Any] = lambda version: BusinessCalendar.from_spec(  # noqa: E731
        {"tz": "UTC", "hours": {"mon": {"09:00": "17:00"}}}
    )
    monkeypatch.setattr("cases.operations.seeding.calendar_of", office)
    with pytest.raises(Exception, match="hours that close"):
        seed_cases(10, seed=1, by=SYSTEM, now=now)
