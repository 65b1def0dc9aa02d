"""The row of a contact with its entry in the trail; what follows from one is in contacts.py."""

from datetime import datetime
from uuid import UUID

from cases import events
from cases.models import Case, Contact, Direction, Party
from cases.models.contacts import ContactChannel
from cases.policies import moves_clocks
from foundation.accounts.actors import integration_or_none, staff_or_none
from foundation.audit import trail
from foundation.audit.actors import Acting


def write_contact(
    case: Case,
    *,
    direction: str,
    channel: str,
    party: Party | None,
    occurred_at: datetime,
    by: Acting,
    now: datetime,
    body: str = "",
    automatic: bool = False,
    seconds: int | None = None,
    submission: UUID | None = None,
) -> Contact:
    """Write down a contact. The newest with somebody outside is repeated on ``case``, which the caller saves."""
    contact = Contact.objects.create(
        case=case,
        direction=direction,
        channel=channel,
        party=party,
        by=staff_or_none(by),
        integration=integration_or_none(by),
        automatic=automatic,
        occurred_at=occurred_at,
        seconds=seconds,
        body=body,
        submission=submission,
        created_at=now,
    )
    trail.record(
        events.CALL_RECORDED if channel == ContactChannel.PHONE else events.CONTACT_RECORDED,
        about=case,
        by=by,
        contact=contact.pk,
        direction=direction,
        channel=channel,
        role=party.role if party else None,
        person=party.person_id if party else None,
        automatic=automatic or None,
        occurred_at=occurred_at,
        seconds=seconds,
        body=body,
    )
    is_newest = case.last_contact_at is None or occurred_at >= case.last_contact_at
    if is_newest and moves_clocks(party, automatic=automatic):
        case.last_contact_at = occurred_at
        case.last_contact_in = direction == Direction.IN
        case.last_contact_role = party.role if party else ""
    return contact
