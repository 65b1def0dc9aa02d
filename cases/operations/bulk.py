"""One deed on many cases: each in a savepoint of its own, each with its own result, and the way back."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from cases.models import Case, CaseLink, LinkKind
from cases.operations.editing import change_severity
from cases.operations.links import link_cases, unlink_cases
from cases.operations.moves import (
    accept_hand_over,
    assign_case,
    decline_hand_over,
    hand_over_case,
    resume_case,
    undo_assign,
    wait_case,
)
from foundation.accounts.models import User
from foundation.workflow.moves import MoveRefused

LIMIT = 100
"""Cases in one bulk deed."""

Back = Mapping[str, Any]
"""How to undo one result, as plain values that a session can keep. ``after`` is how the deed left the case."""


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one case: done, with the way back, or the sentence why not."""

    reference: str
    sentence: str = ""
    back: Back | None = None

    @property
    def done(self) -> bool:
        return not self.sentence


def bulk_assign(cases: Sequence[Case], *, to: User, by: User, now: datetime) -> list[Result]:
    """Assign every case to ``to``."""

    def deed(case: Case) -> Back:
        before = case.assignee_id
        assign_case(case, to=to, by=by, now=now)
        return {"deed": "assign", "to": before}

    return _each(cases, deed)


def bulk_severity(cases: Sequence[Case], *, severity: int, reason: str, by: User, now: datetime) -> list[Result]:
    """Set the severity of every case, for one reason."""

    def deed(case: Case) -> Back:
        before = {"severity": case.severity, "reason": case.severity_reason or reason}
        change_severity(case, severity=severity, reason=reason, by=by, now=now)
        return {"deed": "severity", **before}

    return _each(cases, deed)


def bulk_wait(cases: Sequence[Case], *, on: str, by: User, now: datetime) -> list[Result]:
    """Set every case waiting on somebody."""

    def deed(case: Case) -> Back:
        wait_case(case, on=on, by=by, now=now)
        return {"deed": "resume"}

    return _each(cases, deed)


def bulk_link(cases: Sequence[Case], *, by: User, now: datetime) -> list[Result]:
    """Link every other case to the first as related. One that is linked so already stays so when this is undone."""
    first, *others = cases
    standing = set(CaseLink.objects.filter(Q(case=first) | Q(other=first)).values_list("pk", flat=True))

    def deed(case: Case) -> Back:
        link = link_cases(first, other=case, kind=LinkKind.RELATED, by=by, now=now)
        return {"deed": "nothing"} if link.pk in standing else {"deed": "unlink", "link": link.pk}

    return _each(others, deed)


def bulk_hand_over(cases: Sequence[Case], *, to: User, note: str = "", by: User, now: datetime) -> list[Result]:
    """Offer every case to ``to`` with one note. ``by`` stays responsible for each until it is accepted."""

    def deed(case: Case) -> Back:
        hand_over_case(case, to=to, note=note, by=by, now=now)
        return {"deed": "withdraw"}

    return _each(cases, deed)


def bulk_release(cases: Sequence[Case], *, note: str = "", by: User, now: datetime) -> list[Result]:
    """Put every case back into the queue of its team, where a rule may give it on."""

    def deed(case: Case) -> Back:
        assign_case(case, to=None, reason=note, by=by, now=now)
        return {"deed": "take_back"}

    return _each(cases, deed)


def bulk_accept(cases: Sequence[Case], *, by: User, now: datetime) -> list[Result]:
    """Take on every case that is offered to ``by``. There is no way back but handing it over."""

    def deed(case: Case) -> Back:
        accept_hand_over(case, by=by, now=now)
        return {"deed": ""}

    return _each(cases, deed)


def undo_bulk(cases: Sequence[Case], *, back: Mapping[str, Back], by: User, now: datetime) -> list[Result]:
    """Put every case back as ``back`` (by reference) says. A case somebody has changed since is left as it is.

    Whoever assigned may take that back even where reassigning is not hers: see ``undo_assign``.
    """

    def deed(case: Case) -> Back:
        way = back[case.reference]
        if _standing(case) != way["after"]:
            raise MoveRefused(_("%(reference)s has changed since.") % {"reference": case.reference})
        _undo(case, way, by=by, now=now)
        return {}

    return _each([case for case in cases if case.reference in back], deed)


def _undo(case: Case, way: Back, *, by: User, now: datetime) -> None:
    match way["deed"]:
        case "assign":
            if case.assignee_id != way["to"]:
                undo_assign(case, by=by, now=now)
        case "withdraw":
            decline_hand_over(case, by=by, now=now)
        case "take_back":
            assign_case(case, to=by, by=by, now=now)
        case "severity":
            change_severity(case, severity=way["severity"], reason=way["reason"], by=by, now=now)
        case "resume":
            resume_case(case, by=by, now=now)
        case "unlink":
            # Somebody may have taken the link away since: one that is gone stays gone.
            for link in CaseLink.objects.filter(pk=way["link"]):
                unlink_cases(link, by=by, now=now)


def _each(cases: Iterable[Case], deed: Callable[[Case], Back]) -> list[Result]:
    results = []
    for case in cases:
        try:
            with transaction.atomic():
                back = deed(case)
                after = _standing(Case.objects.get(pk=case.pk))
        except (MoveRefused, ValueError) as refused:
            results.append(Result(case.reference, sentence=str(refused)))
        else:
            results.append(Result(case.reference, back={**back, "after": after}))
    return results


def _standing(case: Case) -> list[Any]:
    """What bulk deeds change of a case."""
    return [case.state, case.assignee_id, case.severity, case.waiting_on]
