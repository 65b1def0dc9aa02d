"""The states of a case and the table of its moves (contract.md, Case moves)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from cases import events
from foundation.accounts.permissions import Permission
from foundation.workflow.moves import Move, Workflow


class CaseState(models.TextChoices):
    NEW = "new", _("New")
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


class WaitingOn(models.TextChoices):
    """Whom a waiting case waits for; also the reasons that pause a clock."""

    REPORTER = "reporter", _("Reporter")
    RESPONDENT = "respondent", _("Respondent")
    VET = "vet", _("Vet")
    LEGAL = "legal", _("Legal")
    LAW_ENFORCEMENT = "law_enforcement", _("Law enforcement")
    OTHER = "other", _("Somebody else")


class Outcome(models.TextChoices):
    """How a case was resolved. One is required."""

    HELPED = "helped", _("Helped, settled between them")
    EDUCATED = "educated", _("Safety advice given")
    COMPENSATED = "compensated", _("Compensated")
    ACTION_TAKEN = "action_taken", _("Action on an account")
    NOT_SUBSTANTIATED = "not_substantiated", _("Not substantiated")
    REFERRED = "referred", _("Referred to the authorities")
    WITHDRAWN = "withdrawn", _("Withdrawn by the reporter")
    NO_ACTION = "no_action", _("No action needed")
    SPAM = "spam", _("Spam")
    NO_CONTACT_POSSIBLE = "no_contact_possible", _("Nobody could be reached")


OPEN_STATES = frozenset({CaseState.NEW, CaseState.OPEN, CaseState.WAITING})
_UNCLOSED = OPEN_STATES | {CaseState.RESOLVED}

CASE_WORKFLOW = Workflow(
    "case",
    CaseState,
    [
        Move("take", frozenset(OPEN_STATES), CaseState.OPEN, Permission.CASE_TAKE, events.CASE_TAKEN, _("Take")),
        Move("assign", frozenset(_UNCLOSED), None, Permission.CASE_ASSIGN, events.CASE_ASSIGNED, _("Assign")),
        Move("hand_over", frozenset(OPEN_STATES), None, Permission.CASE_HAND_OVER, events.CASE_HANDED_OVER, _("Hand over")),
        Move("wait", frozenset({CaseState.OPEN}), CaseState.WAITING, Permission.CASE_WAIT, events.CASE_WAITING, _("Waiting on")),
        Move("resume", frozenset({CaseState.WAITING}), CaseState.OPEN, Permission.CASE_WAIT, events.CASE_RESUMED,
             _("Resume"), system=True),
        Move("resolve", frozenset(OPEN_STATES), CaseState.RESOLVED, Permission.CASE_RESOLVE, events.CASE_RESOLVED, _("Resolve")),
        Move("reopen", frozenset({CaseState.RESOLVED, CaseState.CLOSED}), CaseState.OPEN, Permission.CASE_REOPEN,
             events.CASE_REOPENED, _("Reopen"), system=True),
        Move("close", frozenset({CaseState.RESOLVED}), CaseState.CLOSED, None, events.CASE_CLOSED, _("Close")),
        Move("mark_duplicate", frozenset(_UNCLOSED), CaseState.CLOSED, Permission.CASE_MERGE, events.CASE_MARKED_DUPLICATE,
             _("Mark as duplicate")),
        Move("escalate", frozenset(_UNCLOSED), None, Permission.CASE_ESCALATE, events.CASE_ESCALATED, _("Escalate")),
        Move("de_escalate", frozenset(_UNCLOSED), None, Permission.CASE_ESCALATE, events.CASE_DE_ESCALATED, _("De-escalate")),
    ],
)  # fmt: skip
