"""What beat and the sweepers call; each asks the time once and hands it down."""

from celery import shared_task
from django.utils import timezone

from cases.operations import firing, off_shift, rollouts, routing, timers


@shared_task(ignore_result=True)
def sweep_clocks() -> int:
    """Fire the clocks that are due."""
    return firing.sweep_clocks(timezone.now())


@shared_task(ignore_result=True)
def sweep_cases() -> None:
    """Do to cases and their tasks what a time that has come does by itself."""
    now = timezone.now()
    timers.sweep_resumptions(now)
    timers.sweep_closings(now)
    timers.sweep_due_tasks(now)
    timers.sweep_unreviewed_glass(now)
    rollouts.sweep_rollouts(now)


@shared_task(ignore_result=True)
def sweep_workload() -> None:
    """Give what waits in the queues to whoever has room, and warn of what lies with somebody off shift."""
    now = timezone.now()
    routing.sweep_queues(now)
    off_shift.sweep_off_shift(now)
