"""Posting to another server: ten seconds in all, no redirects, and where asked only to addresses of the open internet."""

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import SplitResult, urlsplit

from foundation.notifications.channels.base import CannotSendError

TIMEOUT_SECONDS = 10
"""For the whole exchange: a peer that answers a byte at a time is as gone as one that is silent."""

LONGEST_ANSWER = 64 * 1024
MOST_ADDRESSES = 2

_NAT64 = IPv6Network("64:ff9b::/96")
_TRY_AGAIN = frozenset({408, 409, 425, 429})
"""Answers of the 400s that are about now, not about the message."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other server said."""

    status: int
    body: bytes
    retry_after: timedelta | None

    @property
    def is_ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_for_good(self) -> bool:
        """Whether the same message would be refused again. A redirect is a refusal: it is never followed."""
        return self.status < 500 and self.status not in _TRY_AGAIN


def post(url: str, body: bytes, headers: Mapping[str, str], *, guarded: bool, loopback: bool = False) -> Answer:
    """POST once. guarded: only to a global address, judged on the one that is connected to, so that a name which
    points elsewhere meanwhile changes nothing; loopback: or to this machine.

    Raises CannotSendError when no answer came, for good when the address may not be reached.
    """
    parts = urlsplit(url)
    line = _connection(parts, guarded=guarded, loopback=loopback)
    alarm = threading.Timer(TIMEOUT_SECONDS, _hang_up, [line])
    alarm.daemon = True
    alarm.start()
    try:
        path = parts.path or "/"
        line.request("POST", f"{path}?{parts.query}" if parts.query else path, body, dict(headers))
        answer = line.getresponse()
        return Answer(answer.status, answer.read(LONGEST_ANSWER), _retry_after(answer.headers.get("Retry-After")))
    except (OSError, http.client.HTTPException, ValueError) as broken:
        # ValueError: a read on a socket that the alarm has closed.
        name = type(broken).__name__
        raise CannotSendError(f"{name}: {broken}", code="no_answer") from broken
    finally:
        alarm.cancel()
        line.close()


def may_be_reached(address: str, *, loopback: bool = False) -> bool:
    """Whether an IP address belongs to the open internet, also where it is one inside another."""
    ip: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(ip, IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if ip in _NAT64:
            inside = IPv4Address(int(ip) & 0xFFFFFFFF)
        ip = inside or ip
    if ip.is_loopback:
        return loopback
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class _Connected:
    """Connects to an address that was looked at first; the name stays what TLS and the Host header go by."""

    host: str
    port: int
    guarded = True
    loopback = False

    def reach(self) -> socket.socket:
        found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        addresses = [str(each[4][0]) for each in found]
        if self.guarded and not all(may_be_reached(each, loopback=self.loopback) for each in addresses):
            raise CannotSendError("Its address is not one of the open internet.", code="private_address", for_good=True)
        return _first_that_answers(addresses[:MOST_ADDRESSES], self.port)


class _Plain(_Connected, http.client.HTTPConnection):
    def connect(self) -> None:
        self.sock = self.reach()


class _Encrypted(_Connected, http.client.HTTPSConnection):
    def connect(self) -> None:
        # Known to the alarm before the handshake, which may be what hangs.
        self.sock = tls = ssl.create_default_context().wrap_socket(
            self.reach(), server_hostname=self.host, do_handshake_on_connect=False
        )
        tls.do_handshake()


def _first_that_answers(addresses: Sequence[str], port: int) -> socket.socket:
    """Raises the OSError of the last one when none does."""
    for address in addresses[:-1]:
        try:
            found = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS / len(addresses))
        except OSError:
            continue
        found.settimeout(TIMEOUT_SECONDS)
        return found
    return socket.create_connection((addresses[-1], port), timeout=TIMEOUT_SECONDS)


def _connection(parts: SplitResult, *, guarded: bool, loopback: bool) -> _Plain | _Encrypted:
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise CannotSendError("No address of a server.", code="bad_address", for_good=True)
    line = (_Encrypted if parts.scheme == "https" else _Plain)(parts.hostname, parts.port)
    line.guarded, line.loopback = guarded, loopback
    return line


def _hang_up(line: http.client.HTTPConnection) -> None:
    if (open_socket := line.sock) is not None:
        try:
            open_socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It has closed by itself meanwhile.
            return


def _retry_after(said: str | None) -> timedelta | None:
    """Seconds or a date (RFC 9110, 10.2.3). What cannot be read is as good as nothing said."""
    if not said:
        return None
    if said.isdecimal():
        return timedelta(seconds=min(int(said), 86_400))
    try:
        return max(parsedate_to_datetime(said) - datetime.now(UTC), timedelta())
    except (TypeError, ValueError):
        return None
