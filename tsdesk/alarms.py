"""Telling people that the desk itself is in trouble, by ways that need neither its outbox nor its database."""

import json
import sys
import urllib.request
from collections.abc import Sequence
from datetime import datetime
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from tsdesk.auditing import Finding
from tsdesk.mail import write_eml

TIMEOUT = 10.0
"""Seconds for one try."""


def raise_alarm(findings: Sequence[Finding], *, now: datetime) -> bool:
    """Tell what was found by TSDESK_ALARM_URL: a mail for `mailto:`, a POST of JSON for `https:`.

    Without one, or when it fails, an `alarm-*.eml` under `$TSDESK_STATE/mail/`; a line on stderr always.
    True when the alarm left by the way that was asked for. Never raises: an alarm must not end the auditor.
    """
    print(f"alarm: {'; '.join(str(finding) for finding in findings)}", file=sys.stderr, flush=True)
    url = urlsplit(settings.ALARM_URL)
    try:
        if url.scheme == "mailto":
            _mail(findings, to=unquote(url.path), now=now).send()
            return True
        if url.scheme in ("https", "http"):
            _post(settings.ALARM_URL, findings, now=now)
            return True
    except Exception as error:
        print(f"alarm: {url.scheme} failed with {type(error).__name__}", file=sys.stderr, flush=True)
    try:
        write_eml(_mail(findings, to="operators@localhost", now=now).message().as_bytes(), prefix="alarm-")
    except OSError as error:
        print(f"alarm: no file could be written ({error.strerror})", file=sys.stderr, flush=True)
    return not settings.ALARM_URL


def send_heartbeat() -> bool:
    """Call TSDESK_HEARTBEAT_URL, so that whoever waits for the call is alarmed by its absence."""
    if not settings.HEARTBEAT_URL:
        return False
    try:
        with urllib.request.urlopen(_checked(settings.HEARTBEAT_URL), timeout=TIMEOUT):  # noqa: S310
            return True
    except (OSError, ValueError) as error:
        print(f"auditor: the heartbeat failed with {type(error).__name__}", file=sys.stderr, flush=True)
        return False


def _mail(findings: Sequence[Finding], *, to: str, now: datetime) -> EmailMessage:
    lines = [f"{settings.BASE_URL} at {now:%Y-%m-%d %H:%M:%S} UTC", "", *(f"- {finding}" for finding in findings)]
    return EmailMessage(
        subject="tsdesk: work is late",
        body="\n".join(lines) + "\n",
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        # Its own connection: the outbox's may be what is broken.
        connection=get_connection(timeout=TIMEOUT) if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") else None,
    )


def _post(url: str, findings: Sequence[Finding], *, now: datetime) -> None:
    content = {
        "desk": settings.BASE_URL,
        "at": now.isoformat(),
        "findings": [{"what": f.key, "rows": f.rows, "oldest_seconds": f.oldest_seconds} for f in findings],
    }
    request = urllib.request.Request(  # noqa: S310
        _checked(url), data=json.dumps(content).encode(), headers={"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT):  # noqa: S310
        pass


def _checked(url: str) -> str:
    if urlsplit(url).scheme not in ("https", "http"):
        raise ValueError("only https and http")
    return url
