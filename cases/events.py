"""What can happen to a case. The sentences are what its timeline says; texts are stored encrypted in the trail."""

from django.utils.translation import gettext_lazy as _

from foundation.audit.events import Family, define

CASE_CREATED = define("case.created", _("{actor} opened the case, received by {channel}"))
CASE_IMPORTED = define("case.imported", _("Imported from {source}"))
CASE_TAKEN = define("case.taken", _("{actor} took the case"))
CASE_ASSIGNED = define("case.assigned", _("{actor} assigned the case to {to}"), texts={"reason"})
CASE_ROUTED = define(
    "case.routed", _("{actor} gave the case to {to} by rule: {because}, {load} of {capacity} points in hand")
)
CASE_OWNER_OFF_SHIFT = define(
    "case.owner_off_shift", _("{owner} is off shift, and a target falls due {due_at} before she is back")
)
CASE_RELEASED = define("case.released", _("{actor} put the case back into the queue"), texts={"reason"})
CASE_HANDED_OVER = define("case.handed_over", _("{actor} offered the case to {to}"), texts={"reason"})
CASE_HAND_OVER_ACCEPTED = define("case.hand_over_accepted", _("{actor} accepted the case from {previous}"))
CASE_HAND_OVER_DECLINED = define("case.hand_over_declined", _("{actor} declined the case"), texts={"reason"})
GAVE_AN_OWNER = (CASE_TAKEN, CASE_ASSIGNED, CASE_ROUTED, CASE_HAND_OVER_ACCEPTED)
HANDS_CHANGED = (*GAVE_AN_OWNER, CASE_RELEASED)

CASE_WAITING = define("case.waiting", _("{actor} set the case waiting on {on}"), texts={"reason"})
CASE_RESUMED = define("case.resumed", _("{actor} resumed the case"))
CASE_RESOLVED = define("case.resolved", _("{actor} resolved the case: {outcome}"), texts={"reason"})
CASE_REOPENED = define("case.reopened", _("{actor} reopened the case"), texts={"reason"})
CASE_CLOSED = define("case.closed", _("The case closed, 7 days after the last contact"))
CASE_MARKED_DUPLICATE = define("case.marked_duplicate", _("{actor} closed the case as a duplicate of {of}"))
CASE_DUPLICATE_FOUND = define("case.duplicate_found", _("{actor} closed {other} as a duplicate of this case"))
CASE_ESCALATED = define("case.escalated", _("{actor} escalated the case to {to}"), texts={"reason"})
CASE_DE_ESCALATED = define("case.de_escalated", _("{actor} took the escalation back"), texts={"reason"})
CASE_EDITED = define("case.edited", _("{actor} changed {fields}"), texts={"before", "after"})
CASE_SEVERITY_CHANGED = define(
    "case.severity_changed", _("{actor} changed the severity from {old} to {new}"), texts={"reason"}
)
CASE_LEVEL_RAISED = define("case.level_raised", _("{actor} raised the level from C{old} to C{new}"), texts={"reason"})
CASE_LEVEL_LOWERED = define(
    "case.level_lowered", _("{actor} lowered the level from C{old} to C{new}"), texts={"reason"}
)
CASE_MOVED_TEAM = define("case.moved_team", _("{actor} moved the case from {old} to {new}"))
CASE_LINKED = define("case.linked", _("{actor} linked the case to {other}: {kind}"))
CASE_UNLINKED = define("case.unlinked", _("{actor} removed the link to {other}"))
CASE_MERGED = define("case.merged", _("{actor} merged {other} into this case"))
CASE_MERGED_AWAY = define("case.merged_away", _("{actor} merged the case into {into}"))
CASE_MERGE_UNDONE = define("case.merge_undone", _("{actor} took the merge with {other} apart"))
CASE_SHARED = define("case.shared", _("{actor} shared the case with {to}"), texts={"reason"})
CASE_VIEWED = define("case.viewed", _("{actor} read the case"), family=Family.ACCESS, on_timeline=False)
CASE_DENIED = define("case.denied", _("{actor} was refused the case"), family=Family.ACCESS, on_timeline=False)
CASES_SEARCHED = define(
    "cases.searched", _("{actor} searched"), family=Family.ACCESS, texts={"query"}, on_timeline=False
)
GLASS_BROKEN = define(
    "access.glass_broken", _("{actor} broke the glass until {until}"), family=Family.ACCESS, texts={"reason"}
)
GLASS_REVIEWED = define("access.glass_reviewed", _("{actor} reviewed why the glass was broken"), family=Family.ACCESS)
CASE_SHARE_ENDED = define("case.share_ended", _("{actor} ended the sight that {to} had of the case"))
CONFLICT_DECLARED = define(
    "access.conflict_declared",
    _("{actor} noted that {person} has an interest in the case"),
    family=Family.ACCESS,
    texts={"reason"},
)
CONFLICT_WITHDRAWN = define(
    "access.conflict_withdrawn",
    _("{actor} took back that {person} has an interest in the case"),
    family=Family.ACCESS,
    texts={"reason"},
)

