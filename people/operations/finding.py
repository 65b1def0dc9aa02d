"""From what a report says to the person, pet or booking the desk knows, made new where it knows none.

Opening a case by the API runs through here and has few statements to spend: people cost one to wait for
others who are writing the same person, one to find, and one to store everybody who is new.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import Integration
from foundation.audit import trail
from foundation.audit.actors import Acting
from foundation.audit.trail import Happening
from people import events, normal
from people.models import Booking, ContactKind, ContactPoint, ExternalId, Person, PersonKind, Pet
from people.reported import ReportedBooking, ReportedPerson, ReportedPet

NOT_NAMED = "Not named"
"""Name of somebody of whom a report gives neither name nor anything to reach her by."""

EXTERNAL = "external"
_TRUST = {EXTERNAL: 0, ContactKind.EMAIL: 1, ContactKind.PHONE: 2}

# Two reports of one new person at the same moment would both find nobody. Whoever comes second waits here for
# the first to commit, and finds her. The order is the same for all, so that nobody waits in a circle: whoever finds
# the people of many reports in one transaction has to take all their turns first (take_turns).
_WAIT = """
SELECT pg_advisory_xact_lock(turn.key)
FROM (SELECT DISTINCT hashtextextended(named, 0) AS key FROM unnest(%s) AS named ORDER BY key) AS turn
"""

_FIND = """
SELECT person.*, matched.kind AS matched_kind, matched.value AS matched_value,
       EXISTS (SELECT FROM people_externalid AS other
               WHERE other.person_id = person.id
                 AND other.integration_id IS NOT DISTINCT FROM %(integration)s) AS known_here
FROM (SELECT person_id, 'external' AS kind, value FROM people_externalid
      WHERE integration_id IS NOT DISTINCT FROM %(integration)s AND value = ANY(%(external)s)
      UNION ALL
      SELECT person_id, kind, normal FROM people_contactpoint WHERE kind = 'email' AND normal = ANY(%(email)s)
      UNION ALL
      SELECT person_id, kind, normal FROM people_contactpoint WHERE kind = 'phone' AND normal = ANY(%(phone)s)
) AS matched
JOIN people_person AS person ON person.id = matched.person_id
ORDER BY person.id
"""

# Three tables in one statement. The ids are drawn first, because RETURNING cannot name the row it came from.
_STORE = """
WITH given AS MATERIALIZED (
    SELECT nextval(pg_get_serial_sequence('people_person', 'id')) AS id, row.*
    FROM jsonb_to_recordset(%(people)s) AS row (place int, kind text, name text, language text, country text,
                                                points jsonb, external_id text)
), person AS (
    INSERT INTO people_person (id, kind, name, language, country, time_zone, note, version, created_at, updated_at)
    SELECT id, kind, name, language, country, '', '', 1, %(now)s, %(now)s FROM given
), point AS (
    INSERT INTO people_contactpoint (person_id, kind, value, normal, is_preferred, created_at)
    SELECT given.id, point.kind, point.value, point.normal, false, %(now)s
    FROM given, jsonb_to_recordset(given.points) AS point (kind text, value text, normal text)
), external AS (
    INSERT INTO people_externalid (person_id, integration_id, value)
    SELECT id, %(integration)s, external_id FROM given WHERE external_id <> ''
)
SELECT place, id FROM given
"""


@dataclass(frozen=True, slots=True)
class _Point:
    kind: str
    value: str
    normal: str


@dataclass(slots=True)
class _Sought:
    """A reported person made comparable: what she can be known by, most trusted first."""

    report: ReportedPerson
    name: str
    external_id: str
    points: list[_Point] = field(default_factory=list)

    @property
    def keys(self) -> list[tuple[str, str]]:
        known_by = [(EXTERNAL, self.external_id)] if self.external_id else []
        return known_by + [(point.kind, point.normal) for point in self.points if normal.is_readable(point.normal)]

    @property
    def known_by(self) -> str:
        """What first told of her, for the trail: a code, never the value."""
        if self.external_id:
            return EXTERNAL
        return self.points[0].kind if self.points else "name"


@dataclass(frozen=True, slots=True)
class _Known:
    """Somebody the desk knows, with one key that was met. known_here: she has an external id at this integration."""

    person: Person
    key: tuple[str, str]
    known_here: bool


def find_or_create_person(
    reported: ReportedPerson, *, integration: Integration | None, by: Acting, now: datetime
) -> Person:
    """As find_or_create_people, for one. People of one report go together: else two reports could wait in a circle."""
    return find_or_create_people([reported], integration=integration, by=by, now=now)[0]


def is_told_of(reported: ReportedPerson, *, integration: Integration | None) -> bool:
    """Whether an external id, where that is all that a report gives, is somebody's. One query then, else none."""
    if reported.name or reported.email or reported.phone or not reported.external_id:
        return True
    return ExternalId.objects.filter(integration=integration, value=normal.text(reported.external_id)[:120]).exists()


