"""SMS and calls through a provider that speaks as Twilio does: which account, how it is asked, how its word is checked."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from django.conf import settings
from django.utils.crypto import constant_time_compare

from foundation.notifications.channels.base import CannotSendError
from foundation.notifications.channels.posting import Answer, post

VERSION = "2010-04-01"


@dataclass(frozen=True, slots=True)
class Account:
    """An account at the provider. base: its server; sender: the number that messages come from."""

    base: str
    sid: str
    token: str
    sender: str

    @classmethod
    def from_url(cls, url: str) -> "Account | None":
        """From ``https://ACCOUNT:TOKEN@api.twilio.com/?from=+13035550100``; None for an empty one.

        Raises ValueError when it lacks a part.
        """
        if not url:
            return None
        parts = urlsplit(url)
        # A plus in a query may be written as it is; read as a form it would be a space.
        sender = parse_qs(parts.query).get("from", [""])[0].strip()
        sender = sender if sender.startswith("+") else f"+{sender}"
        if parts.scheme not in ("https", "http") or not (parts.hostname and parts.username and parts.password):
            raise ValueError("TSDESK_SMS_URL is https://ACCOUNT:TOKEN@SERVER/?from=+NUMBER.")
        if not sender[1:].isdecimal():
            raise ValueError("TSDESK_SMS_URL lacks from=, the number that messages come from.")
        server = parts.netloc.rpartition("@")[2]
        base = f"{parts.scheme}://{server}{parts.path.rstrip('/')}"
        return cls(base, unquote(parts.username), unquote(parts.password), sender)

    def ask(self, resource: str, fields: Sequence[tuple[str, str]], *, key: str) -> str:
        """Create one ``Messages`` or ``Calls``, once a ``key``, however often it is asked. Returns the provider's id for it.

        Raises CannotSendError with the provider's error code.
        """
        answer = post(
            f"{self.base}/{VERSION}/Accounts/{self.sid}/{resource}.json",
            urlencode([*fields, ("From", self.sender)]).encode(),
            {
                "Authorization": f"Basic {base64.b64encode(f'{self.sid}:{self.token}'.encode()).decode()}",
                "Content-Type": "application/x-www-form-urlencoded",
                "Idempotency-Key": key,
                "I-Twilio-Idempotency-Token": key,
            },
            # The operator names this server in the environment; it may be a gateway in her own network.
            guarded=False,
        )
        told = _json(answer)
        if not answer.is_ok:
            code = str(told.get("code") or answer.status)[:40]
            raise CannotSendError(
                f"{answer.status} {str(told.get('message') or '')[:120]}".strip(),
                code=code,
                for_good=answer.is_for_good,
                retry_after=answer.retry_after,
            )
        return str(told.get("sid") or "")[:64]

    def signature(self, url: str, fields: Mapping[str, Sequence[str]]) -> str:
        """What the provider signs its word with: HMAC-SHA1 over the URL and every field, sorted by name."""
        signed = url + "".join(f"{name}{value}" for name in sorted(fields) for value in sorted(set(fields[name])))
        return base64.b64encode(hmac.new(self.token.encode(), signed.encode(), hashlib.sha1).digest()).decode()

    def has_signed(self, signature: str, url: str, fields: Mapping[str, Sequence[str]]) -> bool:
        return constant_time_compare(self.signature(url, fields), signature)


def account() -> Account | None:
    """The desk's account, or None where no provider is set up."""
    return Account.from_url(settings.SMS_URL)


def _json(answer: Answer) -> dict[str, object]:
    try:
        told = json.loads(answer.body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}
