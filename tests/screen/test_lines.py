"""A row of the queue: what each of its cells says, and that nobody's text in it is taken for markup."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import translation

from tsdesk.screen.lines import line

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOSTILE = """<b>"x" & 'y'</b>"""
ESCAPED = "&lt;b&gt;&quot;x&quot; &amp; &#x27;y&#x27;&lt;/b&gt;"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def row(**changes: Any) -> Any:
    given: dict[str, Any] = {
        "pk": 7, "reference": "TS-10007", "url": "/cases/TS-10007/", "peek_url": "/cases/TS-10007/peek/", "severity": 2,
        "icon": "flag", "category": "Dog bite", "title": "Hazel bit her", "lang": "", "names": "Osei, Nair", "looking": (),
        "chip": None, "owner_id": None, "owner": "", "last_at": None, "last_in": False, "last_from": "", "why": "No owner",
    }  # fmt: skip
    return SimpleNamespace(**given | changes)


def drawn(*, reader_id: int = 1, is_current: bool = False, **changes: Any) -> str:
    return line(row(**changes), now=NOW, reader_id=reader_id, is_current=is_current)


@pytest.mark.parametrize("field", ["title", "names", "category", "owner", "last_from", "why", "lang"])
def test_no_text_of_anybody_is_markup(field: str) -> None:
    html = drawn(owner_id=3, last_at=NOW, **{field: HOSTILE})
    assert HOSTILE not in html
    assert "<b>" not in html
    assert ESCAPED in html


def test_whoever_looks_is_named_and_never_markup() -> None:
    html = drawn(looking=["Maya", HOSTILE])
    assert f'title="Maya, {ESCAPED}"' in html
    assert html.count("<i></i>") == 2


def test_the_row_of_the_peek_is_marked() -> None:
    assert 'aria-current="true"' in drawn(is_current=True)
    assert "aria-current" not in drawn()


def test_only_the_readers_own_disc_is_hers() -> None:
    assert 'class="who mine"' in drawn(owner_id=1, owner="Maya Osei")
    assert 'class="who"' in drawn(owner_id=2, owner="Tom Becker")
    assert 'class="who none"' in drawn()


def test_the_last_word_says_who_spoke_and_how_long_ago() -> None:
    assert '<span class="sr">from </span>Owner</span> <span class="ago">3h</span>' in drawn(
        last_at=NOW - timedelta(hours=3), last_in=True, last_from="Owner"
    )
    assert '<span class="sr">to </span>Them</span>' in drawn(last_at=NOW)


def test_a_row_speaks_the_language_of_whoever_reads_it() -> None:
    assert 'aria-label="Select TS-10007"' in drawn()
    with translation.override("es"):
        assert 'aria-label="Seleccionar TS-10007"' in drawn()
    assert 'aria-label="Select TS-10007"' in drawn()


def test_a_title_in_another_language_says_so() -> None:
    assert '<a dir="auto" href="/cases/TS-10007/" lang="pt">' in drawn(lang="pt")