def take_turns(reported: Sequence[ReportedPerson], *, integration: Integration | None) -> None:
    """Wait until nobody else is writing any of these people, and keep others waiting until the transaction ends."""
    _wait([key for report in reported for key in _sought(report).keys], integration)


@transaction.atomic(savepoint=False)  # no statement to spare for savepoints
def find_or_create_people(
    reported: Sequence[ReportedPerson], *, integration: Integration | None, by: Acting, now: datetime
) -> list[Person]:
    """The person behind each report, in the same order.

    Somebody is known again by her external id at this integration, then by email, then by phone; never by name
    alone. Somebody who has another external id at this integration is somebody else. A phone is shared in
    households: with quite another name it is another person. What a report adds about somebody known is kept.
    """
    sought = [_sought(report) for report in reported]
    known = _known(sought, integration)
    answers: list[Person | None] = []
    fresh: dict[int, _Sought] = {}
    named_before: dict[tuple[str, str], int] = {}
    same_as: dict[int, int] = {}
    for place, seeking in enumerate(sought):
        best = _best(seeking, known)
        answers.append(best.person.standing if best else None)
        if best is not None:
            _learn(best, seeking, integration, by=by, now=now)
            continue
        earlier = next((named_before[key] for key in seeking.keys if key in named_before), None)
        if earlier is not None:
            same_as[place] = earlier
            continue
        fresh[place] = seeking
        named_before |= dict.fromkeys(seeking.keys, place)
    created = _store(fresh, integration, by=by, now=now)
    return [answer or created[same_as.get(place, place)] for place, answer in enumerate(answers)]


@transaction.atomic(savepoint=False)  # no statement to spare for savepoints
def find_or_create_pet(reported: ReportedPet, *, owner: Person | None, by: Acting, now: datetime) -> Pet:
    """The owner's animal of that name and species, or a new one. Without owner or name it is always a new one."""
    name = normal.text(reported.name)[:120]
    species = normal.text(reported.species).lower()[:40] or "dog"
    if owner is not None and name:
        known = Pet.objects.filter(owner=owner, name__iexact=name, species=species).order_by("pk").first()
        if known is not None:
            return known
    return create_pets([reported], owner=owner, by=by, now=now)[0]


def create_pets(
    reported: Sequence[ReportedPet], *, owner: Person | None = None, by: Acting, now: datetime
) -> list[Pet]:
    """A new animal for each of these, in the same order; two statements, however many they are."""
    pets = Pet.objects.bulk_create(_new_pet(report, owner, now) for report in reported)
    trail.record_all((Happening(events.PET_ADDED, pet, {"species": pet.species}) for pet in pets), by=by)
    return pets


def told_of_pet(reported: ReportedPet) -> dict[str, Any]:
    """What a report says of an animal, as its row holds it."""
    return {
        "name": normal.text(reported.name)[:120],
        "species": normal.text(reported.species).lower()[:40] or "dog",
        "breed": normal.text(reported.breed)[:120],
        "sex": reported.sex[:1].upper(),
        "neutered": reported.neutered,
        "age_months": reported.age_months,
        "age_text": normal.text(reported.age_text)[:40],
    }


