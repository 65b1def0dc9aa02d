"""Which addresses may be a team's webhook. What a name points to is asked again whenever something is posted there."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from foundation.notifications.channels.posting import may_be_reached

LONGEST = 500


def check_hook(written: str) -> str:
    """The address, trimmed. Raises ValidationError with the sentence."""
    url = written.strip()
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ValidationError(_("That is no address of a webhook.")) from None
    if len(url) > LONGEST or not host or any(ord(character) <= 32 or ord(character) > 126 for character in url):
        raise ValidationError(_("That is no address of a webhook."))
    if parts.username or parts.password or parts.fragment:
        raise ValidationError(_("A webhook’s address holds no sign-in and no #."))
    stays_here = settings.CHAT_LOOPBACK and _is_loopback(host)
    if not stays_here and (port not in (None, 80, 443) or _is_inside(host)):
        raise ValidationError(_("That address lies inside a network. A webhook is on the open internet."))
    if not stays_here and parts.scheme != "https":
        raise ValidationError(_("A webhook’s address begins with https://."))
    return url


def _is_inside(host: str) -> bool:
    try:
        return not may_be_reached(host)
    except ValueError:
        # A name. One without a dot, and one of a network's own, is nobody's on the open internet.
        name = host.rstrip(".")
        return "." not in name or name.endswith((".localhost", ".local", ".internal", ".lan")) or _is_number(name)


def _is_number(name: str) -> bool:
    """Other ways to write an address, such as 0x7f.1 or 017700000001, that a resolver would still take for one."""
    return name.rpartition(".")[2][:1].isdigit()


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
