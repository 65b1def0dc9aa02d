"""Cases that lie with somebody who is off shift: her lead hears of each whose target falls due before she is back."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F, Min, Q

from cases import events, notices
from cases.models import Case, OffShiftWarning
from cases.shift_cover import at_work, teams_with_shifts, with_owner_off_shift
from cases.workflow import OPEN_STATES
from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.audit import trail
from foundation.audit.actors import SYSTEM
from foundation.sla.models import ClockState

log = structlog.get_logger(__name__)

LOOKED_AHEAD = timedelta(hours=16)
"""How far ahead a target may fall due: from the end of one day of work to the beginning of the next."""

LOOKED_EVERY = timedelta(hours=1)
"""How often in that time it is asked whether she is back."""

MOST_A_SWEEP = 500

_AtWork = Callable[[datetime], frozenset[int]]


def sweep_off_shift(now: datetime, *, most: int = MOST_A_SWEEP) -> int:
    """Warn of every open case whose owner is off shift until after its next target, once a case and shift; say of how many.

    A warning is forgotten once she is back or the case is not hers any more, so that her next shift's end warns anew.
    """
    teams = teams_with_shifts()
    if not teams:
        return 0

    @cache
    def working(at: datetime) -> frozenset[int]:
        return at_work(teams, at)

    over = Q(owner__in=working(now)) | ~Q(case__assignee=F("owner")) | ~Q(case__state__in=OPEN_STATES)
    OffShiftWarning.objects.filter(over).delete()
    running = Q(clocks__state=ClockState.RUNNING, clocks__due_at__gt=now, clocks__due_at__lte=now + LOOKED_AHEAD)
    left = Case.objects.open().filter(with_owner_off_shift(now), off_shift_warnings=None)
    due = left.annotate(next_due_at=Min("clocks__due_at", filter=running)).filter(next_due_at__isnull=False)
    found = due.order_by("next_due_at", "pk").values_list("pk", "assignee", "next_due_at")[:most]
    return sum(
        _warned(case, owner, due_at, now)
        for case, owner, due_at in list(found)
        if not _is_back(owner, now, due_at, working)
    )


def _is_back(owner: int, now: datetime, due_at: datetime, working: _AtWork) -> bool:
    """Whether she comes on shift before the target falls due."""
    return any(owner in working(at) for at in _hours(now, due_at))


def _hours(now: datetime, until: datetime) -> Iterator[datetime]:
    """Every full hour between two instants, and the second: full hours, so that all cases ask about the same ones."""
    at = now.replace(minute=0, second=0, microsecond=0) + LOOKED_EVERY
    while at < until:
        yield at
        at += LOOKED_EVERY
    yield until


def _warned(pk: int, owner: int, due_at: datetime, now: datetime) -> bool:
    try:
        with transaction.atomic():
            return _warn(pk, owner, due_at, now)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the case's: the next sweep starts over
    except Exception:
        log.exception("off_shift_failed", case=pk)
        return False


def _warn(pk: int, owner: int, due_at: datetime, now: datetime) -> bool:
    # Asked again under its lock: what another worker holds, or has warned of, is not warned of here.
    mine = Case.objects.open().filter(pk=pk, assignee=owner).select_for_update(skip_locked=True, of=("self",))
    case = mine.select_related("team__lead", "assignee").first()
    if case is None or case.assignee is None or case.off_shift_warnings.exists():
        return False
    OffShiftWarning.objects.create(case=case, owner_id=owner, warned_at=now)
    entry = trail.record(events.CASE_OWNER_OFF_SHIFT, about=case, by=SYSTEM, owner=owner, due_at=due_at)
    told, due = leads_of(case.assignee, case), due_at.isoformat()
    notices.tell(notices.OwnerOffShiftNotice, case, told, key=entry, by=SYSTEM, now=now, owner=owner, due_at=due)
    return True


def leads_of(owner: User, case: Case) -> set[User]:
    """Who answers for somebody's case: the leads of its team and of hers; where there is none, the managers."""
    leads = {case.team.lead, *User.objects.filter(leads__members=owner, leads__is_active=True)}
    found = {lead for lead in leads if lead is not None and lead.is_active}
    return found or set(User.objects.active().filter(role=Role.MANAGER))
