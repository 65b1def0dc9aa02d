"""Who sees a case beyond her role: sharing, breaking the glass, and interests that shut a case to somebody."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from cases import events, notices
from cases.models import Case, CaseGrant, Conflict, GrantKind
from cases.operations.placing import place_case
from cases.policies import (
    GLASS_BROKEN_FOR,
    can_hold,
    can_see,
    check_break_glass,
    check_decides,
    check_review_glass,
    check_share,
    check_withdraw_conflict,
    check_words,
    escalations_by_hand,
    open_hand_over,
)
from foundation.accounts.actors import staff_or_none
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission, Role
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.workflow.moves import MoveRefused
from people.models import ContactKind, ContactPoint, Person

WATCH_OVER = (Role.LEAD, Role.MANAGER, Role.LEGAL)
"""Whoever of these sees a case watches over it: that she is shut out is told."""


class Taken(TypedDict):
    """What a conflict took from somebody, as plain values: its own number, hers, and what she held of the case."""

    conflict: int
    case: int
    user: int
    assignee: bool
    escalated_to: bool
    grants: list[int]


@transaction.atomic
def share_case(case: Case, *, to: User, reason: str, by: User, now: datetime) -> CaseGrant:
    """Let somebody see the case at the level that it has. Sharing it with her again changes nothing."""
    case = Case.objects.locked(case.pk)
    check_share(case, to=to, by=by)
    reason = check_words(reason, at_most=2_000, needed=_("Say why she should see it."))
    shared = CaseGrant.objects.filter(
        case=case,
        user=to,
        kind=GrantKind.SHARED,
        ceiling__gte=case.confidentiality,
        ended_at__isnull=True,
        expires_at=None,
    )
    if grant := shared.first():
        return grant
    grant = CaseGrant.objects.create(
        case=case,
        user=to,
        kind=GrantKind.SHARED,
        ceiling=case.confidentiality,
        reason=reason,
        granted_at=now,
        granted_by=by,
    )
    entry = trail.record(events.CASE_SHARED, about=case, by=by, to=to.pk, level=case.confidentiality, reason=reason)
    notices.tell(notices.CaseSharedNotice, case, [to], key=entry, by=by, now=now)
    return grant


@transaction.atomic
def end_share(grant: CaseGrant, *, by: User, now: datetime) -> None:
    """End the sight that somebody was given by name."""
    case = Case.objects.locked(grant.case_id)
    check_decides(case, by=by)
    ended = CaseGrant.objects.filter(pk=grant.pk, kind=GrantKind.SHARED, ended_at__isnull=True).update(ended_at=now)
    if ended:
        trail.record(events.CASE_SHARE_ENDED, about=case, by=by, to=grant.user_id)


@transaction.atomic
def break_glass(case: Case, *, reason: str, by: User, now: datetime) -> CaseGrant:
    """Read a case one level above one's reach for 60 minutes. Decides nothing and opens no compartment.

    The caller has asked for a fresh second factor. The lead, managers and legal who see the case are alarmed in the
    same transaction. While the glass is broken, breaking it again changes nothing.
    """
    case = Case.objects.locked(case.pk)
    check_break_glass(case, by=by, reason=reason)
    broken = CaseGrant.objects.filter(
        case=case, user=by, kind=GrantKind.BREAK_GLASS, ended_at__isnull=True, expires_at__gt=now,
        ceiling__gte=case.confidentiality,
    )  # fmt: skip
    if grant := broken.first():
        return grant
    until = now + GLASS_BROKEN_FOR
    grant = CaseGrant.objects.create(
        case=case, user=by, kind=GrantKind.BREAK_GLASS, ceiling=case.confidentiality, reason=reason.strip(),
        granted_at=now, granted_by=by, expires_at=until,
    )  # fmt: skip
    entry = trail.record(events.GLASS_BROKEN, about=case, by=by, until=until, grant=grant.pk, reason=reason.strip())
    notices.tell(
        notices.GlassBrokenNotice,
        case,
        _watchers(case),
        key=entry,
        by=by,
        now=now,
        grant=grant.pk,
        broken_until=until,
    )
    return grant


def _watchers(case: Case) -> list[User | None]:
    """Who hears of a broken glass and reviews it. Of a C4 case that is legal; whoever does not see it hears nothing."""
    return [case.team.lead, *User.objects.active().filter(role__in=(Role.MANAGER, Role.LEGAL)).order_by("pk")]


def remind_of_glass(grant: CaseGrant, *, now: datetime) -> None:
    """Tell those who may review it that nobody has looked at a broken glass in time. Safe to run twice."""
    reviewers = [person for person in _watchers(grant.case) if person != grant.user]
    key = f"glass:{grant.pk}:unreviewed"
    notices.tell(notices.GlassUnreviewedNotice, grant.case, reviewers, key=key, by=None, now=now, who=grant.user.name)


@transaction.atomic
def review_glass(grant: CaseGrant, *, by: User, now: datetime) -> CaseGrant:
    """Put on record that somebody else has looked at why the glass was broken; due within 72 hours."""
    grant = CaseGrant.objects.select_for_update().get(pk=grant.pk)
    check_review_glass(grant, by=by)
    grant.reviewed_at = now
    grant.reviewed_by = by
    grant.save(update_fields=["reviewed_at", "reviewed_by"])
    trail.record(events.GLASS_REVIEWED, about=grant.case, by=by, grant=grant.pk, person=grant.user_id)
    return grant


@transaction.atomic
def declare_conflict(case: Case, *, person: User, reason: str, by: Acting, now: datetime) -> Conflict:
    """Note that somebody of the staff has an interest in the case: from now on it is not there for her.

    Anybody declares her own; another's is declared by whoever decides the case. What she held of the case falls away.
    """
    case = Case.objects.locked(case.pk)
    reason = check_words(reason, at_most=200, needed=_("Say what the interest is."))
    if by.actor != person.actor:
        check_decides(case, by=by)
        if not by.may(Permission.CASE_SHARE):
            raise MoveRefused(_("Somebody else's interest is a senior's or a lead's to note."), code="forbidden")
    shut_out(case, person, reason=reason, by=by, now=now)
    return case.conflicts.get(user=person)


def note_conflicts_with(case: Case, person: Person, *, by: Acting, now: datetime) -> None:
    """Shut the case to members of staff who are this party, told by an email address of hers."""
    addresses = person.contact_points.filter(kind=ContactKind.EMAIL).values_list("normal", flat=True)
    for member in User.objects.annotate(address=Lower("email")).filter(address__in=list(addresses)):
        shut_out(case, member, reason=_("She is a party to the case."), noted_for=person, by=by, now=now)


def carry_conflicts(to: Case, source: Case, *, by: Acting, now: datetime) -> list[Taken]:
    """Whoever has an interest in the one case has it in the other, as it was noted there. What that took from each."""
    known = Conflict.objects.filter(case=to).values("user")
    return [
        _shut_out(to, interest, by=by, now=now)
        for interest in source.conflicts.exclude(user__in=known).select_related("user").order_by("pk")
    ]


def shut_out(
    case: Case, person: User, *, reason: str, noted_for: Person | None = None, by: Acting, now: datetime
) -> Taken | None:
    """Write the conflict and take from her what she holds of a locked case; None where it is shut to her already."""
    if Conflict.objects.filter(case=case, user=person).exists():
        return None
    noted = Conflict(
        user=person, reason=reason, declared_at=now, declared_by=staff_or_none(by), noted_for=noted_for
    )  # fmt: skip
    return _shut_out(case, noted, by=by, now=now)


def _shut_out(case: Case, noted: Conflict, *, by: Acting, now: datetime) -> Taken:
    """Write an interest as it was noted, on this locked case, and take from her what she holds of it."""
    person = noted.user
    told = _who_hears(case, person, by=by) if by.actor != person.actor else []
    conflict = Conflict.objects.create(
        case=case, user=person, reason=noted.reason, declared_at=noted.declared_at, declared_by=noted.declared_by,
        noted_for=noted.noted_for,
    )  # fmt: skip
    grants = CaseGrant.objects.filter(case=case, user=person, ended_at__isnull=True)
    taken = Taken(
        conflict=conflict.pk, case=case.pk, user=person.pk, assignee=case.assignee_id == person.pk,
        escalated_to=case.escalated_to_id == person.pk, grants=list(grants.order_by("pk").values_list("pk", flat=True)),
    )  # fmt: skip
    CaseGrant.objects.filter(pk__in=taken["grants"]).update(ended_at=now)
    offer = open_hand_over(case)
    if offer is not None and person.pk in (offer.to_user_id, offer.from_user_id):
        offer.accepted, offer.answered_at = False, now
        offer.save(update_fields=["accepted", "answered_at"])
    if taken["assignee"]:
        case.assignee = None
    if taken["escalated_to"]:
        case.escalated_to = None
    case.updated_at = now
    case.save(update_fields=["assignee", "escalated_to", "updated_at"])
    entry = trail.record(events.CONFLICT_DECLARED, about=case, by=by, person=person.pk, reason=noted.reason)
    place_case(case, now=now)
    notices.tell(notices.ConflictNotedNotice, case, told, key=entry, by=by, now=now, who=person.name)
    return taken


def _who_hears(case: Case, person: User, *, by: Acting) -> list[User | None]:
    """Who hears that somebody is shut out who held the case or watches over it: its leads, without one those above."""
    holds = person.pk in (case.assignee_id, case.escalated_to_id)
    if not holds and not (person.role in WATCH_OVER and can_see(person, case)):
        return []
    leads = User.objects.active().filter(Q(pk=case.team.lead_id) | Q(role=Role.LEAD, teams=case.team_id)).distinct()
    others = [lead for lead in leads.order_by("pk") if lead != person and lead.actor != by.actor]
    return [lead for lead in others if can_see(lead, case)] or [
        watcher for watcher in _watchers(case) if watcher not in (None, person)
    ]


@transaction.atomic
def withdraw_conflict(conflict: Conflict, *, reason: str, by: User, now: datetime) -> None:
    """Take back that somebody has an interest in the case: from now on she sees it as her role and relations say.

    For a lead, a manager or legal, who neither noted it nor is shut out by it. What she held does not come back to her.
    One that is gone stays gone.
    """
    case = Case.objects.locked(conflict.case_id)
    noted = case.conflicts.select_related("case").filter(pk=conflict.pk).first()
    if noted is None:
        return
    check_withdraw_conflict(noted, by=by)
    reason = check_words(reason, at_most=2_000, needed=_("Say why it was none."))
    noted.delete()
    trail.record(events.CONFLICT_WITHDRAWN, about=case, by=by, person=noted.user_id, reason=reason)


def give_back(case: Case, taken: Sequence[Taken], *, by: Acting, now: datetime) -> None:
    """Take carried interests away from a locked case again, and give each what it took from her and is still free.

    Sight that has run out meanwhile stays so.
    """
    for row in taken:
        gone, _rows = Conflict.objects.filter(pk=row["conflict"], case=case).delete()
        if not gone:
            continue
        trail.record(events.CONFLICT_WITHDRAWN, about=case, by=by, person=row["user"], reason="")
        person = User.objects.active().filter(pk=row["user"]).first()
        if person is None:
            continue
        CaseGrant.objects.filter(pk__in=row["grants"], ended_at__isnull=False).update(ended_at=None)
        if row["assignee"] and case.assignee_id is None and can_hold(person, case):
            case.assignee = person
        if row["escalated_to"] and case.escalated_to_id is None and escalations_by_hand(case).exists():
            case.escalated_to = person if can_see(person, case) else None
        case.updated_at = now
        case.save(update_fields=["assignee", "escalated_to", "updated_at"])


def conflicts_left(case: Case) -> QuerySet[Conflict]:
    """The interests that were noted for a place in the case which is gone, and that no other place explains."""
    parties = case.parties.values("person")
    addresses = ContactPoint.objects.filter(kind=ContactKind.EMAIL, person__in=parties).values("normal")
    noted = case.conflicts.filter(noted_for__isnull=False).exclude(noted_for__in=parties)
    return noted.annotate(address=Lower("user__email")).exclude(address__in=addresses)
