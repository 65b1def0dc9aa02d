"""What the peek beside the queue tells of a case: enough to decide whether to open it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language

from cases.chips import Chip, chips_of
from cases.models import Case, Check, Contact, Party
from cases.operations.placing import placement_of
from cases.urgency import Placement
from cases.words import amid
from cases.workflow import CASE_WORKFLOW
from foundation.accounts.models import User
from foundation.workflow.moves import Offer


@dataclass(frozen=True, slots=True)
class Peek:
    """A case seen from the queue."""

    case: Case
    chips: Sequence[Chip]
    last_word: Contact | None
    last_channel: str
    placement: Placement
    parties: Sequence[Party]
    category: str
    next_step: str
    done: int
    total: int
    take: Offer


def peek_of(case: Case, *, reader: User, now: datetime) -> Peek:
    """The peek of a case read with ``with_row_data``; three queries more."""
    language = get_language() or "en"
    checks = list(Check.objects.filter(case=case)[:50])
    open_checks = [check for check in checks if check.ticked_at is None]
    last_word = (
        Contact.objects.filter(case=case).select_related("party__person", "by").order_by("-occurred_at", "-pk").first()
    )
    incident = getattr(case, "incident", None)
    move = CASE_WORKFLOW["take"]
    refusal = CASE_WORKFLOW.refusal("take", case.state, by=reader)
    return Peek(
        case=case,
        chips=chips_of(case, now=now),
        last_word=last_word,
        last_channel=amid((last_word or case).get_channel_display()),
        placement=placement_of(case),
        parties=list(case.parties.all())[:6],
        category=incident.category.name(language) if incident else "",
        next_step=open_checks[0].text(language) if open_checks else "",
        done=len(checks) - len(open_checks),
        total=len(checks),
        take=Offer(move, str(refusal) if refusal else None),
    )
