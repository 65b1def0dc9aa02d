"""Rules about people and cases that the table of moves cannot say.

``check_x`` raises MoveRefused with the sentence that a page shows; ``can_x`` is the same as a bool.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from cases import events
from cases.access import compartments_for, may_decide
from cases.models import (
    Case,
    CaseGrant,
    Check,
    Conflict,
    Contact,
    Direction,
    Evidence,
    GrantKind,
    HandOver,
    Party,
    PartyRole,
    Reveal,
    Task,
)
from cases.querysets import granted_to
from cases.workflow import CASE_WORKFLOW, CaseState, Outcome
from foundation.accounts.models import Team, User
from foundation.accounts.permissions import SHARED_CEILING, Compartment, Level, Permission, Relation
from foundation.audit.actors import Acting, System
from foundation.audit.models import Entry
from foundation.escalation.models import Escalation
from foundation.escalation.policies import BY_HAND
from foundation.escalation.querysets import EscalationQuerySet
from foundation.workflow.moves import Move, MoveRefused, Offer

OPENED_HERE_FOR = timedelta(hours=12)
"""How long whoever opened a case, or held it when its level rose, keeps reading it (access-and-audit.md)."""

GLASS_BROKEN_FOR = timedelta(minutes=60)
REVEALED_FOR = timedelta(minutes=30)
GLASS_REVIEWED_WITHIN = timedelta(hours=72)
ASSIGNING_UNDONE_WITHIN = timedelta(minutes=15)
"""How long whoever assigned a case may take that back, as a slip of hers and not as a case taken from somebody."""

CLOSES_AFTER = timedelta(days=7)
LONGEST_WAIT = timedelta(days=366)
SHORTEST_GLASS_REASON = 15
"""Characters of a written reason to break the glass: a sentence, not a keystroke."""

_OPEN_TO_READERS = frozenset({"escalate", "hand_over"})
"""Moves that somebody makes who reads a case only for a while: they bring it to one who decides."""


class AlreadyTaken(MoveRefused):
    """Somebody else has the case. ``at`` is None where nothing tells since when; ``then`` is what can be done."""

    def __init__(self, by: User, at: datetime | None, then: str = "") -> None:
        self.by = by
        self.at = at
        if at is None:
            sentence = _("%(name)s has this case.") % {"name": by.name}
        else:
            sentence = _("%(name)s has had this case since %(time)s.") % {"name": by.name, "time": told(at)}
        super().__init__(f"{sentence} {then}".strip(), code="taken")


class NotTheirs(MoveRefused):
    """Somebody cannot be given the case. Says nothing of why, so that it tells nothing of her or of the case."""

    def __init__(self, person: User) -> None:
        super().__init__(_("%(name)s cannot be given this case.") % {"name": person.name}, code="not_theirs")


def told(at: datetime) -> str:
    """An instant in words, in the reader's zone and language."""
    return date_format(timezone.localtime(at), "SHORT_DATETIME_FORMAT")


def check_may(by: Acting, permission: Permission) -> None:
    """Whether ``by`` holds the capability at all. The system acts through moves, never through this."""
    if not by.may(permission):
        raise MoveRefused(_("That is not among what your role may do."), code="forbidden")


def check_decides(case: Case, *, by: Acting) -> None:
    """Whether ``by`` reads the case as one who decides it, not only for a while.

    Every change asks it but notes, contacts and evidence, which readers for a while may add (access-and-audit.md).
    """
    if not may_decide(by, case):
        raise MoveRefused(
            _("You read this case for a while. Deciding it is up to its owner and her team."), code="forbidden"
        )


def decides_not(case: Case, *, by: Acting) -> str:
    """The sentence of whoever reads the case for a while; empty for whoever decides it. For pages."""
    try:
        check_decides(case, by=by)
    except MoveRefused as refusal:
        return str(refusal)
    return ""


def check_words(text: str, *, at_most: int, needed: str) -> str:
    """A text without the space around it. ``needed`` is the sentence when nothing is left."""
    words = text.strip()
    if not words:
        raise MoveRefused(needed, code="invalid")
    if len(words) > at_most:
        sentence = ngettext("At most %(most)d character fits.", "At most %(most)d characters fit.", at_most)
        raise MoveRefused(sentence % {"most": at_most}, code="invalid")
    if "\x00" in words or any(0xD800 <= ord(character) <= 0xDFFF for character in words):
        raise MoveRefused(_("The text holds a character that cannot be stored."), code="invalid")
    return words


