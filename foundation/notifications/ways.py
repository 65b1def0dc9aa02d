"""How each way out of the desk stands: whether a provider is set up, and where messages go without one."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.notifications.channels import twilio
from foundation.notifications.models import Channel

_FILES = _("No provider: each is written as a file beside the mail.")
_BY_MAIL = _("No provider is set up: mail carries what would go this way.")


@dataclass(frozen=True, slots=True)
class Way:
    """A channel, its icon, whether what goes there really leaves, and a sentence. provider: the server's name."""

    channel: Channel
    icon: str
    is_set_up: bool
    sentence: str | Promise
    provider: str = ""


def ways_out() -> list[Way]:
    """In the order in which people know them. Chat is each team's own and stands elsewhere."""
    account = twilio.account()
    server = urlsplit(account.base).hostname or "" if account else ""
    without = _FILES if settings.MESSAGES_AS_FILES else _BY_MAIL
    return [
        Way(Channel.IN_APP, "bell", True, _("Always on: the inbox at the desk.")),
        Way(
            Channel.MAIL,
            "mail",
            not settings.MESSAGES_AS_FILES,
            _("No mail server: each mail is written as a file.") if settings.MESSAGES_AS_FILES else _("Set up."),
        ),
        Way(Channel.SMS, "sms", account is not None, _("Set up.") if account else without, server),
        Way(Channel.VOICE, "phone", account is not None, _("Set up.") if account else without, server),
    ]
