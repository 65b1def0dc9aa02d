"""The moves of a case: one function a verb, each the same for a page, the API and a timer.

Each locks the case, asks the table and the policies, changes the state, pays the clocks what the state owes them,
writes the trail and the notices, and places the case in the queue, all in one transaction.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases import events, notices
from cases.models import Case, CaseGrant, CaseLink, GrantKind, HandOver, LinkKind
from cases.operations.clocks import cancel_clocks, meet_clock, pause_clocks, reopen_clocks, resume_clocks
from cases.operations.placing import place_case
from cases.operations.routing import drain_soon
from cases.policies import (
    AlreadyTaken,
    can_see,
    check_assign,
    check_close,
    check_decides,
    check_duplicate,
    check_escalated,
    check_hand_over,
    check_hold,
    check_move,
    check_no_open_offer,
    check_not_itself,
    check_reopen,
    check_resolve,
    check_see,
    check_undo_assign,
    check_until,
    escalations_by_hand,
    is_escalated,
    open_hand_over,
)
from cases.workflow import CASE_WORKFLOW, CaseState, WaitingOn
from foundation.accounts.models import User
from foundation.audit import trail
from foundation.audit.actors import SYSTEM, Acting
from foundation.audit.events import Event
from foundation.audit.models import Entry
from foundation.escalation.operations import end_escalations, note_activity, start_escalation
from foundation.escalation.policies import BY_HAND
from foundation.sla.models import Metric
from foundation.workflow.moves import Move, MoveRefused


@transaction.atomic
def take_case(case: Case, *, by: User, now: datetime) -> Case:
    """Make the case ``by``'s own. Taking one's own case again changes nothing.

    Of any number who take it at once exactly one gets it. Raises AlreadyTaken, naming her, for the others.
    """
    case = Case.objects.locked(case.pk)
    move = check_move("take", case, by=by)
    if case.assignee_id == by.pk and case.state != CaseState.NEW:
        return case
    if case.assignee is not None and case.assignee_id != by.pk:
        raise AlreadyTaken(case.assignee, _owned_since(case))
    check_hold(by, case)
    case.assignee = by
    _withdraw_offer(case, by=by, now=now)
    _make(case, move, by=by, now=now)
    return case


def _owned_since(case: Case) -> datetime | None:
    """When its owner got the case, as the trail tells it."""
    entry = _hands_changed(case, *events.GAVE_AN_OWNER)
    return entry.happened_at if entry else None


def _hands_changed(case: Case, *kinds: Event) -> Entry | None:
    """The newest entry of these kinds about the case."""
    codes = [kind.code for kind in kinds]
    entries = Entry.objects.filter(subject_kind="case", subject_id=case.subject.id, event__in=codes)
    return entries.order_by("-id").first()


@transaction.atomic
def assign_case(case: Case, *, to: User | None, reason: str = "", by: User, now: datetime) -> Case:
    """Give the case to somebody, or with None back to the queue of its team. Giving it to its owner changes nothing.

    Taking it from a colleague is a lead's to do. Raises AlreadyTaken, naming her, for the others.
    """
    case = Case.objects.locked(case.pk)
    check_move("assign", case, by=by)
    if case.assignee_id == (to.pk if to else None):
        return case
    check_assign(case, by=by, to=to)
    return _give(case, to, reason=reason, by=by, now=now)


@transaction.atomic
def undo_assign(case: Case, *, by: User, now: datetime) -> Case:
    """Take one's own assigning back within 15 minutes: the case is again whose it was before, or nobody's.

    Raises MoveRefused where the case has changed hands since, or too long has passed.
    """
    case = Case.objects.locked(case.pk)
    check_move("assign", case, by=by)
    given = _hands_changed(case, *events.HANDS_CHANGED)
    check_undo_assign(case, given, by=by, now=now)
    previous = User.objects.active().filter(pk=given.data.get("previous")).first() if given else None
    return _give(case, previous, by=by, now=now)


def _give(case: Case, to: User | None, *, reason: str = "", by: User, now: datetime) -> Case:
    if to is not None:
        check_hold(to, case)
    previous = case.assignee
    case.assignee = to
    _withdraw_offer(case, by=by, now=now)
    _end_opened_here(case, [by], now=now)
    if to is None:
        _save(case, now=now)
        trail.record(events.CASE_RELEASED, about=case, by=by, reason=reason, previous=previous and previous.pk)
        return case
    move = CASE_WORKFLOW["assign"]
    entry = _make(case, move, by=by, now=now, to=to.pk, previous=previous and previous.pk, reason=reason)
    notices.tell(notices.CaseAssignedNotice, case, [to], key=entry, by=by, now=now)
    return case


@transaction.atomic
def hand_over_case(case: Case, *, to: User, note: str = "", by: User, now: datetime) -> Case:
    """Offer the case to somebody. Its owner stays responsible until she accepts.

    With the offer comes sight of the case, where she had none, until she answers.
    """
    case = Case.objects.locked(case.pk)
    move = check_move("hand_over", case, by=by)
    check_hand_over(case, by=by, to=to)
    check_no_open_offer(case)
    if to.pk == case.assignee_id:
        raise MoveRefused(_("The case is hers already."), code="invalid")
    check_hold(to, case)
    offer = HandOver.objects.create(
        case=case, from_user=case.assignee, to_user=to, note=note.strip(), offered_at=now, offered_by=by
    )
    if not can_see(to, case):
        CaseGrant.objects.create(
            case=case, user=to, kind=GrantKind.SHARED, ceiling=case.confidentiality, granted_at=now, granted_by=by
        )
    entry = _make(case, move, by=by, now=now, to=to.pk, reason=offer.note)
    notices.tell(notices.HandOverOfferedNotice, case, [to], key=entry, by=by, now=now)
    return case


@transaction.atomic
def accept_hand_over(case: Case, *, by: User, now: datetime) -> Case:
    """Take on the case that was offered. It is open again under its new owner; accepting twice changes nothing."""
    case = Case.objects.locked(case.pk)
    offer = open_hand_over(case)
    if offer is None or offer.to_user_id != by.pk:
        if case.assignee_id == by.pk:
            return case
        raise MoveRefused(_("This case is not offered to you."))
    check_hold(by, case)
    _answer(offer, accepted=True, now=now)
    previous = offer.from_user or offer.offered_by
    old = case.state
    case.assignee = by
    _leave_waiting(case, by=by, now=now)
    case.state = CaseState.OPEN
    _save(case, now=now)
    _end_opened_here(case, {offer.offered_by, previous}, now=now)
    entry = trail.record(
        events.CASE_HAND_OVER_ACCEPTED, about=case, by=by, previous=previous.pk, old=old, new=case.state
    )  # fmt: skip
    notices.tell(notices.HandOverAcceptedNotice, case, {previous, offer.offered_by}, key=entry, by=by, now=now)
    return case


@transaction.atomic
def decline_hand_over(case: Case, *, reason: str = "", by: User, now: datetime) -> Case:
    """Say no to the offer, or withdraw one's own. The owner keeps the case; without an open offer nothing changes."""
    case = Case.objects.locked(case.pk)
    offer = open_hand_over(case)
    if offer is None:
        return case
    if by.pk not in (offer.to_user_id, offer.offered_by_id, offer.from_user_id):
        raise MoveRefused(_("This case is not offered to you."))
    _answer(offer, accepted=False, now=now)
    entry = trail.record(events.CASE_HAND_OVER_DECLINED, about=case, by=by, to=offer.to_user_id, reason=reason)
    told = {person for person in (offer.offered_by, offer.from_user) if person is not None}
    notices.tell(notices.HandOverDeclinedNotice, case, told, key=entry, by=by, now=now)
    return case


