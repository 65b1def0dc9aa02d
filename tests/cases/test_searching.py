"""The search language finds what it says, and only what the reader may see."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from cases.models import Case
from cases.operations.moves import take_case
from cases.operations.search import index_case, indexing_once
from cases.operations.work import add_note
from cases.search_language import parse
from cases.searching import search_cases
from foundation.accounts.models import Team, User
from people.reported import ReportedPerson

MakeCase = Callable[..., Case]


def found(text: str, reader: User, now: datetime) -> set[str]:
    return {case.title for case in search_cases(parse(text), reader=reader, now=now)}


@pytest.fixture
def cases(make_case: MakeCase, other_team: Team, now: datetime) -> dict[str, Case]:
    return {
        "theft": make_case(title="Rings gone", severity=None),
        "bite": make_case(title="Whippet bitten", category="bite", received_at=now - timedelta(days=5)),
        "spain": make_case(title="Perro perdido", category="lost-pet", market="ES", language="es"),
    }


def test_words_find_cases_by_title_report_and_party(cases: dict[str, Case], agent: User, now: datetime) -> None:
    assert found("whippet", agent, now) == {"Whippet bitten"}
    assert found("box open", agent, now) == {"Rings gone", "Whippet bitten"}
    assert found("whitcombe rings", agent, now) == {"Rings gone"}


def test_words_of_a_long_history_are_found_once_all_of_it_is_told(
    cases: dict[str, Case], agent: User, now: datetime, django_assert_num_queries: Callable[[int], Any]
) -> None:
    with indexing_once():
        for words in ("A heron", "A second heron", "An otter"):
            add_note(cases["theft"], body=words, by=agent, now=now)
        with django_assert_num_queries(0):
            index_case(cases["theft"])
        assert found("heron", agent, now) == set()
    assert found("heron otter", agent, now) == {"Rings gone"}


def test_words_are_found_without_accents_and_by_their_beginning(
    make_case: MakeCase, agent: User, now: datetime
) -> None:
    make_case(
        title="Jardín destrozado", reporter=ReportedPerson(name="Iñaki Peña", email="i@example.com", role="owner")
    )
    assert (
        found("jardin", agent, now)
        == found("JARDÍN", agent, now)
        == found("destroz", agent, now)
        == {"Jardín destrozado"}
    )
    assert found("pena", agent, now) == {"Jardín destrozado"}


def test_a_phrase_keeps_its_words_together(make_case: MakeCase, agent: User, now: datetime) -> None:
    make_case(title="A golden retriever ran off")
    make_case(title="A retriever of golden coat")
    assert found('"golden retriever"', agent, now) == {"A golden retriever ran off"}


def test_a_word_of_a_note_finds_its_case(cases: dict[str, Case], agent: User, now: datetime) -> None:
    add_note(cases["theft"], body="She mentions a locksmith.", by=agent, now=now)
    assert found("locksmith", agent, now) == {"Rings gone"}


def test_terms_narrow_and_a_minus_leaves_out(cases: dict[str, Case], agent: User, now: datetime) -> None:
    assert found("cat:bite", agent, now) == {"Whippet bitten"}
    assert found("-cat:bite", agent, now) == {"Rings gone"}
    assert found("sev:2", agent, now) == {"Whippet bitten"}
    assert found("sev:2,3", agent, now) == {"Whippet bitten", "Rings gone"}
    assert found("opened:>3d", agent, now) == {"Whippet bitten"}
    assert found("opened:<3d", agent, now) == {"Rings gone"}
    assert found("level:c2", agent, now) == {"Whippet bitten"}


def test_any_state_finds_what_is_over_too(cases: dict[str, Case], agent: User, now: datetime) -> None:
    Case.objects.filter(pk=cases["bite"].pk).update(state="closed", closed_at=now, resolved_at=now, outcome="helped")
    assert found("is:open", agent, now) == {"Rings gone"}
    assert found("is:any", agent, now) == {"Rings gone", "Whippet bitten"}
    assert found("-is:any", agent, now) == set()


def test_owner_me_none_and_a_name(cases: dict[str, Case], agent: User, colleague: User, now: datetime) -> None:
    take_case(cases["theft"], by=agent, now=now)
    assert found("owner:me", agent, now) == found("is:mine", agent, now) == {"Rings gone"}
    assert found("owner:me", colleague, now) == set()
    assert found('owner:"Maya Osei"', colleague, now) == {"Rings gone"}
    assert found("owner:none", agent, now) == {"Whippet bitten"}


def test_a_breach_is_found_at_reading_time(cases: dict[str, Case], agent: User, now: datetime) -> None:
    assert "Whippet bitten" in found("is:breached", agent, now)
    assert "Rings gone" not in found("is:breached", agent, now)
    assert "Rings gone" in found("is:breached", agent, now + timedelta(hours=4))


def test_a_reference_finds_its_case(cases: dict[str, Case], agent: User, now: datetime) -> None:
    assert found(cases["bite"].reference.lower(), agent, now) == {"Whippet bitten"}


def test_another_teams_case_is_absent(cases: dict[str, Case], agent: User, stranger: User, now: datetime) -> None:
    assert found("perro", agent, now) == set()
    assert found("perro", stranger, now) == {"Perro perdido"}
    assert found(cases["spain"].reference, agent, now) == set()


@pytest.mark.parametrize("text", ["sev:9", "is:wrong", "opened:soon", "clock:x<y", "last:", "level:c7", "person:abc"])
def test_a_term_that_makes_no_sense_is_said_and_left_out(text: str) -> None:
    search = parse(f"{text} rings")
    assert [problem for problem, _sentence in search.problems] == [text]
    assert [term.values for term in search.terms] == [("rings",)]


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE cases_case", '"', "::::", "-", "a:b:c", "\x00", "🐕", "& | !", "%_\\", "x" * 5000, '"" "']
)
def test_nothing_typed_breaks_a_search(cases: dict[str, Case], agent: User, now: datetime, text: str) -> None:
    found(text, agent, now)