PARTY_ADDED = define("party.added", _("{actor} added {role} to the case"))
PARTY_REMOVED = define("party.removed", _("{actor} removed {role} from the case"))

CONTACT_RECORDED = define(
    "contact.recorded", _("{direction} by {channel}, {role}"), family=Family.MESSAGE, texts={"body"}
)
CALL_RECORDED = define("call.recorded", _("{direction} by phone, {role}"), family=Family.CALL, texts={"body"})
NOTE_ADDED = define("note.added", _("{actor} wrote a note"), family=Family.NOTE, texts={"body"})
TASK_ADDED = define("task.added", _("{actor} added a task"), texts={"title"})
TASK_DONE = define("task.done", _("{actor} finished a task"), texts={"title"})
TASK_REOPENED = define("task.reopened", _("{actor} reopened a task"), texts={"title"})
PLAYBOOK_STARTED = define("playbook.started", _("{actor} started the playbook “{playbook}”"))
CHECK_TICKED = define("check.ticked", _("{actor} ticked “{item}”"))
CHECK_UNTICKED = define("check.unticked", _("{actor} unticked “{item}”"))

EVIDENCE_ADDED = define(
    "evidence.added", _("{actor} added evidence, {content_type}"), family=Family.EVIDENCE, texts={"title"}
)
EVIDENCE_REVEALED = define("evidence.revealed", _("{actor} looked at evidence {evidence}"), family=Family.EVIDENCE)
EVIDENCE_DOWNLOADED = define("evidence.downloaded", _("{actor} downloaded evidence {evidence}"), family=Family.EVIDENCE)

CLOCK_STARTED = define("clock.started", _("{metric} started, due {due_at}"), family=Family.CLOCK)
CLOCK_WARNED = define("clock.warned", _("{metric} is due {due_at}"), family=Family.CLOCK)
CLOCK_BREACHED = define("clock.breached", _("{metric} was missed at {breached_at}"), family=Family.CLOCK)
CLOCK_MET = define("clock.met", _("{metric} was met"), family=Family.CLOCK)
CLOCK_PAUSED = define("clock.paused", _("{metric} pauses, waiting on {on}"), family=Family.CLOCK)
CLOCK_RESUMED = define("clock.resumed", _("{metric} runs again"), family=Family.CLOCK)
CLOCK_RETARGETED = define("clock.retargeted", _("{metric} has a new target, due {due_at}"), family=Family.CLOCK)
CLOCK_ANTEDATED = define(
    "clock.antedated", _("{metric} counts from an earlier word, due {due_at}"), family=Family.CLOCK
)
CLOCK_QUARANTINED = define(
    "clock.quarantined", _("{metric} could not be judged {failures} times and was set aside"), family=Family.CLOCK
)
CLOCK_CANCELLED = define("clock.cancelled", _("{metric} was cancelled"), family=Family.CLOCK)
BREACH_EXPLAINED = define(
    "clock.breach_explained", _("{actor} gave the reason for missing {metric}: {reason}"), family=Family.CLOCK
)

CATEGORY_CHANGED = define("category.changed", _("{actor} changed the category tree"), on_timeline=False)
ASSIGNMENT_RULE_PUBLISHED = define(
    "team.assignment_rule_published", _("{actor} published the rule of assignment {number}"), on_timeline=False
)
VIEW_SAVED = define("view.saved", _("{actor} saved a view"), on_timeline=False)
VIEW_REMOVED = define("view.removed", _("{actor} removed a view"), on_timeline=False)
IMPORT_FINISHED = define("import.finished", _("{actor} imported {rows} rows"), on_timeline=False)
