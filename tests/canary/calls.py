"""How every endpoint is called: the ids in its path and what is sent to it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.db.models import Q
from django.urls import reverse

from cases.models import Case, CaseGrant, CaseLink, CaseMerge, Check, Clock, Conflict, Evidence, Party, SavedView, Task
from foundation.escalation.models import Escalation
from people.models import Person, PersonMerge
from tests.house.endpoints import Endpoint

JSON = "application/json"

OF_A_CASE: dict[str, Any] = {
    "cases:breach_reason": lambda case: Clock.objects.filter(case=case),
    "cases:task_done": lambda case: Task.objects.filter(case=case),
    "cases:check": lambda case: Check.objects.filter(case=case),
    "cases:party_remove": lambda case: Party.objects.filter(case=case),
    "cases:unlink": lambda case: CaseLink.objects.filter(Q(case=case) | Q(other=case)),
    "cases:merge_undo": lambda case: CaseMerge.objects.filter(kept=case),
    "cases:evidence_reveal": lambda case: Evidence.objects.filter(case=case),
    "cases:evidence_picture": lambda case: Evidence.objects.filter(case=case),
    "cases:evidence_file": lambda case: Evidence.objects.filter(case=case),
    "cases:share_end": lambda case: CaseGrant.objects.filter(case=case),
    "cases:conflict_withdraw": lambda case: Conflict.objects.filter(case=case),
    "cases:glass_review": lambda case: CaseGrant.objects.filter(case=case),
}
"""What a number in a path under a case stands for."""

BODIES: dict[str, tuple[dict[str, Any], ...]] = {
    "cases:move": tuple(
        {"move": move, "reason": "x", "outcome": "no_contact_possible", "on": "vet", "of": "TS-1"}
        for move in ("take", "assign", "wait", "resolve", "reopen", "mark_duplicate", "escalate", "de_escalate", "x")
    ),
    "cases:hand_over_answer": ({"answer": "accept"}, {"answer": "decline"}),
    "cases:contact": ({}, {"direction": "in", "channel": "phone", "body": "x"}),
    "cases:note": ({}, {"note": "x"}),
    "cases:task": ({}, {"title": "x"}),
    "cases:task_done": ({"done": "1"}, {}),
    "cases:check": ({"done": "1"}, {}),
    "cases:edit": ({}, {"version": "0", "title": "x", "category": "theft", "channel": "email", "market": "US", "language": "en"}),
    "cases:severity": ({"severity": "1", "reason": "x"},),
    "cases:level": ({"level": "3", "reason": "x"}, {"level": "1", "reason": "x"}),
    "cases:party_add": ({"name": "x", "role": "owner", "capacity": "involved"},),
    "cases:link": ({"other": "{other}"},),
    "cases:merge": ({"other": "{other}"},),
    "cases:share": ({"to": "{user}", "reason": "x"},),
    "cases:conflict": ({"reason": "x"},),
    "cases:conflict_withdraw": ({}, {"reason": "x"}),
    "api:case-moves": ({}, {"move": "take"}, {"move": "assign", "fields": {"to": "x@example.com"}}),
    "api:case-contacts": ({}, {"direction": "in", "channel": "phone", "body": "x"}),
    "api:case-notes": ({}, {"body": "x"}),
    "api:case-evidence": ({},),
}  # fmt: skip

PATHS: dict[str, Any] = {
    "cases:view_remove": lambda: SavedView.objects.all(),
    "people:merge_undo": lambda: PersonMerge.objects.all(),
    "escalation:acknowledge": lambda: Escalation.objects.all(),
}
"""What a number in any other path stands for, where it is a record with a secret."""

CLOSES_THE_SESSION = frozenset({"account_logout", "accounts:sessions_end", "account_change_password"})
"""Called without a body only: each would end the session of everything that comes after."""


OF_A_PERSON: dict[str, Any] = {
    "point": lambda person: person.contact_points.all(),
    "pet": lambda person: person.pets.all(),
}
"""What a further number in a path under a person stands for."""

NOBODY = 999_999_999
"""The number of no person."""


class Call(NamedTuple):
    """One call, with what it sends; None is a GET."""

    endpoint: str
    path: str
    body: dict[str, Any] | None = None
    is_api: bool = False


def readings(endpoints: list[Endpoint], case: Case) -> Iterator[Call]:
    """Every call that reads about a case."""
    for endpoint in endpoints:
        for row in _rows(endpoint, case)[:1]:
            yield Call(endpoint.name, _path(endpoint, case, row), None, endpoint.is_api)


def writings(endpoints: list[Endpoint], case: Case, *, other: str, user: int) -> Iterator[Call]:
    """Every call that changes a case, with each body. other: the reference of a second case; user: of whom to name."""
    for endpoint in endpoints:
        for row in _rows(endpoint, case)[:1]:
            for body in BODIES.get(endpoint.name, ({},)):
                sent = {name: _filled(value, other, user) for name, value in body.items()}
                yield Call(endpoint.name, _path(endpoint, case, row), sent, endpoint.is_api)


def crossings(endpoints: list[Endpoint], case: Case, foreign: Case) -> Iterator[Call]:
    """Every call about a case with the number of a row that is another case's."""
    for endpoint in endpoints:
        if endpoint.name in OF_A_CASE:
            for row in _rows(endpoint, foreign)[:1]:
                yield Call(endpoint.name, _path(endpoint, case, row), None)
                yield Call(endpoint.name, _path(endpoint, case, row), {"done": "1"})