def _new_pet(reported: ReportedPet, owner: Person | None, now: datetime) -> Pet:
    return Pet(owner=owner, created_at=now, **told_of_pet(reported))


class BookingRunsBackwards(ValueError):
    """The booking ends before it starts."""

    sentence = _("The booking ends before it starts.")

    def __init__(self) -> None:
        super().__init__(str(self.sentence))


@transaction.atomic(savepoint=False)  # no statement to spare for savepoints
def find_or_create_booking(
    reported: ReportedBooking,
    *,
    integration: Integration | None,
    client: Person | None = None,
    provider: Person | None = None,
    pets: Iterable[Pet] = (),
    by: Acting,
    now: datetime,
) -> Booking:
    """The booking of that id at this integration; what it did not say yet is filled in, nothing is overwritten.

    Two callers with one id get one booking. Raises BookingRunsBackwards.
    """
    if reported.starts_at and reported.ends_at and reported.ends_at < reported.starts_at:
        raise BookingRunsBackwards
    said = {
        "service": normal.text(reported.service)[:80],
        "client": client,
        "provider": provider,
        "starts_at": reported.starts_at,
        "ends_at": reported.ends_at,
    }
    booking = Booking.objects.known_as(reported.external_id, integration=integration)
    if booking is None:
        booking = Booking(integration=integration, external_id=reported.external_id, created_at=now, **said)
        # Whoever lost the race gets the winner's row; setting the id to itself makes PostgreSQL return it.
        Booking.objects.bulk_create(
            [booking],
            update_conflicts=True,
            unique_fields=["integration", "external_id"],
            update_fields=["external_id"],
        )
        trail.record(events.BOOKING_ADDED, about=booking, by=by)
    else:
        _fill_booking(booking, {name: value for name, value in said.items() if value})
    if pets:
        booking.pets.add(*pets)
    return booking


def _fill_booking(booking: Booking, said: dict[str, object]) -> None:
    missing = [name for name in said if not getattr(booking, name)]
    for name in missing:
        setattr(booking, name, said[name])
    if booking.starts_at and booking.ends_at and booking.ends_at < booking.starts_at:
        raise BookingRunsBackwards
    if missing:
        booking.save(update_fields=missing)


def _sought(report: ReportedPerson) -> _Sought:
    name, external_id = normal.text(report.name)[:200], normal.text(report.external_id)[:120]
    points = []
    if email := normal.text(report.email)[:320]:
        points.append(_point(ContactKind.EMAIL, email, report.country))
    if phone := normal.text(report.phone)[:320]:
        points.append(_point(ContactKind.PHONE, phone, report.country))
    told = name or next((point.value for point in points), "") or external_id or NOT_NAMED
    return _Sought(report, told[:200], external_id, points)


def _point(kind: ContactKind, written: str, country: str) -> _Point:
    """What was written is never lost: what cannot be read is kept as it stands, and matches nobody."""
    try:
        return _Point(kind, written, normal.contact(kind, written, country))
    except normal.NotReadable:
        return _Point(kind, written, normal.as_written(written))


def _known(sought: Sequence[_Sought], integration: Integration | None) -> list[_Known]:
    """Everybody who shares a key with somebody sought, once for each key."""
    values: dict[str, list[str]] = {EXTERNAL: [], ContactKind.EMAIL: [], ContactKind.PHONE: []}
    keys = [key for seeking in sought for key in seeking.keys]
    if not keys:
        return []
    for kind, value in keys:
        values[kind].append(value)
    _wait(keys, integration)
    source = integration.pk if integration else None
    rows: Any = Person.objects.raw(
        _FIND, {"integration": source, **{str(kind): found for kind, found in values.items()}}
    )
    return [_Known(row, (row.matched_kind, row.matched_value), row.known_here) for row in rows]


