"""Whether a page may still leave: asked with the escalation's row locked, so no send begins after an answer commits."""

from foundation.escalation.models import Escalation
from foundation.escalation.workflow import EscalationState


def may_call(escalation_id: str, step: str) -> bool:
    """Still nobody has answered, and it is still the turn of those whom the page calls."""
    escalation = Escalation.objects.select_for_update(no_key=True).filter(pk=escalation_id).first()
    return escalation is not None and escalation.state == EscalationState.TRIGGERED and escalation.step == step
