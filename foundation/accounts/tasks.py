"""What Celery calls of the accounts."""

from celery import shared_task
from django.utils import timezone

from foundation.accounts.idempotency import forget_answers


@shared_task
def forget_old_answers() -> int:
    """Forget the answers to calls of the API that were kept long enough. Safe to run twice."""
    return forget_answers(now=timezone.now())