def _wait(keys: Iterable[tuple[str, str]], integration: Integration | None) -> None:
    source = integration.pk if integration else ""
    turns = [f"{kind}:{source if kind == EXTERNAL else ''}:{value}" for kind, value in keys]
    if turns:
        with connection.cursor() as cursor:
            cursor.execute(_WAIT, [turns])


def _best(seeking: _Sought, known: Iterable[_Known]) -> _Known | None:
    keys = set(seeking.keys)
    fitting = [met for met in known if met.key in keys and _fits(met, seeking)]
    name = seeking.name.casefold()
    return min(
        fitting,
        key=lambda met: (_TRUST[met.key[0]], met.person.name.casefold() != name, met.person.pk),
        default=None,
    )


def _fits(met: _Known, seeking: _Sought) -> bool:
    kind = met.key[0]
    if kind == EXTERNAL:
        return True
    if seeking.external_id and met.known_here:
        return False
    return kind == ContactKind.EMAIL or _may_be_one_name(met.person.name, seeking)


def _may_be_one_name(name: str, seeking: _Sought) -> bool:
    """Whether two names share a word, or one of the two is not a name at all."""
    told = normal.text(seeking.report.name)
    words = [{word for word in spelling.casefold().split() if word.isalpha()} for spelling in (name, told)]
    return not all(words) or not words[0].isdisjoint(words[1])


def _learn(met: _Known, seeking: _Sought, integration: Integration | None, *, by: Acting, now: datetime) -> None:
    """Add what the report knows and the desk did not. Nothing known is overwritten."""
    person = met.person.standing
    report = seeking.report
    news: dict[str, str] = {}
    if report.language and not person.language:
        news["language"] = report.language[:35]
    if report.country and not person.country:
        news["country"] = report.country[:2].upper()
    if person.kind == PersonKind.OTHER and report.person_kind != PersonKind.OTHER:
        news["kind"] = report.person_kind
    if news:
        for name, value in news.items():
            setattr(person, name, value)
        person.updated_at = now
        person.save(update_fields=[*news, "updated_at"])
        trail.record(events.PERSON_EDITED, about=person, by=by, fields=", ".join(sorted(news)))
    points = [point for point in seeking.points if (point.kind, point.normal) != met.key]
    known = set(person.contact_points.values_list("kind", "normal")) if points else set()
    for point in points:
        if (point.kind, point.normal) not in known:
            ContactPoint.objects.create(
                person=person, kind=point.kind, value=point.value, normal=point.normal, created_at=now
            )
            trail.record(events.CONTACT_POINT_ADDED, about=person, by=by, kind=point.kind)
    if seeking.external_id and met.key[0] != EXTERNAL:
        ExternalId.objects.create(person=person, integration=integration, value=seeking.external_id)


def _store(
    fresh: dict[int, _Sought], integration: Integration | None, *, by: Acting, now: datetime
) -> dict[int, Person]:
    """Everybody new, by place."""
    if not fresh:
        return {}
    people = {
        place: Person(
            kind=seeking.report.person_kind,
            name=seeking.name,
            language=seeking.report.language[:35],
            country=seeking.report.country[:2].upper(),
            created_at=now,
            updated_at=now,
        )
        for place, seeking in fresh.items()
    }
    rows = [
        {
            "place": place,
            "kind": person.kind,
            "name": person.name,
            "language": person.language,
            "country": person.country,
            "external_id": fresh[place].external_id,
            "points": [{"kind": p.kind, "value": p.value, "normal": p.normal} for p in fresh[place].points],
        }
        for place, person in people.items()
    ]
    source = integration.pk if integration else None
    with connection.cursor() as cursor:
        cursor.execute(_STORE, {"people": json.dumps(rows), "integration": source, "now": now})
        for place, pk in cursor.fetchall():
            people[place].pk = pk
            people[place]._state.adding = False
            people[place]._state.db = connection.alias
    trail.record_all(
        [
            trail.Happening(events.PERSON_CREATED, person, {"known_by": fresh[place].known_by})
            for place, person in people.items()
        ],
        by=by,
    )
    return people
