from cases.models.access import CaseGrant, Conflict, GrantKind
from cases.models.case import Case, Channel, Kind
from cases.models.categories import Category, CategoryVersion
from cases.models.clocks import BreachReason, Clock, ClockEvent
from cases.models.contacts import Contact, Direction
from cases.models.evidence import Evidence, Reveal
from cases.models.imports import ImportRun
from cases.models.incident import Authority, CasePet, EmergencyCare, Harm, Incident
from cases.models.links import CaseLink, CaseMerge, HandOver, LinkKind
from cases.models.parties import Capacity, Party, PartyRole
from cases.models.search import CaseText, SavedView
from cases.models.work import Check, Draft, Note, Playbook, PlaybookItem, Task
from cases.models.workload import AssignmentRule, AssignmentRuleVersion, AssignmentTurn, OffShiftWarning

__all__ = [
    "AssignmentRule",
    "AssignmentRuleVersion",
    "AssignmentTurn",
    "Authority",
    "BreachReason",
    "Capacity",
    "Case",
    "CaseGrant",
    "CaseLink",
    "CaseMerge",
    "CasePet",
    "CaseText",
    "Category",
    "CategoryVersion",
    "Channel",
    "Check",
    "Clock",
    "ClockEvent",
    "Conflict",
    "Contact",
    "Direction",
    "Draft",
    "EmergencyCare",
    "Evidence",
    "GrantKind",
    "HandOver",
    "Harm",
    "ImportRun",
    "Incident",
    "Kind",
    "LinkKind",
    "Note",
    "OffShiftWarning",
    "Party",
    "PartyRole",
    "Playbook",
    "PlaybookItem",
    "Reveal",
    "SavedView",
    "Task",
]
