"""What can happen to an escalation: about the record it calls for, so that its timeline shows it. And to a schedule."""

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

SCHEDULE_CREATED = define("schedule.created", _("{actor} made the schedule {slug}"))
SCHEDULE_EDITED = define("schedule.edited", _("{actor} changed the schedule: {fields}"))
ROTATION_STARTED = define("rotation.started", _("{actor} started a rotation that counts from {starts_at}"))
ROTATION_CHANGED = define("rotation.changed", _("{actor} changed a rotation from {starts_at} on"))
ROTATION_ENDED = define("rotation.ended", _("{actor} ended a rotation at {ends_at}"))
SHIFT_PUT_DOWN = define("shift.put_down", _("{actor} put somebody on shift from {starts_at}"))
SHIFT_ENDED = define("shift.ended", _("{actor} ended a shift at {ends_at}"))
SHIFT_OVERRIDDEN = define("shift.overridden", _("{actor} put somebody else on shift from {starts_at} to {ends_at}"))
OVERRIDE_TAKEN_BACK = define("shift.override_taken_back", _("{actor} took back who stands in from {starts_at}"))
SWAP_ASKED = define("swap.asked", _("{actor} asked a colleague to take a shift from {starts_at} to {ends_at}"))
SWAP_ACCEPTED = define("swap.accepted", _("{actor} took the shift that was asked about"))
SWAP_REFUSED = define("swap.refused", _("{actor} refused the shift that was asked about"))
SWAP_WITHDRAWN = define("swap.withdrawn", _("{actor} withdrew what was asked"))
SHIFT_NOTE_WRITTEN = define("shift_note.written", _("{actor} left a note for the next shift"))
SHIFT_NOTE_READ = define("shift_note.read", _("{actor} read the note of the shift before"))
SHIFT_GAP_WARNED = define("shift.gap_warned", _("The lead was warned of hours without anybody on shift: {gaps}"))
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