def check_move(name: str, case: Case, *, by: Acting) -> Move:
    """The move, when the table allows it and ``by`` may decide the case."""
    move = CASE_WORKFLOW.check(name, case.state, by=by)
    if name not in _OPEN_TO_READERS:
        check_decides(case, by=by)
    return move


def can_hold(person: User, case: Case) -> bool:
    """Whether the case may be given to somebody: her role reads it once it is hers, and she has no interest in it."""
    return _role_holds(person, case) and not Conflict.objects.filter(case=case, user=person).exists()


def _role_holds(person: User, case: Case) -> bool:
    ceiling = person.spec.ceilings.get(Relation.ASSIGNED, 0)
    reads = person.may(Permission.CASE_VIEW) and person.may(Permission.CASE_TAKE)
    return reads and ceiling >= case.confidentiality


def check_hold(person: User, case: Case) -> None:
    if not can_hold(person, case):
        raise NotTheirs(person)


def can_see(person: User, case: Case) -> bool:
    """Whether somebody sees the case as things stand."""
    return Case.objects.visible_to(person).filter(pk=case.pk).exists()


def check_see(person: User, case: Case) -> None:
    if not can_see(person, case):
        raise NotTheirs(person)


def check_assign(case: Case, *, by: User, to: User | None) -> None:
    """Whoever assigns gives away what nobody has, and puts her own back into the queue.

    Her own goes to a colleague by handing it over, so that somebody is responsible until it is accepted. What a colleague
    has is a lead's to take from her. Whoever left the desk has nothing. to: None for the queue.
    """
    owner = case.assignee
    if owner is None or can_give_on(case, by=by):
        return
    if owner.pk != by.pk:
        raise AlreadyTaken(owner, None, then=_("A lead can assign it to somebody else."))
    if to is not None:
        raise MoveRefused(_("It is yours. Hand it over, and it stays yours until it is accepted."))


def can_give_on(case: Case, *, by: Acting) -> bool:
    """Whether assigning may give the case to somebody: not one's own, which is handed over, unless one reassigns."""
    return case.assignee is None or not case.assignee.is_active or by.may(Permission.CASE_REASSIGN)


def check_undo_assign(case: Case, given: Entry | None, *, by: User, now: datetime) -> None:
    """Whether the newest change of hands is her own assigning, of a moment ago, and the case is still so.

    given: the newest entry that gave the case to somebody or took it from her.
    """
    mine = given is not None and given.actor_kind == by.actor.kind and given.actor_id == by.actor.id
    if (
        given is None
        or not mine
        or given.event != events.CASE_ASSIGNED.code
        or given.data.get("to") != case.assignee_id
    ):
        raise MoveRefused(_("The case has changed hands since."))
    if now - given.happened_at > ASSIGNING_UNDONE_WITHIN:
        raise MoveRefused(_("Too long has passed to take that back."))


def check_leaves_owner(case: Case, *, by: Acting) -> None:
    """Whether ``by`` may take the case from whoever has it, as a deed of another name would."""
    owner = case.assignee
    if owner is None or by.actor == owner.actor or can_give_on(case, by=by):
        return
    raise AlreadyTaken(owner, None, then=_("Taking it from her is a lead's to do."))


def check_hand_over(case: Case, *, by: User, to: User | None = None) -> None:
    """A case is handed over by its owner; one that nobody owns by whoever sees it.

    Whoever only reads it for a while hands it on only where she opened it here, and never to herself: what she could
    accept she would hold for good. to: None where it is not known yet.
    """
    if case.assignee_id not in (None, by.pk):
        if by.may(Permission.CASE_REASSIGN):
            raise MoveRefused(_("Its owner hands it over. You can assign it."))
        raise MoveRefused(_("Its owner hands it over, or a lead assigns it."))
    if not may_decide(by, case) and (to == by or not _opened_here(case, by)):
        check_decides(case, by=by)


def _opened_here(case: Case, by: User) -> bool:
    return Case.objects.filter(granted_to(by, GrantKind.OPENED_HERE), pk=case.pk).exists()


def check_no_open_offer(case: Case) -> None:
    _check_no_offer(open_hand_over(case))


def _check_no_offer(offer: HandOver | None) -> None:
    if offer is not None:
        raise MoveRefused(_("It is already offered to %(name)s.") % {"name": offer.to_user.name})


