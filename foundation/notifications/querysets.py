from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from foundation.accounts.models import User
    from foundation.notifications.models import InboxItem, OutboxMessage


class OutboxQuerySet(models.QuerySet["OutboxMessage"]):
    """Messages, by where they stand."""

    def waiting(self) -> OutboxQuerySet:
        """Not yet out and not given up: queued, or under a lease."""
        return self.filter(state__in=["queued", "sending"])

    def these(self, messages: Iterable[OutboxMessage]) -> OutboxQuerySet:
        return self.filter(pk__in=[message.pk for message in messages])

    def to_send(self, now: datetime) -> OutboxQuerySet:
        """Due and under nobody's lease. What travels inside a digest is left to the message that carries it."""
        return self.waiting().filter(
            Q(leased_until__isnull=True) | Q(leased_until__lte=now), not_before__lte=now, digest__isnull=True
        )


class InboxQuerySet(models.QuerySet["InboxItem"]):
    """What lies in an inbox."""

    def of(self, user: User) -> InboxQuerySet:
        return self.filter(user=user)

    def unread(self) -> InboxQuerySet:
        return self.filter(read_at__isnull=True)

    def newest(self, limit: int) -> list[InboxItem]:
        """The last ``limit`` of them with their messages, newest first."""
        return list(self.select_related("message").order_by("-pk")[:limit])

    def about(self, kind: str, pk: str) -> InboxQuerySet:
        return self.filter(message__subject_kind=kind, message__subject_id=pk)