@transaction.atomic
def wait_case(
    case: Case, *, on: str, until: datetime | None = None, reason: str = "", by: Acting, now: datetime
) -> Case:  # fmt: skip
    """Set the case waiting on somebody, at the longest until an instant. What pauses for that reason pauses."""
    case = Case.objects.locked(case.pk)
    move = check_move("wait", case, by=by)
    if on not in WaitingOn.values:
        raise MoveRefused(_("Choose whom the case waits for."), code="invalid")
    check_until(until, now=now)
    case.waiting_on = on
    case.waiting_until = until
    pause_clocks(case, on=on, by=by, now=now)
    _make(case, move, by=by, now=now, on=on, until=until, reason=reason)
    return case


@transaction.atomic
def resume_case(case: Case, *, by: Acting, now: datetime) -> Case:
    """End the waiting: by a person, by word from outside, or at the time it was to end."""
    case = Case.objects.locked(case.pk)
    move = check_move("resume", case, by=by)
    _make(case, move, by=by, now=now)
    return case


@transaction.atomic
def resolve_case(case: Case, *, outcome: str, reason: str = "", by: Acting, now: datetime) -> Case:
    """Resolve the case with its outcome. Open tasks stay open; an offer to hand over falls away.

    The resolution clock is met; response clocks that still run are cancelled, since nobody is left to answer.
    """
    case = Case.objects.locked(case.pk)
    move = check_move("resolve", case, by=by)
    check_resolve(case, outcome=outcome)
    meet_clock(case, Metric.RESOLUTION, at=now, by=by, now=now)
    _end_work(case, why="resolved", by=by, now=now)
    case.outcome = outcome
    case.resolved_at = now
    _make(case, move, by=by, now=now, outcome=outcome, reason=reason)
    return case


