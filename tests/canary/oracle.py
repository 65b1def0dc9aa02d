"""Who may see what, written down a second time from the rule itself and from nothing that the desk computes.

Sight of a case: a relation whose ceiling for this role reaches the level, and no conflict of interest. Compartments
hide evidence inside a case that is seen. What is not listed is hidden.
"""

from typing import Literal

Situation = Literal["untouched", "assigned", "shared", "opened", "held", "glass", "conflict"]
Reader = Literal[
    "agent",
    "senior",
    "lead",
    "named",
    "manager",
    "claims",
    "finance",
    "quality",
    "legal",
    "admin",
    "writer",
    "stranger",
]

TO_OTHERS: tuple[Situation, ...] = ("assigned", "shared", "opened", "held")
"""Done to the other team's cases: assigned to the reader, shared with her by name, opened here; and put on legal
hold, while a sight of every kind that she had has run out."""

TO_OWN: tuple[Situation, ...] = ("glass", "conflict")
"""Done to her team's cases: glass broken by her, and an interest of hers in cases assigned to and shared with her."""

SITUATIONS: tuple[Situation, ...] = ("untouched", *TO_OTHERS, *TO_OWN)
OPENED: dict[Reader, tuple[Situation, ...]] = {
    "agent": SITUATIONS,
    "senior": ("untouched", "assigned", "opened", "glass", "conflict"),
    "lead": ("untouched", "shared", "glass", "conflict"),
    "named": ("untouched", "glass"),
    "manager": ("untouched", "glass", "conflict"),
    "claims": ("untouched", "assigned", "conflict"),
    "finance": ("untouched", "shared"),
    "quality": ("untouched", "shared"),
    "legal": ("untouched", "held", "conflict"),
    "admin": ("untouched", "shared"),
}
"""The situations in which a reader opens everything that is there; lists, counts and mail she reads in all of them."""

CHANGED: dict[Reader, tuple[Situation, ...]] = {
    "agent": ("untouched", "opened", "glass", "conflict"),
    "senior": ("glass",),
    "lead": ("glass",),
    "named": (),
}
"""The situations in which a reader tries every change too; whoever is not listed does so untouched."""

STAFF: tuple[Reader, ...] = (
    "agent", "senior", "lead", "named", "manager", "claims", "finance", "quality", "legal", "admin",
)  # fmt: skip
INTEGRATIONS: tuple[Reader, ...] = ("writer", "stranger")
READS_CASES = frozenset(STAFF) - {"finance", "quality", "admin"}
READS_PEOPLE = READS_CASES

QUEUE = {"agent": 2, "senior": 2, "lead": 3, "named": 3}
ASSIGNED = {"agent": 2, "senior": 3, "lead": 3, "named": 3, "manager": 3, "claims": 3}
EVERY_TEAM = {"manager": 3}
BEHIND_GLASS = {"senior": 3, "lead": 4, "named": 4, "manager": 4}
SHARED = 3
OPENED_HERE = 4
C4 = 4

COMPARTMENTS: dict[str, frozenset[str]] = {
    "lead": frozenset({"medical", "payment", "minors"}),
    "named": frozenset({"medical", "payment", "minors", "staff-subject"}),
    "manager": frozenset({"medical", "payment", "minors"}),
    "claims": frozenset({"medical", "payment"}),
    "legal": frozenset({"privilege", "staff-subject"}),
}
WHEN_ASSIGNED: dict[str, frozenset[str]] = {"senior": frozenset({"medical", "minors"})}

WRITTEN = frozenset({"title", "description", "place", "authority", "booking", "external"})
"""What an integration reads back of a case it wrote: the fields it may write, and no word of anybody else's."""


def sees(reader: Reader, *, own: bool, level: int, situation: Situation, about_staff: bool) -> bool:
    """Whether the reader sees a case of this level; own: it is in her team's queue. situation: what was done to it."""
    if reader == "writer":
        return own
    if reader not in READS_CASES or situation == "conflict":
        return False
    if level <= max(EVERY_TEAM.get(reader, 0), QUEUE.get(reader, 0) if own else 0):
        return True
    if reader == "named" and about_staff:
        return True
    if reader == "legal" and (level == C4 or situation == "held"):
        return True
    reaches = {
        "assigned": ASSIGNED.get(reader, 0),
        "shared": SHARED,
        "opened": OPENED_HERE,
        "glass": BEHIND_GLASS.get(reader, 0),
    }
    return level <= reaches.get(situation, 0)


def holds(reader: Reader, compartment: str, *, assigned: bool) -> bool:
    """Whether the reader holds a compartment of a case that she sees."""
    held = COMPARTMENTS.get(reader, frozenset()) | (WHEN_ASSIGNED.get(reader, frozenset()) if assigned else frozenset())
    return compartment in held | {""}
