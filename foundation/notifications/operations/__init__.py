"""Every write to the outbox and the inbox but the first: sending, giving up, reading; and what each person wants of it."""

from foundation.notifications.operations.preferring import change_what_reaches
from foundation.notifications.operations.reading import mark_all_read, mark_read, mark_read_about
from foundation.notifications.operations.sending import send_due

__all__ = ["change_what_reaches", "mark_all_read", "mark_read", "mark_read_about", "send_due"]
