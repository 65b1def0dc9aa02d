"""Reading the inbox. Nobody marks another's."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from foundation.accounts.models import User
from foundation.audit.actors import Subject
from foundation.notifications.models import InboxItem


@transaction.atomic
def mark_read(items: Iterable[int], *, by: User, now: datetime) -> int:
    """Mark these of her items read. Ids of others' items are passed over. Returns how many were new."""
    return InboxItem.objects.of(by).unread().filter(pk__in=list(items)).update(read_at=now)


@transaction.atomic
def mark_all_read(*, by: User, now: datetime, up_to: int) -> int:
    """Mark read what she could see when she said so: her items up to this id, none that came since."""
    return InboxItem.objects.of(by).unread().filter(pk__lte=up_to).update(read_at=now)


@transaction.atomic
def mark_read_about(subject: Subject, *, by: User, now: datetime) -> int:
    """Mark read what tells her of a record that she has just opened."""
    return InboxItem.objects.of(by).unread().about(subject.kind, subject.id).update(read_at=now)
