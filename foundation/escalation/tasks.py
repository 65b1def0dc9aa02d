from celery import shared_task
from django.utils import timezone

from foundation.escalation import operations


@shared_task
def sweep_escalations() -> int:
    """Step every escalation whose time is up. Safe to run at any time, any number at once."""
    return operations.sweep_escalations(now=timezone.now())


@shared_task
def sweep_gaps() -> int:
    """Warn of hours in which nobody will be on shift. Safe to run at any time, any number at once."""
    return operations.sweep_gaps(now=timezone.now())
