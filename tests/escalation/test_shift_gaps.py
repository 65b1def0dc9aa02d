"""Warning of gaps while there is time, and notes from one shift to the next."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from foundation.accounts.models import Team, User
from foundation.escalation.models import Rotation, Schedule, Shift, ShiftNote
from foundation.escalation.operations import confirm_shift_note, sweep_gaps, write_shift_note
from foundation.escalation.shift_policies import ShiftRefused
from foundation.notifications.models import OutboxMessage
from foundation.notifications.rendering import compose, readable

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def warned(*people: User) -> list[datetime]:
    messages = OutboxMessage.objects.filter(notice="shift_gap", channel="mail", recipient__in=people).order_by("pk")
    return [message.created_at for message in messages]


@pytest.fixture
def gap(schedule: Schedule, agent: User, now: datetime) -> Schedule:
    """Maya is on for ten days, then nobody."""
    Shift.objects.create(schedule=schedule, person=agent, starts_at=now, ends_at=now + 10 * DAY)
    return schedule


def test_the_lead_is_warned_of_a_gap_once_a_day(gap: Schedule, lead: User, now: datetime) -> None:
    for hours in (0, 1, 2, 11, 13, 20, 35):
        assert sweep_gaps(now=now + hours * HOUR) == 1
    assert warned(lead) == [now, now + 13 * HOUR], "the second day begins at midnight of the schedule's zone"
    message = OutboxMessage.objects.filter(notice="shift_gap", channel="mail").earliest("pk")
    letter = compose(readable([message], lead), lead)
    assert letter.title == "US desk: hours without anybody on shift"
    assert "nobody is on shift from 11/28/2026" in letter.body


def test_a_schedule_is_looked_at_once_an_hour(gap: Schedule, lead: User, now: datetime) -> None:
    assert sweep_gaps(now=now) == 1
    assert sweep_gaps(now=now + HOUR / 2) == 0


@pytest.mark.usefixtures("rotation")
def test_nobody_is_warned_where_somebody_is_always_on(lead: User, now: datetime) -> None:
    assert sweep_gaps(now=now) == 0
    assert warned(lead) == []


def test_a_gap_later_than_two_weeks_can_wait(schedule: Schedule, agent: User, lead: User, now: datetime) -> None:
    Shift.objects.create(schedule=schedule, person=agent, starts_at=now, ends_at=now + 15 * DAY)
    assert sweep_gaps(now=now) == 0
    assert sweep_gaps(now=now + 2 * DAY) == 1


def test_without_a_lead_every_admin_is_warned(gap: Schedule, admin: User, now: datetime) -> None:
    sweep_gaps(now=now)
    assert warned(admin) == [now]


def test_somebody_who_leaves_is_a_gap_that_is_warned_of(
    rotation: Rotation, colleague: User, lead: User, now: datetime
) -> None:
    colleague.is_active, colleague.deactivated_at = False, now
    colleague.save()
    assert sweep_gaps(now=now) == 1
    assert warned(lead) == [now]


@pytest.fixture
def note(rotation: Rotation, schedule: Schedule, agent: User, now: datetime) -> ShiftNote:
    return write_shift_note(schedule, body=" TS-12: the vet calls back at nine. ", by=agent, now=now + 23 * HOUR)


def test_a_note_reaches_the_next_shift_who_confirms_it(
    note: ShiftNote, agent: User, colleague: User, senior: User, now: datetime
) -> None:
    told = OutboxMessage.objects.filter(notice="shift_note")
    assert list(told.values_list("recipient", "channel")) == [(colleague.pk, "in_app")]
    assert "vet" not in compose(readable(list(told), colleague), colleague).body, "it is read on its page"
    for by, at, sentence in ((agent, now + DAY, "Your own note"), (senior, now + DAY, "Whoever is on shift")):
        with pytest.raises(ShiftRefused, match=sentence):
            confirm_shift_note(note, by=by, now=at)
    confirm_shift_note(note, by=colleague, now=now + DAY)
    confirm_shift_note(note, by=senior, now=now + 2 * DAY)
    note.refresh_from_db()
    assert (note.read_by, note.read_at, note.body) == (colleague, now + DAY, "TS-12: the vet calls back at nine.")


@pytest.mark.usefixtures("rotation")
def test_notes_are_the_teams_own(
    schedule: Schedule, stranger: User, admin: User, agent: User, manager: User, now: datetime
) -> None:
    for outsider in (stranger, admin):
        with pytest.raises(ShiftRefused, match="for the team"):
            write_shift_note(schedule, body="x", by=outsider, now=now)
    for body, sentence in ((" ", "Write what"), ("x" * 4001, "4001 characters")):
        with pytest.raises(ShiftRefused, match=sentence):
            write_shift_note(schedule, body=body, by=agent, now=now)
    assert write_shift_note(schedule, body="x", by=manager, now=now)


def test_a_team_out_of_use_is_not_watched(gap: Schedule, team: Team, lead: User, now: Any) -> None:
    Team.objects.filter(pk=team.pk).update(is_active=False)
    assert sweep_gaps(now=now) == 0
