from celery import shared_task
from django.utils import timezone

from foundation.notifications.operations import send_due


@shared_task
def sweep_outbox() -> int:
    """Send every message that is due. Safe to run at any time, any number at once."""
    return send_due(now=timezone.now())
