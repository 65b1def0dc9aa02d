"""What Celery calls of the trail."""

from celery import shared_task
from django.utils import timezone

from foundation.audit.operations import seal_all


@shared_task
def seal_trail(whole: bool = False) -> int:
    """Seal what is new; with ``whole`` also what committed more than an hour late. Safe to run twice and at once."""
    return seal_all(now=timezone.now(), whole=whole)
