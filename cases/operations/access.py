"""Who sees a case beyond her role: sharing, breaking the glass, and interests that shut a case to somebody."""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from cases import events, notices
from cases.models import Case, CaseGrant, Conflict, GrantKind
from cases.operations.placing import place_case
from cases.policies import (
    GLASS_BROKEN_FOR,
    check_break_glass,
    check_decides,
    check_review_glass,
    check_share,
    check_words,
    open_hand_over,
)
from foundation.accounts.actors import staff_or_none
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission, Role
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.workflow.moves import MoveRefused
from people.models import ContactKind, Person


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
    return shut_out(case, person, reason=reason, by=by, now=now)


def note_conflicts_with(case: Case, person: Person, *, by: Acting, now: datetime) -> None:
    """Shut the case to members of staff who are this party, told by an email address of hers."""
    addresses = person.contact_points.filter(kind=ContactKind.EMAIL).values_list("normal", flat=True)
    for member in User.objects.annotate(address=Lower("email")).filter(address__in=list(addresses)):
        shut_out(case, member, reason=_("She is a party to the case."), by=by, now=now)


def shut_out(case: Case, person: User, *, reason: str, by: Acting, now: datetime) -> Conflict:
    """Write the conflict and take from her what she holds of a locked case. Once is enough."""
    conflict, is_new = Conflict.objects.get_or_create(
        case=case,
        user=person,
        defaults={"reason": reason, "declared_at": now, "declared_by": staff_or_none(by)},
    )
    if not is_new:
        return conflict
    CaseGrant.objects.filter(case=case, user=person, ended_at__isnull=True).update(ended_at=now)
    offer = open_hand_over(case)
    if offer is not None and person.pk in (offer.to_user_id, offer.from_user_id):
        offer.accepted, offer.answered_at = False, now
        offer.save(update_fields=["accepted", "answered_at"])
    if case.assignee_id == person.pk:
        case.assignee = None
    if case.escalated_to_id == person.pk:
        case.escalated_to = None
    case.updated_at = now
    case.save(update_fields=["assignee", "escalated_to", "updated_at"])
    trail.record(events.CONFLICT_DECLARED, about=case, by=by, person=person.pk, reason=reason)
    place_case(case, now=now)
    return conflict