def open_hand_over(case: Case) -> HandOver | None:
    """The hand-over of the case that waits for an answer."""
    return (
        HandOver.objects.filter(case=case, answered_at__isnull=True)
        .select_related("to_user", "from_user", "offered_by")
        .first()
    )


def check_until(until: datetime | None, *, now: datetime) -> None:
    """A case waits until a time that comes, within a year."""
    if until is not None and until <= now:
        raise MoveRefused(_("That time has passed."), code="invalid")
    if until is not None and until > now + LONGEST_WAIT:
        raise MoveRefused(_("A case waits at most a year."), code="invalid")


def check_resolve(case: Case, *, outcome: str) -> None:
    """Every gate is ticked, and the outcome is one that the contacts allow."""
    if outcome not in Outcome.values:
        raise MoveRefused(_("Choose how the case ended."), code="invalid")
    check_gates(case)
    if outcome != Outcome.NO_CONTACT_POSSIBLE and not was_answered(case):
        raise MoveRefused(
            _("Nobody has been called or written to yet. Record that contact, or resolve it as “%(outcome)s”.")
            % {"outcome": Outcome.NO_CONTACT_POSSIBLE.label}
        )


def was_answered(case: Case) -> bool:
    """Whether somebody of the desk has had a word with somebody outside."""
    return Contact.objects.with_people_outside().filter(case=case, direction=Direction.OUT).exists()


def moves_clocks(party: Party | None, *, automatic: bool) -> bool:
    """Whether a word is one between people, with somebody outside. The others are kept and move nothing."""
    return not automatic and (party is None or party.role != PartyRole.STAFF)


def check_gates(case: Case) -> None:
    """Resolving waits for every step of a playbook that is a gate."""
    _check_gates(list(case.checks.filter(is_gate=True, ticked_at__isnull=True)))


def _check_gates(open_gates: Sequence[Check]) -> None:
    if not open_gates:
        return
    steps = "; ".join(check.text(get_language() or "en") for check in open_gates)
    sentence = ngettext(
        "Resolve waits for a step: %(steps)s", "Resolve waits for %(number)d steps: %(steps)s", len(open_gates)
    )
    raise MoveRefused(sentence % {"number": len(open_gates), "steps": steps})


def check_reopen(case: Case, *, by: Acting, reason: str) -> None:
    """A person says why. A case that was merged away comes back by taking the merge apart."""
    if case.merged_into_id is not None:
        raise MoveRefused(_("It was merged into another case. Take the merge apart instead."))
    if not isinstance(by, System) and not reason.strip():
        raise MoveRefused(_("Say why it opens again."), code="invalid")


def closes_at(case: Case) -> datetime | None:
    """When a resolved case closes by itself: 7 days after the last contact; without one, after it was resolved."""
    since = case.last_contact_at or case.resolved_at
    return since + CLOSES_AFTER if since else None


def check_close(case: Case, *, now: datetime) -> None:
    closes = closes_at(case)
    if closes is None or now < closes:
        raise MoveRefused(_("It closes 7 days after the last contact."))


def check_not_itself(case: Case, other: Case) -> None:
    if case.pk == other.pk:
        raise MoveRefused(_("Choose another case: this one is itself."), code="invalid")


def check_duplicate(of: Case) -> None:
    """A case is a duplicate of one that stands: not of another duplicate or of a merged one."""
    if of.duplicate_of_id is not None or of.merged_into_id is not None:
        raise MoveRefused(_("That case is itself a duplicate. Choose the one that stands."), code="invalid")


def check_merge(kept: Case, merged: Case, *, by: User) -> None:
    """Two cases that stand become one; whoever merges them decides both."""
    check_may(by, Permission.CASE_MERGE)
    for case in (kept, merged):
        check_decides(case, by=by)
        if case.merged_into_id is not None:
            raise MoveRefused(_("%(reference)s was merged already.") % {"reference": case.reference})
    if kept.state == CaseState.CLOSED:
        raise MoveRefused(_("%(reference)s is closed. Reopen it first.") % {"reference": kept.reference})


def check_lower_level(case: Case, level: int, *, by: Acting) -> None:
    check_may(by, Permission.CASE_LOWER_LEVEL)
    check_decides(case, by=by)
    if level >= case.confidentiality:
        raise MoveRefused(_("The level is C%(level)d already.") % {"level": case.confidentiality}, code="invalid")


