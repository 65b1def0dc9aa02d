"""Finding somebody by whatever a caller gives: a name with typos, a phone in any spelling, an email, an id.

Bounded however large the tables are: every candidate comes out of an index, and of each kind of candidate only
so many are looked at.
"""

import re
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from foundation.audit.actors import Acting
from people import normal
from people.models import Booking, ContactKind, ContactPoint, ExternalId, Person
from people.querysets import PersonQuerySet

FEWEST_DIGITS = 4
FEWEST_LETTERS = 2
_CANDIDATES = 1_000
"""How many people of one kind of match are ranked. Whoever types a name that more share adds a letter."""
_MOST_WORDS = 6
_LONGEST = 120
_ALIKE = 0.45
"""Share of its trigrams a typed word must have in a name: one slip in six letters passes, another name does not."""

_PHONE_LIKE = re.compile(r"[+(]?[\d\s().\-/+]+")

# word_similarity() compares with the closest part of the name, so "whit" is found in "Hannah Whitcombe" while she is
# still typing it. The candidates are materialised before they are ranked: ordering by the score would read every row.
_BY_NAME = """
WITH typed AS (SELECT people_folded(given) AS word FROM unnest(%(words)s::text[]) AS given),
candidate AS MATERIALIZED (
    SELECT id, merged_into_id, people_folded(name) AS folded
    FROM people_person WHERE {conditions} LIMIT %(candidates)s
)
SELECT coalesce(merged_into_id, id) AS person_id,
       max((SELECT avg(greatest(word_similarity(word, folded), CASE WHEN folded LIKE word || '%%' THEN 1 ELSE 0 END))
            FROM typed) * 0.7 + similarity(folded, people_folded(%(text)s)) * 0.3) AS score
FROM candidate GROUP BY 1 ORDER BY score DESC, person_id LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody found: score from 0 to 1 for ranking alone, and why she is among the results, as a short phrase."""

    person: Person
    score: float
    why: str

    @property
    def is_by_likeness(self) -> bool:
        """Found by a name that is like what was typed, which may be somebody else's."""
        return self.why == _("name")


def find_people(text: str, *, reader: Acting, limit: int = 8) -> list[Match]:
    """The people who match best, best first, each once. Somebody merged away appears as who she was merged into.

    Phones match from four digits on, in any spelling; emails in part; ids of people and bookings whole; names with
    typos and without accents. An empty text matches nobody.
    """
    typed = normal.text(text)[:_LONGEST]
    visible = Person.objects.visible_to(reader)
    if len(typed) < FEWEST_LETTERS or visible.query.is_empty():
        return []
    found: dict[int, tuple[float, str]] = {}
    for person, score, why in (*_by_id(typed), *_by_phone(typed), *_by_email(typed), *_by_name(typed, limit)):
        if person not in found or found[person][0] < score:
            found[person] = (score, why)
    return _matches(found, visible, limit)


def _matches(found: dict[int, tuple[float, str]], visible: PersonQuerySet, limit: int) -> list[Match]:
    best = sorted(found, key=lambda person: (-found[person][0], person))[:limit]
    people = visible.select_related("merged_into").prefetch_related("contact_points").in_bulk(best)
    matches: dict[int, Match] = {}
    for person in (people[pk] for pk in best if pk in people):
        score, why = found[person.pk]
        standing = person.standing
        matches.setdefault(standing.pk, Match(standing, score, why))
    return list(matches.values())


Found = tuple[int, float, str]


def _by_id(typed: str) -> list[Found]:
    spellings = {typed, typed.upper(), typed.lower()}
    theirs = ExternalId.objects.filter(value__in=spellings).values_list("person_id", "value")[:_CANDIDATES]
    found = [(person, 1.0, _("id %(id)s") % {"id": value}) for person, value in theirs]
    bookings = Booking.objects.filter(external_id__in=spellings).values_list("client_id", "provider_id", "external_id")
    for client, provider, booking in bookings[:_CANDIDATES]:
        why = _("booking %(id)s") % {"id": booking}
        found += [(person, 0.98, why) for person in (client, provider) if person]
    return found


def _by_phone(typed: str) -> list[Found]:
    """By any four digits in a row or more. Zeros in front may stand for the country code, which is stored instead."""
    if not _PHONE_LIKE.fullmatch(typed):
        return []
    digits = "".join(re.findall(r"\d", typed))
    spellings = [spelling for spelling in {digits, digits.lstrip("0")} if len(spelling) >= FEWEST_DIGITS]
    if not spellings:
        return []
    found = _points(ContactKind.PHONE, reduce(or_, (Q(normal__contains=spelling) for spelling in spellings)))
    return [
        (person, 0.99 if stored[1:] in spellings else 0.6 + 0.3 * len(digits) / 15, normal.phone_for_reading(stored))
        for person, stored in found
    ]


def _by_email(typed: str) -> list[Found]:
    if " " in typed or len(typed) < 3:
        return []
    part = _as_stored(typed)
    return [
        (person, 0.99 if stored == part else 0.5 + 0.4 * len(part) / max(len(stored), len(part)), stored)
        for person, stored in _points(ContactKind.EMAIL, Q(normal__contains=part))
    ]


def _as_stored(typed: str) -> str:
    """An email or a part of one as it is stored. A domain with accents is stored in its ASCII form."""
    domain_alone = "@" not in typed and not typed.isascii()
    try:
        stored = normal.email(f"x@{typed}" if domain_alone else typed)
    except normal.NotReadable:
        return typed.lower()
    return stored.removeprefix("x") if domain_alone else stored


def _points(kind: ContactKind, condition: Q) -> list[tuple[int, str]]:
    readable = ContactPoint.objects.filter(condition, kind=kind).exclude(normal__startswith=normal.UNREADABLE)
    return list(readable.values_list("person_id", "normal")[:_CANDIDATES])


@transaction.atomic
def _by_name(typed: str, limit: int) -> list[Found]:
    """By every word, else by the name as a whole: two slips in a short word leave too little of it alone."""
    words = [word for word in re.findall(r"\w+(?:['\u2019-]\w+)*", typed) if len(word) > 1][:_MOST_WORDS]
    if not words:
        return []
    each = {f"word{place}": word for place, word in enumerate(words)}
    given = {**each, "words": words, "text": " ".join(words), "candidates": _CANDIDATES, "limit": limit}
    by_word = " AND ".join(f"people_folded(name) %%> people_folded(%({name})s)" for name in each)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('pg_trgm.word_similarity_threshold', %s, true),"
            " set_config('pg_trgm.similarity_threshold', %s, true)",
            [str(_ALIKE), str(_ALIKE)],
        )
        for conditions in (by_word, "people_folded(name) %% people_folded(%(text)s)"):
            cursor.execute(_BY_NAME.format(conditions=conditions), given)
            if rows := cursor.fetchall():
                return [(person, float(score) * 0.95, _("name")) for person, score in rows]
    return []
