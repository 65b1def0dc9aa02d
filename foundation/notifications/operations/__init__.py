"""Every write to the outbox and the inbox but the first: sending, giving up, reading."""

from foundation.notifications.operations.reading import mark_all_read, mark_read, mark_read_about
from foundation.notifications.operations.sending import send_due

__all__ = ["mark_all_read", "mark_read", "mark_read_about", "send_due"]
