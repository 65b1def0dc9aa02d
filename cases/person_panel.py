"""What a person's page and a merge of people know of cases: told to people at start-up, because people is below."""

from datetime import datetime

from django.utils.translation import gettext as _

from cases.models import Case, Party
from cases.operations.people_merges import CasesFollow
from foundation.accounts.models import User
from foundation.accounts.permissions import Permission
from people.merging import follows_merges, moves_with_person
from people.models import Person
from people.panels import PanelContent, add_person_panel

SHOWN = 20


def cases_panel(person: Person, reader: User, now: datetime) -> PanelContent | None:
    """The newest cases she is party to, of those the reader sees. The others are neither shown nor counted."""
    if not reader.may(Permission.CASE_VIEW):
        return None
    parties = (
        Party.objects.filter(person__in=person.records, case__in=Case.objects.visible_to(reader))
        .select_related("case__assignee", "case__incident__category")
        .defer("case__description", "case__incident__details")
        .order_by("-case__received_at", "-case_id", "capacity")[: SHOWN * 2]
    )
    places: dict[int, list[Party]] = {}
    for party in parties:
        places.setdefault(party.case_id, []).append(party)
    rows = [(sides[0].case, sides) for sides in list(places.values())[:SHOWN]]
    return PanelContent(
        title=_("Cases"),
        template="cases/person_panel.html",
        panel={"rows": rows, "more": len(places) > SHOWN},
        lines=[f"{case.reference} {case.title}" for case, _sides in rows],
    )


def register() -> None:
    """Called once when the apps are ready."""
    add_person_panel("cases", cases_panel)
    moves_with_person("cases.Party", "person", apart=("case", "capacity"))
    moves_with_person("cases.Conflict", "noted_for")
    follows_merges("cases", CasesFollow())