def check_raise_level(case: Case, level: int, *, by: Acting) -> None:
    check_may(by, Permission.CASE_RAISE_LEVEL)
    check_decides(case, by=by)
    if level <= case.confidentiality:
        raise MoveRefused(_("The level is C%(level)d already.") % {"level": case.confidentiality}, code="invalid")


def check_team(team: Team) -> None:
    if not team.is_active:
        raise MoveRefused(_("That team takes no cases any more."), code="invalid")


def check_share(case: Case, *, to: User, by: User) -> None:
    """A case is shared up to C3, with somebody who reads cases and has no interest in this one."""
    check_may(by, Permission.CASE_SHARE)
    check_decides(case, by=by)
    if case.confidentiality > SHARED_CEILING:
        raise MoveRefused(_("A C4 case is not shared by name."))
    if not to.may(Permission.CASE_VIEW) or Conflict.objects.filter(case=case, user=to).exists():
        raise NotTheirs(to)


def glass_reach(person: User, case: Case) -> int:
    """The highest level that breaking the glass opens to her: one above what her role reads in the queues she has,
    or of a case that is hers. In a queue she has nothing to do with, one above nothing."""
    ceilings = person.spec.ceilings
    if case.assignee_id == person.pk:
        return ceilings.get(Relation.ASSIGNED, 0) + 1
    if case.team_id in person.team_ids or Relation.EVERY_TEAM in ceilings:
        return ceilings.get(Relation.QUEUE, 0) + 1
    return Level.C1


def check_break_glass(case: Case, *, by: User, reason: str) -> None:
    """Senior and lead, one level further, never over a conflict of interest and with a reason in words."""
    if not can_reach_behind_glass(by, case):
        raise MoveRefused(_("This case is not opened that way."), code="forbidden")
    if len(reason.strip()) < SHORTEST_GLASS_REASON:
        raise MoveRefused(_("Write in a sentence why you need to read it now."), code="invalid")


def can_reach_behind_glass(person: User, case: Case) -> bool:
    if not person.may(Permission.BREAK_GLASS) or case.confidentiality > glass_reach(person, case):
        return False
    return not Conflict.objects.filter(case=case, user=person).exists()


def check_review_glass(grant: CaseGrant, *, by: User) -> None:
    """A broken glass is looked at by somebody else, who may read the trail."""
    check_may(by, Permission.TRAIL_VIEW)
    if grant.kind != GrantKind.BREAK_GLASS:
        raise MoveRefused(_("No glass was broken here."), code="invalid")
    if grant.user_id == by.pk:
        raise MoveRefused(_("Somebody else reviews it."), code="forbidden")
    if grant.reviewed_by_id is not None:
        raise MoveRefused(_("It was reviewed already."))


def check_withdraw_conflict(conflict: Conflict, *, by: User) -> None:
    """An interest that somebody else noted is taken back by a third person. What one declared of oneself stays."""
    check_may(by, Permission.CONFLICT_WITHDRAW)
    check_decides(conflict.case, by=by)
    if conflict.declared_by_id == conflict.user_id:
        raise MoveRefused(_("She declared it herself. It stays."), code="forbidden")
    if by.pk in (conflict.user_id, conflict.declared_by_id):
        raise MoveRefused(_("Somebody else takes it back, who neither noted it nor is shut out."), code="forbidden")


def can_withdraw_conflict(conflict: Conflict, *, by: User) -> bool:
    try:
        check_withdraw_conflict(conflict, by=by)
    except MoveRefused:
        return False
    return True


def check_reveal(evidence: Evidence, *, by: User) -> None:
    """Evidence in a compartment is for those who hold it in this case; to others it is not there."""
    check_may(by, Permission.EVIDENCE_REVEAL)
    if not can_see_evidence(evidence, by=by):
        raise MoveRefused(_("There is no such evidence on this case."), code="not_found")


def check_known(evidence: Evidence, *, by: Acting) -> None:
    """Whoever brings a file that the case has where she does not see it is told that alone, not what it is called."""
    if not can_see_evidence(evidence, by=by):
        raise MoveRefused(_("This file is on the case already."), code="invalid")


def can_see_evidence(evidence: Evidence, *, by: Acting) -> bool:
    return evidence.compartment in compartments_for(by, evidence.case)


