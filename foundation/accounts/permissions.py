"""What a role may do and how far it may see: the reviewed table of ../shared/design/access-and-audit.md.

A permission is one member of Permission; a role is a frozenset of them with a sentence and, for each
relation to a case, the highest confidentiality level it opens. What is not listed is refused.
The one lower file that a new kind of case touches.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from django.db.models import IntegerChoices, TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """A capability. Holding it is necessary, never sufficient: the relation to the record decides too."""

    CASE_VIEW = "case.view"
    CASE_OPEN = "case.open"
    CASE_TRIAGE = "case.triage"
    CASE_TAKE = "case.take"
    CASE_ASSIGN = "case.assign"
    CASE_REASSIGN = "case.reassign"
    CASE_HAND_OVER = "case.hand_over"
    CASE_WAIT = "case.wait"
    CASE_RESOLVE = "case.resolve"
    CASE_REOPEN = "case.reopen"
    CASE_ESCALATE = "case.escalate"
    CASE_LINK = "case.link"
    CASE_MERGE = "case.merge"
    CASE_SHARE = "case.share"
    CASE_RAISE_LEVEL = "case.raise_level"
    CASE_LOWER_LEVEL = "case.lower_level"
    CONTACT_RECORD = "contact.record"
    NOTE_WRITE = "note.write"
    TASK_WRITE = "task.write"
    EVIDENCE_ADD = "evidence.add"
    EVIDENCE_REVEAL = "evidence.reveal"
    PERSON_VIEW = "person.view"
    PERSON_EDIT = "person.edit"
    PERSON_MERGE = "person.merge"
    VIEW_SAVE = "view.save"
    VIEW_SHARE = "view.share"
    ESCALATION_ACKNOWLEDGE = "escalation.acknowledge"
    SHIFT_VIEW = "shift.view"
    SHIFT_SWAP = "shift.swap"
    SHIFT_EDIT = "shift.edit"
    ESCALATION_EDIT = "escalation.edit"
    BREAK_GLASS = "access.break_glass"
    CONFLICT_WITHDRAW = "access.withdraw_conflict"
    SLA_EDIT = "sla.edit"
    CATEGORY_EDIT = "category.edit"
    TEAM_EDIT = "team.edit"
    STAFF_EDIT = "staff.edit"
    KEY_EDIT = "key.edit"
    TRAIL_VIEW = "trail.view"
    IMPORT_RUN = "import.run"
    SETTINGS_VIEW = "settings.view"


class Level(IntegerChoices):
    """Confidentiality of a case."""

    C1 = 1, _("C1 routine")
    C2 = 2, _("C2 injury or harassment")
    C3 = 3, _("C3 assault or minors")
    C4 = 4, _("C4 legal privilege or staff")


class Compartment(TextChoices):
    """Fields and evidence hidden inside a case that is itself seen."""

    NONE = "", _("Open to all who see the case")
    MEDICAL = "medical", _("Medical")
    PAYMENT = "payment", _("Payment")
    MINORS = "minors", _("Minors")
    PRIVILEGE = "privilege", _("Privilege")
    STAFF_SUBJECT = "staff-subject", _("Staff subject")


class Relation(StrEnum):
    """How somebody stands to a case."""

    ASSIGNED = "assigned"
    QUEUE = "queue"  # her team's case
    EVERY_TEAM = "every_team"
    CLAIM = "claim"  # the case has a claim
    PAYOUT = "payout"  # a payout of the case awaits approval
    SAMPLED = "sampled"  # drawn for quality, at most 14 days ago
    NAMED = "named"  # about a member of staff, for a lead who is named for such cases
    FLAGGED = "flagged"  # flagged for legal or on legal hold
    ANY = "any"
    WROTE = "wrote"  # the integration that wrote it


class Role(TextChoices):
    AGENT = "agent", _("Agent")
    SENIOR = "senior", _("Senior agent")
    LEAD = "lead", _("Lead")
    CLAIMS = "claims", _("Claims specialist")
    QUALITY = "quality", _("Quality")
    MANAGER = "manager", _("Manager")
    FINANCE = "finance", _("Finance")
    LEGAL = "legal", _("Legal")
    ADMIN = "admin", _("Admin")
    INTEGRATION = "integration", _("Integration")


@dataclass(frozen=True, slots=True)
class RoleSpec:
    """A role: what it may do, what it sees, and the sentence that says so."""

    sentence: str | Promise
    permissions: frozenset[Permission]
    ceilings: Mapping[Relation, Level]
    compartments: frozenset[Compartment] = frozenset()
    assigned_compartments: frozenset[Compartment] = frozenset()
    second_factor: bool = False
    scopes: frozenset[str] = field(default_factory=frozenset)


P = Permission

_DESK_WORK = frozenset(
    {
        P.CASE_VIEW, P.CASE_OPEN, P.CASE_TRIAGE, P.CASE_TAKE, P.CASE_ASSIGN, P.CASE_HAND_OVER, P.CASE_WAIT,
        P.CASE_RESOLVE, P.CASE_REOPEN, P.CASE_ESCALATE, P.CASE_LINK, P.CASE_MERGE, P.CASE_RAISE_LEVEL, P.CONTACT_RECORD,
        P.NOTE_WRITE, P.TASK_WRITE, P.EVIDENCE_ADD, P.EVIDENCE_REVEAL, P.PERSON_VIEW, P.PERSON_EDIT, P.VIEW_SAVE,
        P.ESCALATION_ACKNOWLEDGE, P.SHIFT_VIEW, P.SHIFT_SWAP,
    }
)  # fmt: skip
_SENIOR_WORK = _DESK_WORK | {P.PERSON_MERGE, P.BREAK_GLASS, P.CASE_SHARE}
_LEAD_WORK = _SENIOR_WORK | {
    P.CASE_REASSIGN, P.CONFLICT_WITHDRAW, P.CASE_LOWER_LEVEL, P.VIEW_SHARE, P.SLA_EDIT, P.CATEGORY_EDIT, P.TEAM_EDIT,
    P.SETTINGS_VIEW, P.IMPORT_RUN, P.TRAIL_VIEW, P.SHIFT_EDIT, P.ESCALATION_EDIT,
}  # fmt: skip
_READING = frozenset({P.CASE_VIEW, P.EVIDENCE_REVEAL, P.VIEW_SAVE})

ROLES: Mapping[Role, RoleSpec] = {
    Role.AGENT: RoleSpec(
        _("Takes reports, works her own queue and what is assigned to her, up to C2."),
        _DESK_WORK,
        {Relation.ASSIGNED: Level.C2, Relation.QUEUE: Level.C2},
    ),
    Role.SENIOR: RoleSpec(
        _("Does what an agent does, takes C3 cases when assigned, and gives second opinions."),
        _SENIOR_WORK,
        {Relation.ASSIGNED: Level.C3, Relation.QUEUE: Level.C2},
        assigned_compartments=frozenset({Compartment.MEDICAL, Compartment.MINORS}),
    ),
    Role.LEAD: RoleSpec(
        _("Leads a team up to C3: approves, reassigns, edits service levels, never her own proposal."),
        _LEAD_WORK,
        {Relation.ASSIGNED: Level.C3, Relation.QUEUE: Level.C3},
        compartments=frozenset({Compartment.MEDICAL, Compartment.PAYMENT, Compartment.MINORS}),
        second_factor=True,
    ),
    Role.MANAGER: RoleSpec(
        _("Does what a lead does, for every team."),
        _LEAD_WORK,
        {Relation.ASSIGNED: Level.C3, Relation.QUEUE: Level.C3, Relation.EVERY_TEAM: Level.C3},
        compartments=frozenset({Compartment.MEDICAL, Compartment.PAYMENT, Compartment.MINORS}),
        second_factor=True,
    ),
    Role.CLAIMS: RoleSpec(
        _("Judges cases that carry a claim, with payment and medical data."),
        _DESK_WORK,
        {Relation.CLAIM: Level.C2, Relation.ASSIGNED: Level.C3},
        compartments=frozenset({Compartment.MEDICAL, Compartment.PAYMENT}),
        second_factor=True,
    ),
    Role.FINANCE: RoleSpec(
        _("Approves payouts; sees the claim panel of cases whose payout awaits approval, nothing else of them."),
        frozenset(),
        {Relation.PAYOUT: Level.C3},
        compartments=frozenset({Compartment.PAYMENT}),
        second_factor=True,
    ),
    Role.QUALITY: RoleSpec(
        _("Scores sampled cases, personal data redacted, for 14 days."),
        frozenset(),
        {Relation.SAMPLED: Level.C3},
    ),
    Role.LEGAL: RoleSpec(
        _("Sees every C4 case and whatever is flagged for legal or on hold."),
        _READING
        | {P.NOTE_WRITE, P.CASE_RAISE_LEVEL, P.CASE_LOWER_LEVEL, P.PERSON_VIEW, P.TRAIL_VIEW, P.CONFLICT_WITHDRAW},
        {Relation.FLAGGED: Level.C4},
        compartments=frozenset({Compartment.PRIVILEGE, Compartment.STAFF_SUBJECT}),
        second_factor=True,
    ),
    Role.ADMIN: RoleSpec(
        _("Configures the desk and its staff; sees no case content."),
        frozenset(
            {
                P.SETTINGS_VIEW,
                P.TEAM_EDIT,
                P.STAFF_EDIT,
                P.KEY_EDIT,
                P.SLA_EDIT,
                P.CATEGORY_EDIT,
                P.SHIFT_VIEW,
                P.SHIFT_EDIT,
            }
        ),
        {},
        second_factor=True,
    ),
    Role.INTEGRATION: RoleSpec(
        _("Writes cases by key and reads back what it wrote."),
        frozenset(
            {P.CASE_VIEW, P.CASE_OPEN, P.CONTACT_RECORD, P.CASE_WAIT, P.CASE_RESOLVE, P.CASE_REOPEN, P.CASE_ESCALATE}
        ),
        {Relation.WROTE: Level.C4},
        scopes=frozenset({"cases:write", "cases:read", "moves:write", "contacts:write", "previews:read"}),
    ),
}

SCOPES: Mapping[str, frozenset[Permission]] = {
    "cases:read": frozenset({P.CASE_VIEW}),
    "cases:write": frozenset({P.CASE_OPEN}),
    "moves:write": frozenset({P.CASE_WAIT, P.CASE_RESOLVE, P.CASE_REOPEN, P.CASE_ESCALATE}),
    "contacts:write": frozenset({P.CONTACT_RECORD}),
    "previews:read": frozenset(),
}
"""What each scope of a key opens; a key holds the union over its scopes."""

NAMEABLE = frozenset({Role.LEAD, Role.MANAGER})
"""The roles of which somebody may be named to see cases about members of staff (access-and-audit.md, staff-subject)."""

SHARED_CEILING = Level.C3
"""A case shared by name is seen up to this level (access-and-audit.md, Ceilings)."""
