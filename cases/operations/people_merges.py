"""What it means for cases that two records of a person are one: found by both names, placed anew, shut to staff she is."""

from datetime import datetime
from typing import Any

from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from cases.models import Case, Party
from cases.operations.access import give_back, shut_out
from cases.operations.placing import place_cases
from cases.operations.search import index_case
from cases.workflow import CaseState
from foundation.accounts.models import User
from people.models import ContactKind, ContactPoint, Person


class CasesFollow:
    """The consequence of merges that cases register with people."""

    def before(self, kept: Person, merged: Person) -> None:
        """Lock every case that names either: who writes a place in one has locked it first, too."""
        _cases_of(kept, merged)

    def merged(self, kept: Person, merged: Person, *, by: User, now: datetime) -> dict[str, Any]:
        """Note the conflicts that her addresses make; a respondent of two cases is a repeated one now."""
        cases, why = _cases_of(kept, merged), _("She is a party to the case.")
        shut = [
            done
            for member in _staff_she_is(kept, merged)
            for case in cases
            if (done := shut_out(case, member, reason=why, noted_for=kept, by=by, now=now))
        ]
        _file_anew(cases, now=now)
        return {"conflicts": shut} if shut else {}

    def undone(self, kept: Person, merged: Person, done: dict[str, Any], *, by: User, now: datetime) -> None:
        """Lift the conflicts that the merge made, and give back what nobody else holds since."""
        cases = {case.pk: case for case in _cases_of(kept, merged)}
        for shut in done.get("conflicts", []):
            if shut["case"] in cases:
                give_back(cases[shut["case"]], [shut], by=by, now=now)
        _file_anew(list(cases.values()), now=now)


def _cases_of(kept: Person, merged: Person) -> list[Case]:
    """Every case that names either, locked in the order of their ids."""
    named = Party.objects.filter(person__in=(kept, merged)).values_list("case", flat=True)
    return list(Case.objects.select_related("team").locked_settled(lambda: list(named.all())).values())


def _staff_she_is(kept: Person, merged: Person) -> list[User]:
    addresses = ContactPoint.objects.filter(person__in=(kept, merged), kind=ContactKind.EMAIL).values("normal")
    return list(User.objects.annotate(address=Lower("email")).filter(address__in=addresses).order_by("pk"))


def _file_anew(cases: list[Case], *, now: datetime) -> None:
    for case in cases:
        index_case(case)
    place_cases([case for case in cases if case.state != CaseState.CLOSED], now=now)
