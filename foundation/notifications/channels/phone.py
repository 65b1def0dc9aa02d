"""To the reader's own phone: a short SMS, or a call that reads a sentence and takes a key as the answer."""

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from django.urls import reverse

from foundation.accounts.models import User
from foundation.notifications import answers, notices
from foundation.notifications.channels import as_file, twilio
from foundation.notifications.channels.base import CannotSendError, Left
from foundation.notifications.models import Channel, Delivery, OutboxMessage, Phone
from foundation.notifications.rendering import Readable, absolute
from foundation.notifications.short import sms_text, spoken

KEY_WAIT_SECONDS = "10"
SPOKEN = {"en": "en-US", "es": "es-ES", "pt": "pt-BR"}
"""In which voice a language is read."""


class SmsSender:
    """Reference and severity, and where to look; never what the record says."""

    def send(self, told: Sequence[Readable], reader: User) -> Left:
        carrier = told[0].message
        number = _number(carrier, reader)
        text = sms_text(told, reader)
        account = twilio.account()
        if account is None:
            return as_file.write(Channel.SMS, text, carrier, reader)
        fields = [("To", number), ("Body", text), ("StatusCallback", _status_url(carrier))]
        return Left(Delivery.SENT, account.ask("Messages", fields, key=str(carrier.message_id)))


class VoiceSender:
    """A sentence in the reader's language, twice. Key 1 acknowledges, where there is something to acknowledge."""

    def send(self, told: Sequence[Readable], reader: User) -> Left:
        carrier = told[0].message
        number = _number(carrier, reader)
        takes_key = answers.answer_of(carrier.gate_kind) is not None
        sentence = spoken(told, reader, takes_key=takes_key)
        account = twilio.account()
        if account is None:
            return as_file.write(Channel.VOICE, sentence, carrier, reader)
        fields = [
            ("To", number),
            ("Twiml", call_script(sentence, reader, key_url=_key_url(carrier) if takes_key else "")),
            ("StatusCallback", _status_url(carrier)),
            ("StatusCallbackEvent", "completed"),
        ]
        return Left(Delivery.SENT, account.ask("Calls", fields, key=str(carrier.message_id)))


def call_script(sentence: str, reader: User, *, key_url: str = "") -> str:
    """What the provider is to say, as TwiML. With ``key_url`` it then waits for one key and posts it there."""
    script = Element("Response")
    inside = script
    if key_url:
        inside = SubElement(script, "Gather", numDigits="1", action=key_url, method="POST", timeout=KEY_WAIT_SECONDS)
    said = SubElement(inside, "Say", language=SPOKEN.get(reader.language, SPOKEN["en"]), loop="2" if key_url else "1")
    said.text = sentence
    return tostring(script, encoding="unicode")


def farewell(sentence: str, listener: User | None) -> str:
    """The last sentence of a call, as TwiML."""
    script = Element("Response")
    SubElement(
        script, "Say", language=SPOKEN.get(listener.language if listener else "en", SPOKEN["en"])
    ).text = sentence
    SubElement(script, "Hangup")
    return tostring(script, encoding="unicode")


def reachable_number(reader: User) -> str:
    """The number that she has proved to be hers, or an empty text."""
    return Phone.objects.filter(user=reader, verified_at__isnull=False).values_list("number", flat=True).first() or ""


def _number(message: OutboxMessage, reader: User) -> str:
    """Where this message goes. The first attempt settles it: one that was tried at another number goes nowhere else.

    A provider counts a message once by its key, so the same key must not stand for two numbers; and a number that is
    no longer hers must hear nothing more. Raises CannotSendError, for good.
    """
    if notices.by_code(message.notice).to_unverified:
        number = Phone.objects.filter(user=reader).values_list("number", flat=True).first() or ""
    else:
        number = reachable_number(reader)
    if not number:
        raise CannotSendError("She has no verified phone.", code="no_phone", for_good=True, is_hers=True)
    if message.address not in ("", number):
        raise CannotSendError("Her number has changed.", code="number_changed", for_good=True, is_hers=True)
    OutboxMessage.objects.filter(pk=message.pk, address="").update(address=number)
    return number


def _status_url(message: OutboxMessage) -> str:
    return absolute(reverse("notifications:provider_status", args=[message.message_id]))


def _key_url(message: OutboxMessage) -> str:
    return absolute(reverse("notifications:provider_key", args=[message.message_id]))
