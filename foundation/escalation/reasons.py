"""What a reason of an escalation is called."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.sla.models import Metric

BREACH = "breach:"

_NAMES: dict[str, str | Promise] = {
    "by_hand": _("Called by hand"),
    "level:nobody": _("Above the level of everybody on shift"),
    "breach:first_response": _("First response missed"),
    "breach:next_response": _("Next response missed"),
    "breach:periodic_update": _("Update missed"),
    "breach:resolution": _("Resolution missed"),
}


def known_reasons() -> list[str]:
    """What calls for somebody, in the order in which it is listed."""
    return [*_NAMES, *(f"{BREACH}{metric}" for metric in Metric.values if f"{BREACH}{metric}" not in _NAMES)]


def reason_name(reason: str) -> str:
    """In words. A missed target without a name of its own goes by its metric, anything else by its code."""
    if reason in _NAMES:
        return str(_NAMES[reason])
    metric = reason.removeprefix(BREACH)
    return str(Metric(metric).label) if metric in Metric.values else metric.replace("_", " ")


_GAPS: dict[str, str | Promise] = {
    "nobody": _("nobody stands there"),
    "nobody_may_see": _("nobody there may read it"),
    "outside_window": _("it is outside its hours"),
    "silence": _("nobody answered"),
}


def gap_name(why: str) -> str:
    """Why a level called nobody, in words."""
    return str(_GAPS.get(why, why))
