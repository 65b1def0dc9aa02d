"""The confidentiality of a case: who keeps reading when it rises, and who is called when nobody around may read it."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from cases import events
from cases.models import Case, CaseGrant, GrantKind
from cases.policies import OPENED_HERE_FOR, can_see, check_lower_level, check_raise_level, check_words
from foundation.accounts.models import User
from foundation.accounts.permissions import Level, Relation
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.escalation.operations import start_escalation
from foundation.escalation.targets import who_is_on_shift
from foundation.workflow.moves import MoveRefused

ABOVE_EVERYBODY = "level:nobody"
"""The reason of an escalation about a case that nobody on shift may read."""


@transaction.atomic
def raise_level(case: Case, *, level: int, reason: str, by: Acting, now: datetime) -> Case:
    """Raise the level of the case, for whoever decides it; its holder keeps reading it for 12 hours at most."""
    case = Case.objects.locked(case.pk)
    _check_level(level)
    check_raise_level(case, level, by=by)
    reason = check_words(reason, at_most=2_000, needed=_("Say why the level changes."))
    lift_level(case, level, reason=reason, by=by, now=now)
    return case


@transaction.atomic
def lower_level(case: Case, *, level: int, reason: str, by: Acting, now: datetime) -> Case:
    """Lower the level of the case, with a reason: a lead's to do, or legal's."""
    case = Case.objects.locked(case.pk)
    _check_level(level)
    check_lower_level(case, level, by=by)
    reason = check_words(reason, at_most=2_000, needed=_("Say why the level changes."))
    set_level(case, level, now=now)
    trail.record(events.CASE_LEVEL_LOWERED, about=case, by=by, old=case.confidentiality, new=level, reason=reason)
    case.confidentiality = level
    return case


def lift_level(case: Case, level: int, *, reason: str = "", by: Acting, now: datetime) -> None:
    """Raise the level of a locked case in place; a level that is not higher changes nothing."""
    old = case.confidentiality
    if level <= old:
        return
    keep = keeping_sight(case)
    set_level(case, level, now=now)
    case.confidentiality = level
    trail.record(events.CASE_LEVEL_RAISED, about=case, by=by, old=old, new=level, reason=reason)
    keep(now)
    call_somebody_cleared(case, by=by, now=now)


def set_level(case: Case, level: int, *, now: datetime) -> None:
    Case.objects.filter(pk=case.pk).update(confidentiality=level, updated_at=now)


def keeping_sight(case: Case) -> Callable[[datetime], None]:
    """Note who holds or opened the case and sees it; calling the answer lets those who no longer see it read on."""
    holders = [person for person in {case.assignee, case.opened_by} if person is not None and can_see(person, case)]

    def keep(now: datetime) -> None:
        for person in holders:
            if not can_see(person, case):
                open_here(case, person, now=now)

    return keep


def open_here(case: Case, person: User, *, now: datetime) -> CaseGrant:
    """Let somebody who opened the case, or held it when its level rose, read and add until she hands it over."""
    return CaseGrant.objects.create(
        case=case, user=person, kind=GrantKind.OPENED_HERE, ceiling=case.confidentiality, granted_at=now,
        expires_at=now + OPENED_HERE_FOR,
    )  # fmt: skip


def call_somebody_cleared(case: Case, *, by: Acting, now: datetime) -> None:
    """Call the lead when nobody on shift for the team may read the case. Safe to run twice."""
    shut_out = set(case.conflicts.values_list("user_id", flat=True))
    on_shift = [person for person in who_is_on_shift(case.team, now) if person.pk not in shut_out]
    if any(_reads(person, case) for person in on_shift):
        return
    start_escalation(
        subject=case.subject, reason=ABOVE_EVERYBODY, severity=case.severity, team=case.team,
        key=f"case:{case.pk}:level:{case.confidentiality}", by=by, now=now,
    )  # fmt: skip


def _reads(person: User, case: Case) -> bool:
    return (
        max(person.spec.ceilings.get(Relation.QUEUE, 0), person.spec.ceilings.get(Relation.EVERY_TEAM, 0))
        >= case.confidentiality
    )


def _check_level(level: int) -> None:
    if level not in Level.values:
        raise MoveRefused(_("The level is one of C1 to C4."), code="invalid")
