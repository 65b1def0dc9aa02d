"""The code that proves a phone: six digits made from its row and the desk's secret, so that they are kept nowhere."""

from datetime import timedelta

from django.utils.crypto import constant_time_compare, salted_hmac

from foundation.notifications.models import Phone

DIGITS = 6
HOLDS = timedelta(minutes=10)
MOST_WRONG = 5
"""Wrong codes after which only a new one helps: a guess then succeeds once in 200,000."""


def code_of(phone: Phone) -> str:
    """The code that was sent for this number. Another with every nonce."""
    made = salted_hmac("foundation.notifications.Phone.code", f"{phone.nonce}:{phone.number}", algorithm="sha256")
    return f"{int.from_bytes(made.digest()[:8]) % 10**DIGITS:0{DIGITS}d}"


def is_code_of(phone: Phone, typed: str) -> bool:
    return constant_time_compare(code_of(phone), "".join(typed.split()))
