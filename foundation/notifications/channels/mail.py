import re
import smtplib
import socket
import ssl
from collections.abc import Sequence

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from foundation.accounts.models import User
from foundation.notifications.channels.base import CannotSendError, Left
from foundation.notifications.models import Delivery
from foundation.notifications.rendering import Letter, Readable, compose

TIMEOUT_SECONDS = 10
"""How long the mail server may keep silent at any step."""

GONE_FOR_GOOD = frozenset({550, 551, 553})
"""What a mail server answers about an address that it will not take mail for (RFC 5321, 4.2.3)."""


class MailSender:
    """To the reader's email address, as plain text, through whatever EMAIL_URL says.

    The Message-ID is the message's own, so that a retry of a mail that did arrive can be told from a new one.
    """

    def send(self, told: Sequence[Readable], reader: User) -> Left:
        letter = compose(told, reader)
        mail = EmailMessage(
            subject=letter.title,
            body=letter.body,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[reader.email],
            headers=_headers(letter, f"<{told[0].message.message_id}@{_domain()}>"),
        )
        try:
            mail.connection = get_connection(timeout=TIMEOUT_SECONDS)
            mail.send()
        except smtplib.SMTPRecipientsRefused as refused:
            code, why = next(iter(refused.recipients.values()))
            raise CannotSendError(f"{code} {_plain(why)}", code=str(code), for_good=code in GONE_FOR_GOOD) from refused
        except smtplib.SMTPResponseException as answer:
            said = f"{answer.smtp_code} {_plain(answer.smtp_error)}"
            raise CannotSendError(said, code=str(answer.smtp_code)) from answer
        except (smtplib.SMTPException, ssl.SSLError, socket.gaierror, OSError) as broken:
            kind = type(broken).__name__
            raise CannotSendError(f"{kind}: {broken}", code=kind[:40]) from broken
        return Left(Delivery.SENT)


def _headers(letter: Letter, message_id: str) -> dict[str, str]:
    """Stable id, marked as written by a machine (RFC 3834), and what it is about: ``X-Tsdesk-Case: TS-1, TS-2``."""
    headers = {
        "Message-ID": message_id,
        "Auto-Submitted": "auto-generated",
    }
    for kind, labels in letter.records.items():
        headers[f"X-Tsdesk-{kind.replace('_', '-').title()}"] = ", ".join(
            re.sub(r"[^\x21-\x7e]+", "-", one) for one in labels
        )
    return headers


def _domain() -> str:
    """Whatever the desk sends from: a Message-ID names who made it."""
    return str(settings.DEFAULT_FROM_EMAIL).rpartition("@")[2].rstrip("> ")


def _plain(said: bytes | str) -> str:
    return said.decode("ascii", "replace") if isinstance(said, bytes) else said
