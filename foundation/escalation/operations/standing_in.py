"""Standing in for somebody on shift: by a lead's word, or by two colleagues who agree to swap."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.escalation import events
from foundation.escalation.models import Schedule, Shift, Swap
from foundation.escalation.notices import RELIEVED, STANDS_IN, TAKEN_BACK
from foundation.escalation.operations.schedules import end_or_take_back, locked
from foundation.escalation.shift_policies import (
    ShiftRefused,
    check_ahead,
    check_asked_it,
    check_here,
    check_is_asked,
    check_may_edit,
    check_no_other_override,
    check_not_on_already,
    check_on_all_the_time,
)
from foundation.escalation.workflow import SWAP_WORKFLOW
from foundation.notifications.outbox import enqueue
from foundation.sla.calendar import Interval


@transaction.atomic
def override_shift(
    schedule: Schedule,
    *,
    person: User,
    starts_at: datetime,
    ends_at: datetime,
    by: Acting,
    now: datetime,
    instead_of: User | None = None,
    note: str = "",
) -> Shift:
    """Put somebody on shift in another's place, or in everybody's of the schedule. Both are told."""
    check_may_edit(by)
    check_here(person)
    if instead_of is not None and instead_of.pk == person.pk:
        raise ShiftRefused(_("Nobody stands in for herself."), field="person")
    check_ahead(starts_at, ends_at, now=now)
    schedule = locked(schedule)
    check_no_other_override(schedule, instead_of, starts_at, ends_at)
    if instead_of is not None:
        check_not_on_already(person, schedule, (starts_at, ends_at))
    shift = Shift.objects.create(
        schedule=schedule, person=person, starts_at=starts_at, ends_at=ends_at, is_override=True,
        instead_of=instead_of, note=note.strip(),
    )  # fmt: skip
    trail.record(
        events.SHIFT_OVERRIDDEN, about=schedule, by=by, shift=shift.pk, person=person.pk,
        instead_of=instead_of.pk if instead_of else None, starts_at=starts_at, ends_at=ends_at,
    )  # fmt: skip
    _tell(shift, [person], STANDS_IN, by=by, now=now)
    _tell(shift, [instead_of] if instead_of else [], RELIEVED, by=by, now=now)
    return shift


@transaction.atomic
def take_back_override(shift: Shift, *, by: Acting, now: datetime) -> Shift:
    """Let the plan stand again from now on; of a swap both halves that are not over. Safe to call twice."""
    check_may_edit(by)
    schedule = locked(shift.schedule)
    shift = Shift.objects.select_related("person", "instead_of").get(pk=shift.pk)
    if not shift.is_override:
        raise ShiftRefused(_("Nobody stands in here."))
    halves = Shift.objects.filter(swap=shift.swap_id).select_related("person") if shift.swap_id else [shift]
    for half in halves:
        if not end_or_take_back(half, now=now):
            continue
        trail.record(
            events.OVERRIDE_TAKEN_BACK, about=schedule, by=by, shift=half.pk, person=half.person_id,
            starts_at=half.starts_at,
        )  # fmt: skip
        _tell(half, [half.person], TAKEN_BACK, by=by, now=now)
    return shift


@transaction.atomic
def ask_swap(
    schedule: Schedule, *, asked_of: User, gives: Interval, takes: Interval | None, by: User, now: datetime
) -> Swap:
    """Ask a colleague to take a shift of one's own, for one of hers or for nothing. Nothing changes until she does."""
    if asked_of.pk == by.pk:
        raise ShiftRefused(_("A swap needs somebody else: you cannot swap with yourself."), field="with")
    check_here(asked_of, field="with")
    schedule = locked(schedule)
    _check_swap(schedule, by, asked_of, gives, takes, now=now)
    if Swap.objects.filter(
        schedule=schedule, asked_by=by, state="asked", starts_at__lt=gives[1], ends_at__gt=gives[0]
    ).exists():
        raise ShiftRefused(_("You have asked somebody about that shift already. Withdraw that first."), field="shift")
    swap = Swap.objects.create(
        schedule=schedule, asked_by=by, asked_of=asked_of, starts_at=gives[0], ends_at=gives[1],
        back_starts_at=takes[0] if takes else None, back_ends_at=takes[1] if takes else None, asked_at=now,
    )  # fmt: skip
    trail.record(
        events.SWAP_ASKED, about=schedule, by=by, swap=swap.pk, asked_of=asked_of.pk, starts_at=gives[0],
        ends_at=gives[1],
    )  # fmt: skip
    context = {
        "starts_at": swap.starts_at, "ends_at": swap.ends_at, "back_starts_at": swap.back_starts_at,
        "back_ends_at": swap.back_ends_at,
    }  # fmt: skip
    enqueue(
        "swap_asked", subject=schedule.subject, recipients=[asked_of], context=context, key=f"swap:{swap.pk}:asked",
        by=by, now=now,
    )  # fmt: skip
    return swap


