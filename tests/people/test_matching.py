"""Somebody is found by whatever a caller gives, best match first, from indexes alone."""

import re
from datetime import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.accounts.models import User
from foundation.audit.actors import SYSTEM
from people.matching import find_people
from people.models import ExternalId, Person
from people.operations import find_or_create_booking, find_or_create_people, merge_people
from people.reported import ReportedBooking, ReportedPerson

TOLD = {
    "hannah": ReportedPerson(
        name="Hannah Whitcombe", email="hannah.w@example.com", phone="+1 303 555 0142", external_id="U-1029"
    ),
    "zoe": ReportedPerson(name="Zoë Brückner-Núñez", email="zoe@bücher.example", phone="+34 612 34 56 78"),
    "joao": ReportedPerson(name="João Conceição", phone="+55 11 96123-4567"),
    "john": ReportedPerson(name="John Hale", email="jh@example.org", phone="+1 720 555 0117"),
    "oneill": ReportedPerson(name="Maeve O\u2019Neill"),
}


GIN = ["people_person_folded", "people_contact_trgm"]


@pytest.fixture
def people(db: None, now: datetime) -> dict[str, Person]:
    made = find_or_create_people(list(TOLD.values()), integration=None, by=SYSTEM, now=now)
    return dict(zip(TOLD, made, strict=True))


@pytest.mark.parametrize(
    ("typed", "who"),
    [
        ("Hannah Whitcombe", "hannah"),
        ("whitcombe hannah", "hannah"),
        ("hana whitcomb", "hannah"),
        ("Whitcmbe", "hannah"),
        ("wh", "hannah"),
        ("zoe bruckner", "zoe"),
        ("NUÑEZ", "zoe"),
        ("joao conceicao", "joao"),
        ("jonh hale", "john"),
        ("o'neil", "oneill"),
        ("0142", "hannah"),
        ("(303) 555-01", "hannah"),
        ("+1 303-555-0142", "hannah"),
        ("303.555.0142", "hannah"),
        ("612 345 678", "zoe"),
        ("0034 612345678", "zoe"),
        ("011 96123 4567", "joao"),
        ("HANNAH.W@", "hannah"),
        ("w@example.com", "hannah"),
        ("zoe@bücher.example", "zoe"),
        ("bücher.example", "zoe"),
        ("u-1029", "hannah"),
        ("U-1029", "hannah"),
    ],
)
def test_the_person_meant_comes_first(typed: str, who: str, people: dict[str, Person], agent: User) -> None:
    matches = find_people(typed, reader=agent)
    assert matches, "nobody was found"
    assert matches[0].person == people[who]
    assert matches[0].why


@pytest.mark.parametrize(
    "typed",
    ["", " ", "x", "014", "Roberta Winterbottom", "%", "_", "\\", "'; --", "\x00\ud800", "?ask", "*&!", "a" * 5000],
)
def test_what_means_nobody_finds_nobody(typed: str, people: dict[str, Person], agent: User) -> None:
    assert find_people(typed, reader=agent) == []


def test_a_name_with_a_slip_ranks_under_the_same_name_without(
    people: dict[str, Person], agent: User, now: datetime
) -> None:
    [exact] = find_or_create_people([ReportedPerson(name="Hana Whitcomb")], integration=None, by=SYSTEM, now=now)
    assert [match.person for match in find_people("hana whitcomb", reader=agent)] == [exact, people["hannah"]]


def test_a_booking_leads_to_both_its_sides(people: dict[str, Person], agent: User, now: datetime) -> None:
    find_or_create_booking(
        ReportedBooking("BK-771902"),
        integration=None,
        client=people["hannah"],
        provider=people["john"],
        by=SYSTEM,
        now=now,
    )
    assert {match.person for match in find_people("bk-771902", reader=agent)} == {people["hannah"], people["john"]}


def test_somebody_merged_away_appears_once_as_who_she_became(
    people: dict[str, Person], agent: User, senior: User, now: datetime
) -> None:
    merge_people(people["john"], people["hannah"], by=senior, now=now)
    for typed in ("hannah whitcombe", "0142", "u-1029"):
        assert [match.person for match in find_people(typed, reader=agent)] == [people["john"]]


def test_who_may_not_view_people_finds_none(people: dict[str, Person], admin: User, finance: User) -> None:
    assert find_people("hannah", reader=admin) == []
    assert find_people("hannah", reader=finance) == []
    assert find_people("hannah", reader=SYSTEM) == []


def test_no_more_are_given_than_asked_for(people: dict[str, Person], agent: User, now: datetime) -> None:
    many = [ReportedPerson(name=f"Hannah Number{n}", email=f"hannah{n}@example.com") for n in range(30)]
    find_or_create_people(many, integration=None, by=SYSTEM, now=now)
    assert len(find_people("hannah", reader=agent, limit=5)) == 5


@pytest.fixture
def crowd(people: dict[str, Person], now: datetime) -> None:
    """Thirty thousand more, so that the planner has a reason to use an index, with fresh statistics."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH person AS (
                INSERT INTO people_person (kind, name, language, country, time_zone, note, version, created_at, updated_at)
                SELECT 'owner', initcap(substr(md5(n::text), 1, 7)) || ' ' || initcap(substr(md5((n * 7)::text), 1, 9)),
                       'en', 'US', '', '', 1, %(now)s, %(now)s
                FROM generate_series(1, 30000) AS n RETURNING id
            )
            INSERT INTO people_contactpoint (person_id, kind, value, normal, is_preferred, created_at)
            SELECT id, kind, normal, normal, false, %(now)s
            FROM person, LATERAL (VALUES ('phone', '+1' || (2000000000 + id * 7919 %% 7999999999)::text),
                                         ('email', substr(md5(id::text), 1, 10) || '@example.net')) AS point (kind, normal)
            """,
            {"now": now},
        )
        cursor.execute(
            "INSERT INTO people_externalid (person_id, integration_id, value) SELECT id, NULL, 'P-' || id FROM people_person"
        )
        # What autovacuum does in its own time.
        cursor.execute("SELECT gin_clean_pending_list(i) FROM unnest(%s::regclass[]) AS i", [GIN])
        cursor.execute("ANALYZE people_person, people_contactpoint, people_externalid")


def test_no_way_of_looking_reads_a_whole_table(crowd: None, agent: User) -> None:
    for typed in ("hannah whitcombe", "hana", "555 0142", "0142", "hannah.w@example", "U-1029"):
        with CaptureQueriesContext(connection) as captured:
            matches = find_people(typed, reader=agent)
        assert any(match.person.name == "Hannah Whitcombe" for match in matches), typed
        assert len(captured) <= 14
        for query in captured.captured_queries:
            if not re.match(r"\s*(SELECT(?! set_config)|WITH)", query["sql"]):
                continue
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('pg_trgm.word_similarity_threshold', '0.45', true)")
                cursor.execute(f"EXPLAIN {query['sql']}")
                plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "Seq Scan on people_" not in plan.replace("Seq Scan on people_booking", ""), f"{typed}\n{plan}"


def test_ids_given_twice_are_found_once(people: dict[str, Person], agent: User) -> None:
    ExternalId.objects.create(person=people["hannah"], integration=None, value="u-1029x")
    assert [match.person for match in find_people("u-1029", reader=agent)] == [people["hannah"]]
