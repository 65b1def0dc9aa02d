"""Refusals for want of a capability, in the trail. Not seeing a record is the record's affair (audit/reads.py)."""

from django.utils import timezone

from foundation.accounts import events
from foundation.accounts.models import ApiKey, User
from foundation.audit.reads import record_denial


def record_refusal(caller: User | ApiKey, endpoint: str) -> None:
    """Keep that somebody, or a key, was refused an endpoint. Called before or after its transaction, never within."""
    record_denial(events.ACCESS_DENIED, about=caller, by=caller, now=timezone.now(), endpoint=endpoint)
