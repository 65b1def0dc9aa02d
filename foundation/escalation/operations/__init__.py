"""Every write to an escalation: starting, calling level after level, answering, ending; publishing.py: to the policies."""

from foundation.escalation.operations.answering import (
    AlreadyAcknowledged,
    acknowledge_escalation,
    end_escalations,
    note_activity,
)
from foundation.escalation.operations.starting import Need, start_escalation, start_escalations
from foundation.escalation.operations.stepping import step_escalation, sweep_escalations

__all__ = [
    "AlreadyAcknowledged",
    "Need",
    "acknowledge_escalation",
    "end_escalations",
    "note_activity",
    "start_escalation",
    "start_escalations",
    "step_escalation",
    "sweep_escalations",
]
