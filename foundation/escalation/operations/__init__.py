"""Every write to an escalation (starting, calling level after level, answering, ending), to policies and to who is on shift."""

from foundation.escalation.operations.answering import (
    AlreadyAcknowledged,
    acknowledge_escalation,
    end_escalations,
    note_activity,
)
from foundation.escalation.operations.gap_warnings import sweep_gaps
from foundation.escalation.operations.schedules import (
    RotationSpec,
    change_rotation,
    create_schedule,
    edit_schedule,
    end_rotation,
    end_shift,
    put_on_shift,
    start_rotation,
)
from foundation.escalation.operations.shift_notes import confirm_shift_note, write_shift_note
from foundation.escalation.operations.standing_in import (
    accept_swap,
    ask_swap,
    override_shift,
    refuse_swap,
    take_back_override,
    withdraw_swap,
)
from foundation.escalation.operations.starting import Need, start_escalation, start_escalations
from foundation.escalation.operations.stepping import step_escalation, sweep_escalations

__all__ = [
    "AlreadyAcknowledged",
    "Need",
    "RotationSpec",
    "accept_swap",
    "acknowledge_escalation",
    "ask_swap",
    "change_rotation",
    "confirm_shift_note",
    "create_schedule",
    "edit_schedule",
    "end_escalations",
    "end_rotation",
    "end_shift",
    "note_activity",
    "override_shift",
    "put_on_shift",
    "refuse_swap",
    "start_escalation",
    "start_escalations",
    "start_rotation",
    "step_escalation",
    "sweep_escalations",
    "sweep_gaps",
    "take_back_override",
    "withdraw_swap",
    "write_shift_note",
]
