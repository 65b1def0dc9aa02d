"""Somebody's own phone: given, proved by a code, taken away. Each person's own."""

import uuid
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit import trail
from foundation.notifications import codes, events, outbox
from foundation.notifications.deliveries import PhoneCodeNotice, subject_of
from foundation.notifications.models import OutboxMessage, Phone
from foundation.notifications.phones import e164

MOST_CODES = 5
CODES_COUNTED = timedelta(hours=1)


@transaction.atomic
def give_phone(written: str, *, by: User, now: datetime) -> Phone:
    """Keep her number and send a code to it. A number that was there stops at once; the same one is only sent a code.

    Raises ValidationError for what is no number of a person, or after too many codes.
    """
    _lock(by)
    number = e164(written, by.own_teams[0].country if by.own_teams else "")
    phone = Phone.objects.filter(user=by).first()
    if phone is not None and phone.number == number and phone.verified_at is not None:
        raise ValidationError(_("That number is yours already, and verified."))
    _check_codes(by, now)
    phone = phone or Phone(user=by)
    if phone.number != number:
        phone.number, phone.verified_at, phone.changed_at = number, None, now
        trail.record(events.PHONE_CHANGED, about=by, by=by)
    _send_code(phone, by, now)
    return phone


@transaction.atomic
def prove_phone(typed: str, *, by: User, now: datetime) -> Phone:
    """Take the code that she read from her phone. A wrong one is counted, and the number stays unproved.

    Raises ValidationError where no code could prove it any more.
    """
    _lock(by)
    phone = Phone.objects.filter(user=by, verified_at__isnull=True).first()
    if phone is None:
        raise ValidationError(_("There is no number that waits for a code."))
    if now > phone.code_until or phone.wrong_codes >= codes.MOST_WRONG:
        raise ValidationError(_("That code does not hold any more. Ask for a new one."))
    if not codes.is_code_of(phone, typed):
        # Not by an exception, which would take the count back with everything else.
        phone.wrong_codes += 1
        phone.save(update_fields=["wrong_codes"])
        return phone
    phone.verified_at = now
    phone.save(update_fields=["verified_at"])
    trail.record(events.PHONE_VERIFIED, about=by, by=by)
    return phone


@transaction.atomic
def remove_phone(*, by: User, now: datetime) -> bool:
    """Take her number away: SMS and calls reach her by mail from then on. Whether there was one."""
    _lock(by)
    removed, _rows = Phone.objects.filter(user=by).delete()
    if removed:
        trail.record(events.PHONE_REMOVED, about=by, by=by)
    return bool(removed)


def _send_code(phone: Phone, by: User, now: datetime) -> None:
    phone.nonce, phone.code_until, phone.wrong_codes = uuid.uuid4(), now + codes.HOLDS, 0
    phone.save()
    outbox.enqueue(
        PhoneCodeNotice.code,
        subject=subject_of(phone),
        recipients=[by],
        context={},
        key=f"phone_code:{phone.nonce}",
        now=now,
    )


def _check_codes(by: User, now: datetime) -> None:
    sent = OutboxMessage.objects.filter(
        recipient=by, notice=PhoneCodeNotice.code, created_at__gt=now - CODES_COUNTED
    ).count()
    if sent >= MOST_CODES:
        raise ValidationError(_("Five codes were sent within the hour. Try again later."))


def _lock(user: User) -> None:
    """Two browsers of one person, one after the other."""
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
