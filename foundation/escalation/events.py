"""What can happen to an escalation. The entries are about the record it calls for, so that its timeline shows them."""

from django.utils.translation import gettext_lazy as _

from foundation.audit.events import define

ESCALATION_STARTED = define("escalation.started", _("Somebody is called: {reason}"))
ESCALATION_JOINED = define("escalation.joined", _("{reason} joined the call that was already out"))
ESCALATION_ACKNOWLEDGED = define("escalation.acknowledged", _("{actor} acknowledged, until {until}"))
ESCALATION_STEPPED = define("escalation.stepped", _("Nobody acknowledged: the call went to level {level}"))
ESCALATION_EXPIRED = define("escalation.expired", _("The acknowledgement ran out: whoever is on now is called"))
ESCALATION_EXHAUSTED = define("escalation.exhausted", _("Everybody was called and nobody acknowledged"))
ESCALATION_ENDED = define("escalation.ended", _("The call is over"))
ESCALATION_LEVEL_EMPTY = define("escalation.level_empty", _("Level {level} has nobody to call: {why}"))

LADDER_PUBLISHED = define(
    "escalation_policy.published", _("{actor} published wording {number} of an escalation policy"), on_timeline=False
)
LADDER_RENAMED = define(
    "escalation_policy.renamed", _("{actor} gave an escalation policy another name"), on_timeline=False
)
LADDER_SWITCHED = define(
    "escalation_policy.switched", _("{actor} switched an escalation policy on or off"), on_timeline=False
)
LADDER_MOVED = define(
    "escalation_policy.moved", _("{actor} moved an escalation policy to place {place}"), on_timeline=False
)
