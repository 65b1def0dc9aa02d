"""Finding somebody by whatever a caller gives: a name with typos, a phone in any spelling, an email, an id.

Bounded however large the tables are: every candidate comes out of an index, and of each kind of candidate only
so many are looked at.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import reduce
from operator import or_
from typing import NamedTuple

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
_READ_AT_ONCE = 8
"""How many times as many as are wanted are looked at first; the rest only where too few of them are visible."""
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
FROM candidate GROUP BY 1 ORDER BY score DESC, person_id
"""


_THRESHOLDS = """
SELECT set_config('pg_trgm.word_similarity_threshold', %s, true), set_config('pg_trgm.similarity_threshold', %s, true)
"""


class FoundBy(Enum):
    """What of a person matched."""

    ID = auto()
    BOOKING = auto()
    CONTACT = auto()
    NAME = auto()


@dataclass(frozen=True, slots=True)
class Match:
    """Somebody found: score from 0 to 1 for ranking alone, by what she was found, and the value that matched."""

    person: Person
    score: float
    by: FoundBy
    value: str = ""

    @property
    def why(self) -> str:
        """Why she is among the results, as a short phrase in the reader's language."""
        return {
            FoundBy.ID: _("id %(id)s"),
            FoundBy.BOOKING: _("booking %(id)s"),
            FoundBy.CONTACT: "%(id)s",
            FoundBy.NAME: _("name"),
        }[self.by] % {"id": self.value}

    @property
    def is_by_likeness(self) -> bool:
        """Found by a name that is like what was typed, which may be somebody else's."""
        return self.by is FoundBy.NAME


@transaction.atomic
def find_people(text: str, *, reader: Acting, limit: int = 8) -> list[Match]:
    """The people who match best, best first, each once, of those the reader may know of.

    Somebody merged away appears as who she was merged into.
    Phones match from four digits on, in any spelling; emails in part; ids of people and bookings whole; names with
    typos and without accents. An empty text matches nobody.
    """
    typed = normal.text(text)[:_LONGEST]
    visible = Person.objects.visible_to(reader)
    if len(typed) < FEWEST_LETTERS or visible.query.is_empty():
        return []
    best = _best([*_by_id(typed, reader), *_by_phone(typed), *_by_email(typed)], visible, limit)
    # By every word, else by the name as a whole: two slips in a short word leave too little of it alone. People whom
    # the reader may not know of are left out before, so that they change nothing about whom she finds.
    for named in _by_name(typed):
        if by_name := _best(named, visible, limit):
            best = sorted([*best, *by_name], key=_rank)
            break
    people = Person.objects.prefetch_related("contact_points").in_bulk([found.person for found in best])
    matches: dict[int, Match] = {}
    for found in best:
        matches.setdefault(found.person, Match(people[found.person], found.score, found.by, found.value))
    return list(matches.values())[:limit]


class Found(NamedTuple):
    """The key of a person, how well she fits, and why."""

    person: int
    score: float
    by: FoundBy
    value: str = ""


def _rank(found: Found) -> tuple[float, int]:
    return -found.score, found.person


def _best(found: list[Found], visible: PersonQuerySet, limit: int) -> list[Found]:
    """The best of those whom the reader may know of, each once, as who now stands for her; in four queries at most."""
    ranked = sorted(found, key=_rank)
    best: dict[int, Found] = {}
    for some in (ranked[: limit * _READ_AT_ONCE], ranked[limit * _READ_AT_ONCE :]):
        if not some or len(best) >= limit:
            break
        standing = Person.objects.leading(each.person for each in some)
        seen = set(visible.filter(pk__in=set(standing.values())).values_list("pk", flat=True))
        for each in some:
            if (stands := standing[each.person]) in seen:
                best.setdefault(stands, each._replace(person=stands))
    return list(best.values())[:limit]


def _by_id(typed: str, reader: Acting) -> list[Found]:
    spellings = {typed, typed.upper(), typed.lower()}
    theirs = ExternalId.objects.filter(value__in=spellings).values_list("person_id", "value")[:_CANDIDATES]
    found = [Found(person, 1.0, FoundBy.ID, value) for person, value in theirs]
    bookings = Booking.objects.visible_to(reader).filter(external_id__in=spellings)
    parties = bookings.values_list("client_id", "provider_id", "external_id")
    for client, provider, booking in parties[:_CANDIDATES]:
        found += [Found(person, 0.98, FoundBy.BOOKING, booking) for person in (client, provider) if person]
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
        Found(
            person,
            0.99 if stored[1:] in spellings else 0.6 + 0.3 * len(digits) / 15,
            FoundBy.CONTACT,
            normal.phone_for_reading(stored),
        )
        for person, stored in found
    ]


def _by_email(typed: str) -> list[Found]:
    if " " in typed or len(typed) < 3:
        return []
    part = _as_stored(typed)
    return [
        Found(
            person,
            0.99 if stored == part else 0.5 + 0.4 * len(part) / max(len(stored), len(part)),
            FoundBy.CONTACT,
            stored,
        )
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


def _by_name(typed: str) -> Iterator[list[Found]]:
    """Whose name has every word, then whose name is like all of it. In a transaction, to which the thresholds belong."""
    words = [word for word in re.findall(r"\w+(?:['\u2019-]\w+)*", typed) if len(word) > 1][:_MOST_WORDS]
    if not words:
        return
    each = {f"word{place}": word for place, word in enumerate(words)}
    given = {**each, "words": words, "text": " ".join(words), "candidates": _CANDIDATES}
    by_word = " AND ".join(f"people_folded(name) %%> people_folded(%({name})s)" for name in each)
    with connection.cursor() as cursor:
        cursor.execute(_THRESHOLDS, [str(_ALIKE), str(_ALIKE)])
        for conditions in (by_word, "people_folded(name) %% people_folded(%(text)s)"):
            cursor.execute(_BY_NAME.format(conditions=conditions), given)
            yield [Found(person, float(score) * 0.95, FoundBy.NAME) for person, score in cursor.fetchall()]
