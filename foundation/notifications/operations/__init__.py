"""Every write to the outbox and the inbox but the first: sending, giving up, what providers report, reading; contact
methods; and what each person wants of it."""

from foundation.notifications.operations.connecting import connect_chat, disconnect_chat, send_test
from foundation.notifications.operations.phones import give_phone, prove_phone, remove_phone
from foundation.notifications.operations.preferring import change_what_reaches
from foundation.notifications.operations.reading import mark_all_read, mark_read, mark_read_about
from foundation.notifications.operations.reporting import answer_by_key, report_delivery
from foundation.notifications.operations.sending import send_due

__all__ = [
    "answer_by_key",
    "change_what_reaches",
    "connect_chat",
    "disconnect_chat",
    "give_phone",
    "mark_all_read",
    "mark_read",
    "mark_read_about",
    "prove_phone",
    "remove_phone",
    "report_delivery",
    "send_due",
    "send_test",
]
