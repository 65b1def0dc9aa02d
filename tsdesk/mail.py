"""Mail without a mail server: every message becomes an `.eml` file that any mail program opens."""

import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class EmlBackend(BaseEmailBackend):
    """Writes each message below `$TSDESK_STATE/mail/`. File names sort by the time of writing."""

    prefix = ""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for message in email_messages:
            write_eml(message.message().as_bytes(), prefix=self.prefix)
        return len(email_messages)


def write_eml(content: bytes, *, prefix: str = "") -> Path:
    """Write one message whole: a reader of the directory never finds half a file under its final name."""
    directory = settings.MAIL_DIRECTORY
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{prefix}{time.time_ns():020d}-{secrets.token_hex(4)}.eml"
    unfinished = directory / f".{name}"
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return unfinished.rename(directory / name)