@transaction.atomic
def reopen_case(case: Case, *, reason: str = "", by: Acting, now: datetime) -> Case:
    """Open a resolved or closed case again, under its owner where she still works here. A new cycle of its clocks starts."""
    case = Case.objects.locked(case.pk)
    move = check_move("reopen", case, by=by)
    check_reopen(case, by=by, reason=reason)
    case.outcome = ""
    case.resolved_at = None
    case.closed_at = None
    case.duplicate_of = None
    if case.assignee is not None and not case.assignee.is_active:
        case.assignee = None
    entry = _make(case, move, by=by, now=now, reason=reason)
    reopen_clocks(case, by=by, now=now)
    place_case(case, now=now)
    notices.tell(notices.CaseReopenedNotice, case, [case.assignee], key=entry, by=by, now=now)
    return case


@transaction.atomic
def close_case(case: Case, *, by: Acting = SYSTEM, now: datetime) -> Case:
    """Close a resolved case, 7 days after the last contact."""
    case = Case.objects.locked(case.pk)
    move = check_move("close", case, by=by)
    check_close(case, now=now)
    case.closed_at = now
    _make(case, move, by=by, now=now)
    return case


@transaction.atomic
def mark_duplicate(case: Case, *, of: Case, by: User, now: datetime) -> Case:
    """Close the case as a duplicate of another that stands. Its open clocks are cancelled; neither level changes."""
    check_not_itself(case, of)
    case, of = Case.objects.locked_both(case.pk, of.pk)
    move = check_move("mark_duplicate", case, by=by)
    check_decides(of, by=by)
    check_duplicate(of)
    _end_work(case, why="duplicate", by=by, now=now)
    case.duplicate_of = of
    case.closed_at = now
    _make(case, move, by=by, now=now, of=of.pk)
    CaseLink.objects.get_or_create(
        case=case, other=of, kind=LinkKind.RELATED, defaults={"linked_at": now, "linked_by": by}
    )  # fmt: skip
    trail.record(events.CASE_DUPLICATE_FOUND, about=of, by=by, other=case.pk)
    return case


@transaction.atomic
def escalate_case(case: Case, *, to: User | None = None, reason: str, by: Acting, now: datetime) -> Case:
    """Call somebody: a person who sees the case or, with None, the lead of its team. The state stays.

    Escalating again to the person who has it changes nothing; to another, the earlier escalation ends.
    """
    case = Case.objects.locked(case.pk)
    move = check_move("escalate", case, by=by)
    if not reason.strip():
        raise MoveRefused(_("Say why it needs somebody else."), code="invalid")
    if to is not None:
        check_see(to, case)
    called = to or _lead_who_sees(case)
    if is_escalated(case):
        if case.escalated_to == called and escalations_by_hand(case).running().exists():
            return case
        end_escalations(case.subject, reason=BY_HAND, by=by, now=now)
    case.escalated_to = called
    entry = _make(case, move, by=by, now=now, to=called and called.pk, reason=reason)
    notices.tell(notices.CaseEscalatedNotice, case, [case.assignee], key=entry, by=by, now=now)
    start_escalation(
        subject=case.subject, reason=BY_HAND, severity=case.severity, team=case.team, to=to,
        key=f"case:{case.pk}:by_hand:{entry.pk}", by=by, now=now,
    )  # fmt: skip
    return case