@transaction.atomic
def accept_swap(swap: Swap, *, by: User, now: datetime) -> Swap:
    """Take the shift, and give the one in return: an override each way, or neither."""
    schedule, swap = _open(swap)
    move = SWAP_WORKFLOW.check("accept", swap.state, by=by)
    check_is_asked(swap, by=by)
    gives = swap.starts_at, swap.ends_at
    takes = (swap.back_starts_at, swap.back_ends_at) if swap.back_starts_at and swap.back_ends_at else None
    _check_swap(schedule, swap.asked_by, by, gives, takes, now=now)
    _close(swap, move.target or swap.state, now=now)
    _stand_in(swap, by, swap.asked_by, gives)
    if takes:
        _stand_in(swap, swap.asked_by, by, takes)
    trail.record(move.event, about=schedule, by=by, swap=swap.pk, asked_by=swap.asked_by_id)
    _answer(swap, by=by, now=now)
    return swap


@transaction.atomic
def refuse_swap(swap: Swap, *, by: User, now: datetime) -> Swap:
    schedule, swap = _open(swap)
    move = SWAP_WORKFLOW.check("refuse", swap.state, by=by)
    check_is_asked(swap, by=by)
    _close(swap, move.target or swap.state, now=now)
    trail.record(move.event, about=schedule, by=by, swap=swap.pk, asked_by=swap.asked_by_id)
    _answer(swap, by=by, now=now)
    return swap


@transaction.atomic
def withdraw_swap(swap: Swap, *, by: User, now: datetime) -> Swap:
    """Take back what she asked, while nobody has answered."""
    schedule, swap = _open(swap)
    move = SWAP_WORKFLOW.check("withdraw", swap.state, by=by)
    check_asked_it(swap, by=by)
    _close(swap, move.target or swap.state, now=now)
    trail.record(move.event, about=schedule, by=by, swap=swap.pk, asked_of=swap.asked_of_id)
    return swap


def _check_swap(
    schedule: Schedule, giver: User, taker: User, gives: Interval, takes: Interval | None, *, now: datetime
) -> None:
    """Both shifts are still to come and still theirs, and neither is on already where she would stand in."""
    for person, other, times in ((giver, taker, gives), (taker, giver, takes)):
        if times is None:
            continue
        check_ahead(*times, now=now)
        check_on_all_the_time(person, schedule, times)
        check_not_on_already(other, schedule, times)


def _open(swap: Swap) -> tuple[Schedule, Swap]:
    schedule = locked(swap.schedule)
    return schedule, Swap.objects.select_related("asked_by", "asked_of").get(pk=swap.pk)


def _close(swap: Swap, state: str, *, now: datetime) -> None:
    swap.state, swap.answered_at = state, now
    swap.save(update_fields=["state", "answered_at"])


def _stand_in(swap: Swap, person: User, instead_of: User, times: Interval) -> None:
    Shift.objects.create(
        schedule_id=swap.schedule_id, person=person, instead_of=instead_of, starts_at=times[0], ends_at=times[1],
        is_override=True, swap=swap,
    )  # fmt: skip


def _answer(swap: Swap, *, by: User, now: datetime) -> None:
    context = {"starts_at": swap.starts_at, "ends_at": swap.ends_at, "state": swap.state}
    enqueue(
        "swap_answered", subject=swap.schedule.subject, recipients=[swap.asked_by], context=context,
        key=f"swap:{swap.pk}:answered", by=by, now=now,
    )  # fmt: skip


def _tell(shift: Shift, people: list[User], what: str, *, by: Acting, now: datetime) -> None:
    enqueue(
        "shift_changed",
        subject=shift.schedule.subject,
        recipients=people,
        context={"what": what, "starts_at": shift.starts_at, "ends_at": shift.ends_at},
        key=f"shift:{shift.pk}:{what}",
        by=by,
        now=now,
    )