def live_reveal(evidence: Evidence, *, by: User, now: datetime) -> Reveal | None:
    """Her look behind the veil that has not run out."""
    return evidence.reveals.filter(user=by, expires_at__gt=now).order_by("-expires_at").first()


def check_download(evidence: Evidence, *, by: User, now: datetime) -> None:
    """The bytes are for whoever revealed them within the last 30 minutes."""
    check_reveal(evidence, by=by)
    if live_reveal(evidence, by=by, now=now) is None:
        raise MoveRefused(_("Reveal it first."), code="hidden")


def check_compartment(compartment: str) -> None:
    if compartment not in Compartment.values:
        raise MoveRefused(_("There is no such compartment."), code="invalid")


def check_finish(task: Task) -> None:
    if task.done_at is not None:
        raise MoveRefused(_("%(name)s finished it at %(time)s.") % {"name": task.done_by, "time": told(task.done_at)})


class Around(NamedTuple):
    """What lies around a case that its moves rest on, besides its row.

    open_gates: gates of its playbooks that nobody has ticked. has_interest: whether whoever asks has one in the case.
    """

    open_gates: Sequence[Check]
    hand_over: HandOver | None
    is_called_by_hand: bool
    has_interest: bool


def around(case: Case, *, by: Acting) -> Around:
    """Read for one case; a page that has read it for its panels gives it along."""
    return Around(
        open_gates=list(case.checks.filter(is_gate=True, ticked_at__isnull=True)),
        hand_over=open_hand_over(case),
        is_called_by_hand=escalations_by_hand(case).exists(),
        has_interest=isinstance(by, User) and Conflict.objects.filter(case=case, user=by).exists(),
    )


def case_offers(case: Case, *, by: Acting, known: Around | None = None) -> list[Offer]:
    """Every move a person can know of: open, or with the sentence that says why not. For the header of a case."""
    decides = may_decide(by, case)
    known = known or around(case, by=by)
    return [offer if offer.refusal else Offer(offer.move, _offer_refusal(offer.move, case, by, decides, known))
            for offer in CASE_WORKFLOW.offers(case.state, by=by)]  # fmt: skip


def _offer_refusal(move: Move, case: Case, by: Acting, decides: bool, known: Around) -> str | None:
    try:
        if not decides and move.name not in _OPEN_TO_READERS:
            check_decides(case, by=by)
        match move.name:
            case "take" if isinstance(by, User):
                _check_takeable(case, by, known)
            case "assign" if isinstance(by, User):
                check_assign(case, by=by, to=None)
            case "hand_over" if isinstance(by, User):
                check_hand_over(case, by=by)
                _check_no_offer(known.hand_over)
            case "resolve":
                _check_gates(known.open_gates)
            case "reopen":
                check_reopen(case, by=by, reason="-")
            case "de_escalate":
                _check_escalated(case.escalated_to_id is not None or known.is_called_by_hand)
    except MoveRefused as refusal:
        return str(refusal)
    return None


def _check_takeable(case: Case, by: User, known: Around) -> None:
    if case.assignee_id == by.pk and case.state != CaseState.NEW:
        raise MoveRefused(_("It is yours."))
    if case.assignee is not None and case.assignee_id != by.pk:
        can = _("You can assign it.") if can_give_on(case, by=by) else _("A lead can assign it to somebody else.")
        raise AlreadyTaken(case.assignee, None, then=can)
    if known.has_interest or not _role_holds(by, case):
        raise NotTheirs(by)


def escalations_by_hand(case: Case) -> EscalationQuerySet:
    """The calls that somebody started by hand and nobody has ended, those that nobody answered among them."""
    return Escalation.objects.about(case.subject).unresolved().filter(reason=BY_HAND)


def check_escalated(case: Case) -> None:
    _check_escalated(is_escalated(case))


def _check_escalated(escalated: bool) -> None:
    if not escalated:
        raise MoveRefused(_("It is not escalated."))


def is_escalated(case: Case) -> bool:
    """Whether somebody has escalated the case by hand and nobody has ended it."""
    return case.escalated_to_id is not None or escalations_by_hand(case).exists()


def can_move(name: str, case: Case, *, by: Acting) -> bool:
    """Whether the move is open to ``by`` now, as far as can be told before its fields are known."""
    if CASE_WORKFLOW.refusal(name, case.state, by=by) is not None:
        return False
    return _offer_refusal(CASE_WORKFLOW[name], case, by, may_decide(by, case), around(case, by=by)) is None
