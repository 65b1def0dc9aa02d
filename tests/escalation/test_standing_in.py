"""Overrides and swaps: somebody else's place, by a lead's word or by two who agree."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from foundation.accounts.models import User
from foundation.audit.actors import SYSTEM
from foundation.audit.models import Entry
from foundation.escalation import oncall
from foundation.escalation.models import Rotation, Schedule, Shift, Swap
from foundation.escalation.operations import (
    accept_swap,
    ask_swap,
    override_shift,
    refuse_swap,
    take_back_override,
    withdraw_swap,
)
from foundation.escalation.shift_policies import ShiftRefused
from foundation.notifications.models import OutboxMessage
from foundation.notifications.rendering import compose, readable
from foundation.workflow.moves import MoveRefused
from tests.escalation.rotas import told

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

pytestmark = pytest.mark.usefixtures("rotation")


def letters_to(reader: User) -> list[str]:
    messages = list(OutboxMessage.objects.filter(recipient=reader, channel="mail").order_by("pk"))
    return [f"{(letter := compose([one], reader)).title}\n{letter.body}" for one in readable(messages, reader)]


@pytest.fixture
def swap(schedule: Schedule, agent: User, colleague: User, now: datetime) -> Swap:
    """Maya asks Tom to take her turn of Saturday; she would take his of Thursday."""
    return ask_swap(
        schedule, asked_of=colleague, gives=(now + 3 * DAY, now + 4 * DAY), takes=(now + DAY, now + 2 * DAY),
        by=agent, now=now,
    )  # fmt: skip


def test_an_override_puts_somebody_else_on_and_both_are_told(
    schedule: Schedule, agent: User, lead: User, senior: User, now: datetime
) -> None:
    shift = override_shift(
        schedule, person=senior, instead_of=agent, starts_at=now + HOUR, ends_at=now + 3 * HOUR, note="Dentist",
        by=lead, now=now,
    )  # fmt: skip
    assert told(oncall.spans(schedule, now, now + 4 * HOUR)) == [
        (now, now + HOUR, "Maya"),
        (now + HOUR, now + 3 * HOUR, "Priya"),
        (now + 3 * HOUR, now + 4 * HOUR, "Maya"),
    ]
    assert "you are on shift from" in letters_to(senior)[0]
    assert "somebody stands in for you" in letters_to(agent)[0]
    take_back_override(shift, by=lead, now=now + 2 * HOUR)
    take_back_override(shift, by=lead, now=now + 2 * HOUR)
    assert oncall.on_shift(schedule, now + 2 * HOUR) == [agent]
    assert oncall.on_shift(schedule, now + HOUR) == [senior], "what was, was"
    assert Entry.objects.filter(event="shift.override_taken_back").count() == 1


def test_overrides_that_cannot_be_are_refused(
    schedule: Schedule, agent: User, colleague: User, senior: User, lead: User, now: datetime
) -> None:
    def stand_in(start: timedelta, end: timedelta, person: User = senior, **options: Any) -> Shift:
        given = {"instead_of": agent, "by": lead} | options
        return override_shift(schedule, person=person, starts_at=now + start, ends_at=now + end, now=now, **given)

    for start, end, options, sentence in (
        (-HOUR, HOUR, {}, "begins in the past"),
        (2 * HOUR, HOUR, {}, "ends before it begins"),
        (HOUR, 100 * DAY, {}, "longer than three months"),
        (HOUR, 2 * HOUR, {"person": agent}, "Nobody stands in for herself"),
        (HOUR, 2 * DAY, {"person": colleague}, "Tom Becker is on shift there herself"),
        (HOUR, 2 * HOUR, {"by": agent}, "for leads"),
    ):
        with pytest.raises(ShiftRefused, match=sentence):
            stand_in(start, end, **options)
    stand_in(HOUR, 3 * HOUR)
    with pytest.raises(ShiftRefused, match="Priya Nair stands in there at that time already"):
        stand_in(2 * HOUR, 4 * HOUR, person=lead)
    senior.is_active, senior.deactivated_at = False, now
    senior.save()
    with pytest.raises(ShiftRefused, match="Priya Nair has left"):
        stand_in(5 * HOUR, 6 * HOUR)


def test_a_swap_changes_nothing_until_it_is_taken(
    swap: Swap, schedule: Schedule, agent: User, colleague: User, now: datetime
) -> None:
    assert oncall.on_shift(schedule, now + 3 * DAY) == [agent]
    assert "Maya Osei asks whether you take the shift" in letters_to(colleague)[0]
    accept_swap(swap, by=colleague, now=now)
    assert told(oncall.spans(schedule, now + DAY, now + 4 * DAY)) == [
        (now + DAY, now + 2 * DAY, "Maya"),
        (now + 2 * DAY, now + 3 * DAY, "Priya"),
        (now + 3 * DAY, now + 4 * DAY, "Tom"),
    ]
    assert Shift.objects.filter(swap=swap).count() == 2
    assert "Tom Becker takes your shift" in letters_to(agent)[0]


def test_a_refused_swap_leaves_all_as_it_was(
    swap: Swap, schedule: Schedule, agent: User, colleague: User, now: datetime
) -> None:
    refuse_swap(swap, by=colleague, now=now)
    assert oncall.on_shift(schedule, now + 3 * DAY) == [agent]
    assert "It stays yours" in letters_to(agent)[0]
    with pytest.raises(MoveRefused):
        accept_swap(swap, by=colleague, now=now)


def test_only_who_was_asked_answers_and_only_who_asked_withdraws(
    swap: Swap, agent: User, colleague: User, senior: User, now: datetime
) -> None:
    for answer, by in ((accept_swap, agent), (accept_swap, senior), (refuse_swap, senior), (withdraw_swap, colleague)):
        with pytest.raises(ShiftRefused, match="Somebody else"):
            answer(swap, by=by, now=now)
    withdraw_swap(swap, by=agent, now=now)
    with pytest.raises(MoveRefused):
        accept_swap(swap, by=colleague, now=now)


def test_a_swap_is_checked_again_when_it_is_taken(
    swap: Swap, schedule: Schedule, agent: User, colleague: User, lead: User, now: datetime
) -> None:
    override_shift(
        schedule, person=lead, instead_of=agent, starts_at=now + 3 * DAY, ends_at=now + 3 * DAY + HOUR, by=lead, now=now
    )
    with pytest.raises(ShiftRefused, match="Maya Osei is not on shift for all of that time"):
        accept_swap(swap, by=colleague, now=now)
    swap.refresh_from_db()
    assert (swap.state, Shift.objects.filter(swap=swap).count()) == ("asked", 0)


def test_a_shift_that_has_begun_is_swapped_no_more(swap: Swap, colleague: User, now: datetime) -> None:
    with pytest.raises(ShiftRefused, match="begins in the past"):
        accept_swap(swap, by=colleague, now=now + DAY + HOUR)


def test_swaps_that_cannot_be_are_refused(
    schedule: Schedule, agent: User, colleague: User, senior: User, now: datetime
) -> None:
    mine = now + 3 * DAY, now + 4 * DAY
    for asked_of, gives, takes, sentence in (
        (agent, mine, None, "cannot swap with yourself"),
        (colleague, (now + DAY, now + 2 * DAY), None, "Maya Osei is not on shift for all of that time"),
        (colleague, mine, (now + 2 * DAY, now + 3 * DAY), "Tom Becker is not on shift for all of that time"),
        (colleague, (now - HOUR, now + HOUR), None, "begins in the past"),
    ):
        with pytest.raises(ShiftRefused, match=sentence):
            ask_swap(schedule, asked_of=asked_of, gives=gives, takes=takes, by=agent, now=now)
    ask_swap(schedule, asked_of=colleague, gives=mine, takes=None, by=agent, now=now)
    with pytest.raises(ShiftRefused, match="asked somebody about that shift already"):
        ask_swap(schedule, asked_of=senior, gives=mine, takes=None, by=agent, now=now)


def test_a_lead_takes_both_halves_of_a_swap_back(
    swap: Swap, schedule: Schedule, rotation: Rotation, agent: User, colleague: User, lead: User, now: datetime
) -> None:
    accept_swap(swap, by=colleague, now=now)
    take_back_override(Shift.objects.filter(swap=swap).latest("pk"), by=lead, now=now)
    assert {span.kind for span in oncall.spans(schedule, now, now + 9 * DAY)} == {oncall.SpanKind.ROTATION}


def test_the_desk_itself_may_put_somebody_in(schedule: Schedule, lead: User, now: datetime) -> None:
    override_shift(schedule, person=lead, starts_at=now, ends_at=now + HOUR, by=SYSTEM, now=now)
    assert oncall.on_shift(schedule, now) == [lead]
