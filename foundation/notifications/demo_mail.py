"""The mail of the demo, which has no mail server: files below ``$TSDESK_STATE/mail``, each shown to its addressee."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import getaddresses
from pathlib import Path

from foundation.accounts.models import User

LOOKED_AT = 500
"""Newest files of the directory that are looked into, whoever they are for."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as a mail program shows it."""

    name: str
    sent_at: datetime
    sender: str
    subject: str
    headers: list[tuple[str, str]]
    body: str


def mails_to(reader: User, directory: Path) -> list[Mail]:
    """The mails addressed to ``reader``, newest first, of the newest LOOKED_AT files."""
    files = sorted(directory.glob("[!.]*.eml"), key=_written_at, reverse=True)[:LOOKED_AT]
    return [mail for file in files if (mail := _read(file, reader)) is not None]


def mail_to(reader: User, directory: Path, name: str) -> Mail | None:
    """One of them by its file's name, or None for another's and for none at all."""
    file = directory / f"{name}.eml"
    if file.parent != directory or not file.is_file():
        return None
    return _read(file, reader)


def _written_at(file: Path) -> int:
    return file.stat().st_mtime_ns


def _read(file: Path, reader: User) -> Mail | None:
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(file.read_bytes())
    addressed = {address.lower() for _name, address in getaddresses(message.get_all("To", []))}
    if reader.email.lower() not in addressed:
        return None
    text = message.get_body(preferencelist=("plain",))
    return Mail(
        name=file.stem,
        sent_at=datetime.fromtimestamp(file.stat().st_mtime, tz=UTC),
        sender=str(message.get("From", "")),
        subject=str(message.get("Subject", "")),
        headers=[(header, str(value)) for header, value in message.items() if header not in {"Subject", "From"}],
        body=text.get_content() if text is not None else "",
    )
