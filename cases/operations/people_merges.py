"""What it means for cases that two records of a person are one: they are placed anew, and shut to staff she turns out to be."""

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from cases import events
from cases.models import Case, CaseGrant, Conflict
from cases.operations.access import shut_out
from cases.operations.placing import place_cases
from cases.workflow import CaseState
from foundation.accounts.models import User
from foundation.audit import trail
from people.models import ContactKind, ContactPoint, Person

HELD = ("assignee_id", "escalated_to_id")
"""What of a case somebody loses who is shut out of it, besides shares and offers."""


class CasesFollow:
    """The consequence of merges that cases register with people."""

    def merged(self, kept: Person, merged: Person, *, by: User, now: datetime) -> dict[str, Any]:
        """Note the conflicts that her addresses make; a respondent of two cases is a repeated one now."""
        cases = _cases_of(kept, merged)
        shut = [
            done
            for member in _staff_she_is(kept, merged)
            for case in cases
            if (done := _shut_out(case, member, by=by, now=now))
        ]
        _place(cases, now=now)
        return {"conflicts": shut} if shut else {}

    def undone(self, kept: Person, merged: Person, done: dict[str, Any], *, by: User, now: datetime) -> None:
        """Lift the conflicts that the merge made, and give back what nobody else holds since."""
        cases = {case.pk: case for case in _cases_of(kept, merged)}
        for shut in done.get("conflicts", []):
            if shut["case"] in cases:
                _let_back(cases[shut["case"]], shut, by=by, now=now)
        _place(list(cases.values()), now=now)


def _cases_of(kept: Person, merged: Person) -> list[Case]:
    """Every case that names either, locked in the order of their ids."""
    named = Case.objects.filter(Q(parties__person=kept) | Q(parties__person=merged)).order_by().values("pk")
    return list(Case.objects.select_for_update(of=("self",)).filter(pk__in=named).select_related("team").order_by("pk"))


def _staff_she_is(kept: Person, merged: Person) -> list[User]:
    addresses = ContactPoint.objects.filter(person__in=(kept, merged), kind=ContactKind.EMAIL).values("normal")
    return list(User.objects.annotate(address=Lower("email")).filter(address__in=addresses).order_by("pk"))


def _shut_out(case: Case, member: User, *, by: User, now: datetime) -> dict[str, Any]:
    """Shut the case to her; what has to be given back, or nothing where it was shut already."""
    if case.conflicts.filter(user=member).exists():
        return {}
    held = [field for field in HELD if getattr(case, field) == member.pk]
    grants = list(case.grants.filter(user=member, ended_at=None).values_list("pk", flat=True))
    conflict = shut_out(case, member, reason=_("She is a party to the case."), by=by, now=now)
    return {"case": case.pk, "conflict": conflict.pk, "user": member.pk, "held": held, "grants": grants}


def _let_back(case: Case, shut: dict[str, Any], *, by: User, now: datetime) -> None:
    gone, _rows = Conflict.objects.filter(pk=shut["conflict"], case=case).delete()
    if not gone:
        return
    trail.record(events.CONFLICT_LIFTED, about=case, by=by, person=shut["user"])
    CaseGrant.objects.filter(pk__in=shut["grants"]).update(ended_at=None)
    given = [field for field in shut["held"] if getattr(case, field) is None and case.state != CaseState.CLOSED]
    for field in given:
        setattr(case, field, shut["user"])
    case.updated_at = now
    case.save(update_fields=[*given, "updated_at"])


def _place(cases: list[Case], *, now: datetime) -> None:
    place_cases([case for case in cases if case.state != CaseState.CLOSED], now=now)
