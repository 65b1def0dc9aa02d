"""A desk whose every protected field holds a token of its own."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from cases.models import Case, Party
from cases.operations.access import declare_conflict, share_case
from cases.operations.contacts import record_contact
from cases.operations.editing import change_severity, edit_case
from cases.operations.evidence import add_evidence
from cases.operations.levels import raise_level
from cases.operations.links import link_cases, merge_cases
from cases.operations.moves import escalate_case, hand_over_case, mark_duplicate
from cases.operations.opening import open_incident
from cases.operations.views import save_view
from cases.operations.work import add_note, add_task, save_draft
from cases.reports import IncidentReport
from foundation.accounts.models import Integration, Team, User
from foundation.accounts.permissions import Compartment
from people.reported import ReportedBooking, ReportedPerson, ReportedPet

LEVELS = (1, 2, 3, 4)
ABOUT_STAFF = 4
"""The level whose cases have a member of staff as their respondent."""

_TOKEN = re.compile(r"zq(\d{4})x|303\D{0,3}555\D{0,3}(\d{4})", re.IGNORECASE)
_REFERENCE = re.compile(r"\bTS-\d+\b")


@dataclass(frozen=True)
class Secret:
    """Where a token stands: the case, the kind of field, and the compartment that hides it.

    kind "person": a name, an address or an animal, which also stand on a page of their own; "private": a draft or a
    view of somebody else's; "bytes": inside a file.
    """

    case: str
    kind: str
    compartment: str = ""


@dataclass
class World:
    """Two teams with a case of each level, and whoever fills them. ``secrets`` tells each token's place by its number.

    Cases go by names: "own2" is the readers' team's, C2; "other4" the other team's, C4; "gone3" and "twin3" are C1
    cases of the readers' team, merged into and a duplicate of "other3".
    """

    team: Team
    filler: User
    colleague: User
    bystander: User
    writer: Integration
    now: datetime
    cases: dict[str, Case] = field(default_factory=dict)
    secrets: dict[int, Secret] = field(default_factory=dict)

    def token(self, case: str, kind: str, compartment: str = "") -> str:
        return f"zq{self._keep(Secret(case, kind, compartment)):04d}x"

    def phone(self, case: str) -> str:
        return f"+1303555{self._keep(Secret(case, 'person')):04d}"

    def _keep(self, secret: Secret) -> int:
        number = 2000 + len(self.secrets)
        self.secrets[number] = secret
        return number

    def found_in(self, text: str) -> dict[int, Secret]:
        """The tokens that a text holds, by number."""
        numbers = {int(one or other) for one, other in _TOKEN.findall(text)}
        return {number: self.secrets[number] for number in numbers if number in self.secrets}

    def named_in(self, text: str) -> set[str]:
        """The names of the cases whose references a text holds."""
        names = {case.reference: name for name, case in self.cases.items()}
        return {names[reference] for reference in _REFERENCE.findall(text) if reference in names}


def fill(world: World) -> World:
    """Fill the desk through its own operations. Levels rise last, so that one person may write everything."""
    by, now = world.filler, world.now
    for level in LEVELS:
        for side, market in (("own", "US"), ("other", "ES")):
            _open(world, f"{side}{level}", market, respondent="staff" if level == ABOUT_STAFF else "pro")
    for name, into in (("gone", 3), ("gone", 4), ("twin", 3), ("twin", 4)):
        _open(world, f"{name}{into}", "US", respondent="pro")
    for level in LEVELS:
        link_cases(world.cases[f"own{level}"], other=world.cases[f"other{level}"], kind="related", by=by, now=now)
    for level in (3, 4):
        merge_cases(world.cases[f"other{level}"], merged=world.cases[f"gone{level}"], by=by, now=now)
        mark_duplicate(world.cases[f"twin{level}"], of=world.cases[f"other{level}"], by=by, now=now)
    for level in LEVELS[1:]:
        for side in ("own", "other"):
            name = f"{side}{level}"
            raise_level(world.cases[name], level=level, reason=world.token(name, "level"), by=by, now=now)
    save_view(name=world.token("other1", "private"), query=world.token("other1", "private"), by=by, now=now)
    for case in world.cases.values():
        case.refresh_from_db()
    return world


def _open(world: World, name: str, market: str, *, respondent: str) -> None:
    """Open a case and write something into every field that it has."""
    by, now = world.filler, world.now

    def token(kind: str, compartment: str = "") -> str:
        return world.token(name, kind, compartment)

    def somebody(role: str) -> ReportedPerson:
        return ReportedPerson(
            name=f"Ann {token('person')}",
            email=f"{token('person')}@example.com",
            phone=world.phone(name),
            external_id=token("person"),
            role=role,
            country="US",
        )

    report = IncidentReport(
        title=token("title"),
        description=token("description"),
        category="theft",
        channel="email",
        market=market,
        received_at=now - timedelta(hours=1),
        external_id=token("external") if market == "US" else "",
        integration=world.writer if market == "US" else None,
        reporter=somebody("owner"),
        respondent=somebody(respondent),
        pet=ReportedPet(name=token("person"), breed=token("person")),
        booking=ReportedBooking(external_id=token("booking")),
        place=token("was"),
        authority_reference=token("authority"),
    )
    case = world.cases[name] = open_incident(report, by=by, now=now)
    edit_case(case, version=case.version, changes={"place": token("place")}, by=by, now=now)
    change_severity(case, severity=2, reason=token("reason"), by=by, now=now)
    reporter = Party.objects.get(case=case, capacity="reporter")
    for direction in ("in", "out"):
        record_contact(
            case, direction=direction, channel="email", party=reporter, occurred_at=now, body=token("contact"), by=by, now=now
        )  # fmt: skip
    add_note(case, body=token("note"), by=by, now=now)
    add_task(case, title=token("task"), assignee=world.colleague, by=by, now=now)
    for compartment in Compartment.values:
        add_evidence(
            case,
            chunks=[token("bytes", compartment).encode()],
            name=f"{token('evidence', compartment)}.txt",
            title=token("evidence", compartment),
            description=token("evidence", compartment),
            compartment=compartment,
            by=by,
            now=now,
        )
    escalate_case(case, reason=token("reason"), to=world.colleague, by=by, now=now)
    hand_over_case(case, to=world.colleague, note=token("reason"), by=by, now=now)
    share_case(case, to=world.colleague, reason=token("reason"), by=by, now=now)
    declare_conflict(case, person=world.bystander, reason=token("reason"), by=by, now=now)
    save_draft(by, key=f"case:{case.pk}:note", fields={"note": token("private")}, now=now)
