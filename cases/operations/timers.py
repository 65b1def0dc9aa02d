"""What happens to cases by itself when a time has come. Each sweep is safe in any number of workers at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeVar

import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.db.models.functions import Coalesce

from cases import notices
from cases.models import Case, CaseGrant, GrantKind, Task
from cases.operations.access import remind_of_glass
from cases.operations.moves import close_case, resume_case
from cases.policies import CLOSES_AFTER, GLASS_REVIEWED_WITHIN
from cases.workflow import CaseState
from foundation.audit.actors import SYSTEM

Row = TypeVar("Row", Case, Task)

log = structlog.get_logger(__name__)

MOST_A_SWEEP = 500


def sweep_resumptions(now: datetime, *, most: int = MOST_A_SWEEP) -> int:
    """Resume every case that waited until a time that has come, and say how many."""
    due = Case.objects.filter(state=CaseState.WAITING, waiting_until__lte=now).order_by("waiting_until")
    return _sweep(due, lambda case: _resume(case, now), most)


def sweep_closings(now: datetime, *, most: int = MOST_A_SWEEP) -> int:
    """Close every resolved case whose last contact is 7 days ago, and say how many."""
    quiet = Case.objects.filter(state=CaseState.RESOLVED).annotate(last=Coalesce("last_contact_at", "resolved_at"))
    return _sweep(quiet.filter(last__lte=now - CLOSES_AFTER).order_by("last"), lambda case: _close(case, now), most)


def sweep_due_tasks(now: datetime, *, most: int = MOST_A_SWEEP) -> int:
    """Remind whoever has a task that is due, or else the owner of its case, once; say how many tasks were due."""
    due = Task.objects.filter(done_at=None, reminded_at=None, due_at__lte=now).order_by("due_at")
    return _sweep(due, lambda task: _remind(task, now), most)


REMINDED_WITHIN = timedelta(days=1)
"""How long a glass that nobody has reviewed is looked at again: the outbox keeps one reminder of it."""


@transaction.atomic
def sweep_unreviewed_glass(now: datetime, *, most: int = MOST_A_SWEEP) -> int:
    """Remind of every broken glass that nobody has reviewed within 72 hours, and say how many there are."""
    late = now - GLASS_REVIEWED_WITHIN
    unreviewed = CaseGrant.objects.filter(
        kind=GrantKind.BREAK_GLASS, reviewed_at=None, granted_at__lte=late, granted_at__gt=late - REMINDED_WITHIN
    )
    grants = list(unreviewed.select_related("case__team__lead", "user").order_by("pk")[:most])
    for grant in grants:
        remind_of_glass(grant, now=now)
    return len(grants)


def _resume(case: Case, now: datetime) -> None:
    resume_case(case, by=SYSTEM, now=now)


def _close(case: Case, now: datetime) -> None:
    close_case(case, by=SYSTEM, now=now)


def _remind(task: Task, now: datetime) -> None:
    reader = task.assignee or task.case.assignee
    key = f"task:{task.pk}:due:{_seconds(task.due_at)}"
    notices.tell(notices.TaskDueNotice, task.case, [reader], key=key, by=None, now=now, task=task.pk)
    Task.objects.filter(pk=task.pk).update(reminded_at=now)


def _seconds(instant: datetime | None) -> int:
    return int(instant.timestamp()) if instant else 0


def _sweep(due: QuerySet[Row], deed: Callable[[Row], None], most: int) -> int:
    done = 0
    for pk in list(due.values_list("pk", flat=True)[:most]):
        # A transaction a row, asked again under its lock: what another worker holds or has done is not done here.
        with transaction.atomic():
            row = due.filter(pk=pk).select_for_update(skip_locked=True, of=("self",), no_key=True).first()
            if row is not None and _done_in_savepoint(row, deed):
                done += 1
    return done


def _done_in_savepoint(row: Row, deed: Callable[[Row], None]) -> bool:
    try:
        with transaction.atomic():
            deed(row)
    except (OperationalError, InterfaceError):
        raise  # the database's trouble, not the row's: the next sweep starts over
    except Exception:
        log.exception("sweep_failed", kind=row._meta.label_lower, pk=row.pk)
        return False
    return True
