"""What can happen to a message that a timeline should know."""

from django.utils.translation import gettext_lazy as _

from foundation.audit.events import Family, define

NOTICE_FAILED = define("notice.failed", _("{notice} did not reach {to} by {channel}"), family=Family.MESSAGE)
PHONE_CHANGED = define("phone.changed", _("{actor} gave another phone number"), on_timeline=False)
PHONE_VERIFIED = define("phone.verified", _("{actor} proved that the phone is hers"), on_timeline=False)
PHONE_REMOVED = define("phone.removed", _("{actor} took the phone number away"), on_timeline=False)
CHAT_CONNECTED = define("chat.connected", _("{actor} connected the team’s chat"))
CHAT_DISCONNECTED = define("chat.disconnected", _("{actor} disconnected the team’s chat"))
CHANNEL_TESTED = define("channel.tested", _("{actor} sent a test by {channel}"), on_timeline=False)