def visits(endpoints: list[Endpoint], case: Case) -> Iterator[tuple[Call, Call]]:
    """Every call about a person whom a case names, each beside the same about nobody."""
    party = Party.objects.filter(case=case, capacity="reporter").select_related("person").get()
    for endpoint in endpoints:
        if endpoint.name.startswith("people:") and "pk" in endpoint.converters and endpoint.name not in PATHS:
            owned = {name: ids(party.person).values_list("pk", flat=True)[0] for name, ids in OF_A_PERSON.items()}
            for body in (None, {}):
                given = endpoint.example() | {name: pk for name, pk in owned.items() if name in endpoint.converters}
                about, of_nobody = (
                    Call(endpoint.name, reverse(endpoint.name, kwargs=given | {"pk": pk}), body)
                    for pk in (party.person_id, NOBODY)
                )
                yield about, of_nobody


def known_by(person: Person) -> list[str]:
    """What somebody can be looked for by: her name, each way to reach her, ids and bookings."""
    return [
        person.name,
        *person.contact_points.values_list("normal", flat=True),
        *person.external_ids.values_list("value", flat=True),
        *person.bookings_made.values_list("external_id", flat=True),
    ]


def _rows(endpoint: Endpoint, case: Case) -> list[dict[str, Any]]:
    """What completes the path of an endpoint about a case; nothing for one that is not about a case."""
    if "reference" not in endpoint.converters:
        return []
    if len(endpoint.converters) == 1:
        return [{}]
    return [{"pk": pk} for pk in OF_A_CASE[endpoint.name](case).values_list("pk", flat=True)]


def _path(endpoint: Endpoint, case: Case, row: dict[str, Any]) -> str:
    return reverse(endpoint.name, kwargs={"reference": case.reference, **row})


def _filled(value: Any, other: str, user: int) -> Any:
    return value.format(other=other, user=user) if isinstance(value, str) else value


def of_the_desk(endpoints: list[Endpoint], numbers: dict[str, list[int]]) -> Iterator[Call]:
    """Every other call. numbers: what the numbers in their paths try, by the name of the namespace."""
    for endpoint in endpoints:
        if "reference" in endpoint.converters:
            continue
        for values in _values(endpoint, numbers):
            path = reverse(endpoint.name, kwargs=values)
            yield Call(endpoint.name, path, None, endpoint.is_api)
            if endpoint.name not in CLOSES_THE_SESSION:
                yield Call(endpoint.name, path, {}, endpoint.is_api)


def _values(endpoint: Endpoint, numbers: dict[str, list[int]]) -> Iterator[dict[str, Any]]:
    if not endpoint.converters:
        yield {"uidb36": "1", "key": "a-b"} if endpoint.name == "account_reset_password_from_key" else {}
        return
    if endpoint.name in PATHS:
        for pk in PATHS[endpoint.name]().values_list("pk", flat=True):
            yield {"pk": pk}
        return
    namespace = endpoint.name.partition(":")[0]
    for pk in numbers.get(namespace, []):
        yield endpoint.example() | {"pk": pk}
    yield endpoint.example()
