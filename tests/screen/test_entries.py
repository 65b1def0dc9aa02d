"""An entry of a timeline: its head, its body, and that nobody's text in it is taken for markup."""

from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone, translation

from tsdesk.screen.entries import entry

AT = datetime(2026, 11, 20, 20, 21, tzinfo=UTC)
HOSTILE = """<b>"x" & 'y'</b>"""
ESCAPED = "&lt;b&gt;&quot;x&quot; &amp; &#x27;y&#x27;&lt;/b&gt;"


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"), timezone.override("America/Denver"):
        yield


def drawn(zone: Any = None, **changes: Any) -> str:
    given = {
        "pk": 7, "at": AT, "look": "msg", "icon": "mail", "sentence": "", "head": "Maya Osei", "aside": "owner, by phone",
        "body": "She said", "quote": "", "is_note": False, "erased": False,
    }  # fmt: skip
    return entry(SimpleNamespace(**given | changes), zone=zone)


@pytest.mark.parametrize("field", ["head", "aside", "body"])
def test_no_text_of_a_message_is_markup(field: str) -> None:
    html = drawn(**{field: HOSTILE})
    assert HOSTILE not in html
    assert ESCAPED in html


@pytest.mark.parametrize("field", ["sentence", "quote"])
def test_no_text_of_a_sentence_is_markup(field: str) -> None:
    html = drawn(head="", body="", **{field: HOSTILE})
    assert HOSTILE not in html
    assert ESCAPED in html


def test_an_entry_tells_its_time_of_day_and_on_hover_that_of_the_case() -> None:
    html = drawn(zone=ZoneInfo("America/New_York"))
    assert 'title="Fri 20 Nov 2026, 15:21 New York">13:21</time>' in html


def test_a_note_says_that_it_stays_with_the_staff() -> None:
    assert "Staff only" in drawn(is_note=True)
    assert "owner, by phone" not in drawn(is_note=True)


def test_lines_of_a_text_stay_apart() -> None:
    assert "<p>One</p>\n\n<p>Two<br>Three</p>" in drawn(body="One\n\nTwo\nThree")


def test_an_erased_text_is_gone_and_said_to_be() -> None:
    html = drawn(body="She said", erased=True)
    assert "The text was erased." in html
    assert "She said" not in html
