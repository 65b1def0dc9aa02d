"""Phone numbers of staff: written in many ways, kept as E.164, shown to others only by their last digits."""

import phonenumbers
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 40

_COSTLY = frozenset(
    {
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.PAGER,
        phonenumbers.PhoneNumberType.VOICEMAIL,
    }
)
"""Kinds of number that are no person's own: a message there reaches nobody or costs whoever sends it."""


def e164(written: str, country: str = "") -> str:
    """The number as ``+13035550142``. country: ISO 3166-1 alpha-2, of a number written without its country's code.

    Raises ValidationError with the sentence.
    """
    number = written.strip()
    if number.startswith("00"):
        number = f"+{number[2:]}"
    region = country.upper() if country.upper() in phonenumbers.SUPPORTED_REGIONS else None
    if len(number) > LONGEST:
        raise ValidationError(_("That is too long for a phone number."))
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as why:
        if why.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise ValidationError(_("Write the number with its country code, such as +1 or +34.")) from None
        raise ValidationError(_("That cannot be read as a phone number.")) from None
    if parsed.extension:
        raise ValidationError(_("A number with an extension takes no SMS. Give a direct one."))
    if not phonenumbers.is_valid_number(parsed):
        raise ValidationError(_("That number is not in use in its country. Look at its digits again."))
    if phonenumbers.number_type(parsed) in _COSTLY:
        raise ValidationError(_("That is a number of a service. Give the number of your own phone."))
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164))


def for_reading(number: str) -> str:
    """Spaced the way people read it: ``+1 303-555-0142``."""
    parsed = phonenumbers.parse(number, None)
    return str(phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def masked(number: str) -> str:
    """For everybody but its owner: ``… 42``."""
    return f"… {number[-2:]}" if number else ""