def _lead_who_sees(case: Case) -> User | None:
    lead = case.team.lead
    return lead if lead is not None and can_see(lead, case) else None


@transaction.atomic
def de_escalate_case(case: Case, *, reason: str = "", by: Acting, now: datetime) -> Case:
    """Take the escalation back: nobody is called for it any more."""
    case = Case.objects.locked(case.pk)
    move = check_move("de_escalate", case, by=by)
    check_escalated(case)
    end_escalations(case.subject, reason=BY_HAND, by=by, now=now)
    case.escalated_to = None
    _make(case, move, by=by, now=now, reason=reason)
    return case


def _make(case: Case, move: Move, *, by: Acting, now: datetime, **facts: object) -> Entry:
    """Bring the case into the move's state and write it down, with the old and the new state."""
    old = case.state
    if move.target is not None and move.target != old:
        if old == CaseState.WAITING:
            _leave_waiting(case, by=by, now=now)
        case.state = move.target
    _save(case, now=now)
    return trail.record(move.event, about=case, by=by, old=old, new=case.state, **facts)


def _save(case: Case, *, now: datetime) -> None:
    case.updated_at = now
    case.save(update_fields=_MOVED)
    place_case(case, now=now)
    note_activity(case.subject, now=now)
    # Whatever a move frees, or leaves without an owner, a rule may give on at once.
    drain_soon(case.team_id, now=now)


_MOVED = [
    "state", "assignee", "escalated_to", "waiting_on", "waiting_until", "outcome", "resolved_at", "closed_at",
    "duplicate_of", "updated_at",
]  # fmt: skip


def _leave_waiting(case: Case, *, by: Acting, now: datetime) -> None:
    if case.state == CaseState.WAITING:
        case.waiting_on = ""
        case.waiting_until = None
        resume_clocks(case, by=by, now=now)


def _end_work(case: Case, *, why: str, by: Acting, now: datetime) -> None:
    """Whatever still calls for somebody ends: response clocks, escalations, an offer to hand over."""
    cancel_clocks(case, by=by, now=now, reason=why)
    end_escalations(case.subject, by=by, now=now)
    case.escalated_to = None
    _withdraw_offer(case, by=by, now=now)


def _withdraw_offer(case: Case, *, by: Acting, now: datetime) -> None:
    if offer := open_hand_over(case):
        _answer(offer, accepted=False, now=now)
        trail.record(events.CASE_HAND_OVER_DECLINED, about=case, by=by, to=offer.to_user_id)


def _answer(offer: HandOver, *, accepted: bool, now: datetime) -> None:
    """Close the offer, and the sight that came with it."""
    offer.accepted = accepted
    offer.answered_at = now
    offer.save(update_fields=["accepted", "answered_at"])
    CaseGrant.objects.filter(
        case=offer.case, user=offer.to_user, kind=GrantKind.SHARED, granted_at=offer.offered_at, ended_at__isnull=True
    ).update(ended_at=now)


def _end_opened_here(case: Case, people: Iterable[User], *, now: datetime) -> None:
    """Whoever handed the case on reads it no longer by having opened it here."""
    CaseGrant.objects.filter(
        case=case, user__in=[person.pk for person in people], kind=GrantKind.OPENED_HERE, ended_at__isnull=True
    ).update(ended_at=now)


MOVES_BY_NAME: Mapping[str, Callable[..., Case]] = {
    "take": take_case,
    "assign": assign_case,
    "hand_over": hand_over_case,
    "wait": wait_case,
    "resume": resume_case,
    "resolve": resolve_case,
    "reopen": reopen_case,
    "close": close_case,
    "mark_duplicate": mark_duplicate,
    "escalate": escalate_case,
    "de_escalate": de_escalate_case,
}
"""The operation behind every move of the table, for whoever makes moves by name: the page and the API."""
