"""What can happen to service levels."""

from django.utils.translation import gettext_lazy as _

from foundation.audit.events import define

CALENDAR_PUBLISHED = define(
    "calendar.published", _("{actor} published wording {number} of a calendar"), on_timeline=False
)
CALENDAR_RENAMED = define("calendar.renamed", _("{actor} gave a calendar another name"), on_timeline=False)
POLICY_PUBLISHED = define(
    "sla_policy.published", _("{actor} published wording {number} of a policy"), on_timeline=False
)
POLICY_RENAMED = define("sla_policy.renamed", _("{actor} gave a policy another name"), on_timeline=False)
POLICY_MOVED = define("sla_policy.moved", _("{actor} moved a policy to place {place}"), on_timeline=False)
