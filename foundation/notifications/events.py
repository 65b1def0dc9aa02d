"""What can happen to a message that a timeline should know."""

from django.utils.translation import gettext_lazy as _

from foundation.audit.events import Family, define

NOTICE_FAILED = define("notice.failed", _("{notice} did not reach {to} by {channel}"), family=Family.MESSAGE)
