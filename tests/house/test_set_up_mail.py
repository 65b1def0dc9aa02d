"""Without a mail server every mail is a file."""

import email
from pathlib import Path
from typing import Any

from django.core.mail import EmailMultiAlternatives

from tsdesk.mail import EmlBackend


def test_a_mail_becomes_a_file_that_a_mail_program_opens(settings: Any, tmp_path: Path) -> None:
    settings.MAIL_DIRECTORY = tmp_path / "mail"
    message = EmailMultiAlternatives(
        "Añejo", "text", "desk@example.com", ["a@example.com"], headers={"X-Tsdesk-Case": "TS-1"}
    )
    message.attach_alternative("<p>text</p>", "text/html")
    assert EmlBackend().send_messages([message, message]) == 2
    first, second = sorted((tmp_path / "mail").iterdir())
    assert (first.suffix, first.stat().st_mode & 0o777) == (".eml", 0o600)
    read = email.message_from_bytes(first.read_bytes())
    assert (read["X-Tsdesk-Case"], read["To"], read.is_multipart()) == ("TS-1", "a@example.com", True)
    assert second != first
