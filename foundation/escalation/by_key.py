"""Acknowledging by a key of the phone, through the same operation as the button."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.escalation.models import Escalation
from foundation.escalation.operations import acknowledge_escalation
from foundation.notifications import subjects
from foundation.workflow.moves import MoveRefused


@transaction.atomic
def acknowledge_by_key(escalation_id: str, step: str, by: User, now: datetime) -> str:
    """Acknowledge as ``by``, for a page of ``step``; the sentence to say to her.

    Of an earlier cycle no key counts: the acknowledgement of that time ran out, and repeating it is no new one.
    """
    escalation = Escalation.objects.select_for_update(no_key=True).filter(pk=escalation_id).first()
    if escalation is None or subjects.find(escalation.subject, by) is None:
        return _("There is nothing here for you to acknowledge. Goodbye.")
    if step.partition(".")[0] != str(escalation.cycle):
        return _("This call is an old one. Look at the desk. Goodbye.")
    try:
        acknowledge_escalation(escalation, by=by, now=now)
    except MoveRefused as refusal:
        return str(refusal)
    return _("Thank you. It is yours. Goodbye.")
