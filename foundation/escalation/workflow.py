"""The states of an escalation and of a swap of shifts, and the tables of their moves (sla-and-escalation.md 15-17, 20)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.accounts.permissions import Permission
from foundation.escalation import events
from foundation.workflow.moves import Move, Workflow


class EscalationState(models.TextChoices):
    TRIGGERED = "triggered", _("Waiting for somebody")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    RESOLVED = "resolved", _("Over")
    EXHAUSTED = "exhausted", _("Nobody answered")


RUNNING = frozenset({EscalationState.TRIGGERED, EscalationState.ACKNOWLEDGED})
UNRESOLVED = RUNNING | {EscalationState.EXHAUSTED}
"""What still asks for somebody: one that nobody answered stays in sight until somebody does or the record is done."""

_UNANSWERED = frozenset({EscalationState.TRIGGERED, EscalationState.EXHAUSTED})
_TRIGGERED = frozenset({EscalationState.TRIGGERED})

ESCALATION_WORKFLOW = Workflow(
    "escalation",
    EscalationState,
    [
        Move("acknowledge", _UNANSWERED, EscalationState.ACKNOWLEDGED, Permission.ESCALATION_ACKNOWLEDGE,
             events.ESCALATION_ACKNOWLEDGED, _("Acknowledge")),
        Move("step", _TRIGGERED, None, None, events.ESCALATION_STEPPED, _("Pass on")),
        Move("expire", frozenset({EscalationState.ACKNOWLEDGED}), EscalationState.TRIGGERED, None,
             events.ESCALATION_EXPIRED, _("Call again")),
        Move("exhaust", _TRIGGERED, EscalationState.EXHAUSTED, None, events.ESCALATION_EXHAUSTED, _("Give up calling")),
        Move("end", frozenset(UNRESOLVED), EscalationState.RESOLVED, None, events.ESCALATION_ENDED, _("End")),
    ],
)  # fmt: skip


class SwapState(models.TextChoices):
    ASKED = "asked", _("Asked")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


_ASKED = frozenset({SwapState.ASKED})

SWAP_WORKFLOW = Workflow(
    "swap",
    SwapState,
    [
        Move("accept", _ASKED, SwapState.ACCEPTED, Permission.SHIFT_SWAP, events.SWAP_ACCEPTED, _("Take it")),
        Move("refuse", _ASKED, SwapState.REFUSED, Permission.SHIFT_SWAP, events.SWAP_REFUSED, _("Refuse")),
        Move("withdraw", _ASKED, SwapState.WITHDRAWN, Permission.SHIFT_SWAP, events.SWAP_WITHDRAWN, _("Withdraw")),
    ],
)
