"""Warning of hours without anybody on shift, while there is time to find somebody."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, Q

from foundation.accounts.models import User
from foundation.accounts.permissions import Role
from foundation.audit import trail
from foundation.audit.actors import SYSTEM
from foundation.escalation import events
from foundation.escalation.models import Schedule
from foundation.escalation.oncall import gaps
from foundation.notifications.models import OutboxMessage
from foundation.notifications.outbox import enqueue

WARNED_AHEAD = timedelta(days=14)
CHECKED_EVERY = timedelta(hours=1)
BATCH = 50


@transaction.atomic
def sweep_gaps(*, now: datetime) -> int:
    """Look at the schedules that nobody has looked at for an hour, and warn of their gaps. Returns how many have one.

    The lead of a schedule's team hears of it at most once a day; without a lead every admin does. Safe to run at any
    time, any number at once.
    """
    due = Schedule.objects.filter(
        Q(gaps_checked_at=None) | Q(gaps_checked_at__lte=now - CHECKED_EVERY), is_active=True, team__is_active=True
    )
    locked = due.select_for_update(no_key=True, skip_locked=True, of=("self",)).select_related("team__lead")
    schedules = list(locked.order_by(F("gaps_checked_at").asc(nulls_first=True), "pk")[:BATCH])
    warned = sum(_warn(schedule, now) for schedule in schedules)
    Schedule.objects.filter(pk__in=[schedule.pk for schedule in schedules]).update(gaps_checked_at=now)
    return warned


def _warn(schedule: Schedule, now: datetime) -> bool:
    found = gaps(schedule, now, now + WARNED_AHEAD)
    if not found:
        return False
    lead = schedule.team.lead if schedule.team else None
    people = [lead] if lead is not None else list(User.objects.active().filter(role=Role.ADMIN).order_by("pk"))
    day = now.astimezone(ZoneInfo(schedule.time_zone)).date()
    key = f"shift_gap:{schedule.pk}:{day:%Y%m%d}"
    if OutboxMessage.objects.filter(dedupe_key__startswith=f"{key}:").exists():
        return True
    enqueue(
        "shift_gap",
        subject=schedule.subject,
        recipients=people,
        context={"starts_at": found[0][0], "ends_at": found[0][1], "gaps": len(found)},
        key=key,
        now=now,
    )
    trail.record(events.SHIFT_GAP_WARNED, about=schedule, by=SYSTEM, gaps=len(found), starts_at=found[0][0])
    return True
