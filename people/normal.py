"""One spelling for what people write in many: the forms under which contact points are stored and found.

Every function here is idempotent: what it returns, given again, comes back unchanged.
"""

import re
import unicodedata

import phonenumbers
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

UNREADABLE = "?"
"""First character of the normal form of what is kept as written. No readable form begins with it."""

_SPACES = re.compile(r"\s+")
_TURNS = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_IN_LOCAL_PART = re.compile(r"(?!\?)[^\s@\"(),:;<>\[\]\\]{1,64}")

_TOO_LONG_FOR_A_PHONE = 40


class NotReadable(ValueError):
    """What was written cannot be read as what it should be; ``sentence`` says why and what would help."""

    def __init__(self, sentence: str | Promise) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def text(written: str) -> str:
    """Free text on one line: NFC, without control characters and surrogates, single spaces, trimmed.

    Nor with marks that turn the direction of writing: one in a name would turn the words that follow it on a page.
    """
    kept = "".join(" " if character.isspace() else character for character in written)
    kept = "".join(character for character in kept if unicodedata.category(character) not in ("Cc", "Cs"))
    kept = _TURNS.sub("", kept)
    return _SPACES.sub(" ", unicodedata.normalize("NFC", kept)).strip()


def phone(written: str, country: str = "") -> str:
    """A phone number as E.164 (``+13035550142``); the extension, if any, is not part of it.

    country: ISO 3166-1 alpha-2, read as the country of a number written without its code.
    Numbers need only be possible, not assigned: plans change more often than our copy of them.
    Raises NotReadable.
    """
    number = text(written)
    if len(number) > _TOO_LONG_FOR_A_PHONE:
        raise NotReadable(_("That is too long for a phone number."))
    if number.startswith("00"):
        number = f"+{number[2:]}"
    region = country.upper() if country.upper() in phonenumbers.SUPPORTED_REGIONS else None
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException as why:
        if why.error_type == phonenumbers.NumberParseException.INVALID_COUNTRY_CODE:
            raise NotReadable(_("Write the number with its country code, such as +1 or +34.")) from None
        raise NotReadable(_("That cannot be read as a phone number.")) from None
    match phonenumbers.is_possible_number_with_reason(parsed):
        case phonenumbers.ValidationResult.IS_POSSIBLE | phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            pass
        case phonenumbers.ValidationResult.TOO_SHORT:
            raise NotReadable(_("That phone number has too few digits."))
        case phonenumbers.ValidationResult.TOO_LONG:
            raise NotReadable(_("That phone number has too many digits."))
        case phonenumbers.ValidationResult.INVALID_COUNTRY_CODE:
            raise NotReadable(_("No country has that country code."))
        case _:
            raise NotReadable(_("That phone number does not have the right number of digits."))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def phone_for_reading(e164: str) -> str:
    """A stored number spaced the way people read it, with its country code: ``+1 303-555-0142``."""
    try:
        parsed = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


def email(written: str) -> str:
    """An email address in lower case, its domain in the ASCII form of IDNA.

    Dots and tags in the local part stay: they tell mailboxes apart at most providers. Raises NotReadable.
    """
    address = text(unicodedata.normalize("NFC", text(written).lower()))
    local, at, domain = address.rpartition("@")
    if not at:
        raise NotReadable(_("An email address needs an @ sign."))
    if not _IN_LOCAL_PART.fullmatch(local) or local.startswith(".") or local.endswith(".") or ".." in local:
        raise NotReadable(_("The part before the @ sign cannot be read."))
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        ascii_domain = ""
    labels = ascii_domain.split(".")
    if len(labels) < 2 or len(ascii_domain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise NotReadable(_("The part after the @ sign is not a domain, such as example.com."))
    return f"{local}@{ascii_domain}"


def handle(written: str) -> str:
    """A name on a social network, in lower case and without its leading @. Raises NotReadable when empty."""
    name = text(text(written).lower()).lstrip("@? ")
    if not name:
        raise NotReadable(_("A handle needs at least one letter or digit."))
    return name


def contact(kind: str, written: str, country: str = "") -> str:
    """The normal form of a contact point: kind is "phone", "email" or "handle". Raises NotReadable."""
    if kind == "phone":
        return phone(written, country)
    return email(written) if kind == "email" else handle(written)


def as_written(written: str) -> str:
    """The normal form of what nobody could read: kept and shown, never matched with another."""
    return f"{UNREADABLE}{text(text(written).lower()).lstrip('? ')}"[:320]


def is_readable(stored: str) -> bool:
    """Whether a stored normal form was read, and not merely kept as written."""
    return not stored.startswith(UNREADABLE)
