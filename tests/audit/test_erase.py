"""Erasing texts: gone for ever, the chain unharmed."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from django.utils import timezone

from foundation.audit import holds, payloads, trail
from foundation.audit.actors import SYSTEM, Subject
from foundation.audit.events import by_code, define
from foundation.audit.operations import erase_texts, seal_all
from foundation.audit.verification import verify

WROTE = by_code("test.wrote") or define("test.wrote", "{actor} wrote", texts={"said"})
HERS, HIS = Subject("thing", "hers"), Subject("thing", "his")

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> Iterator[None]:
    holds.register("thing", lambda identity: "Hold 12: litigation." if identity == "hers" else None)
    yield
    holds.register("thing", lambda identity: None)


def said(about: Subject, text: str) -> str:
    return str(trail.record(WROTE, about=about, by=SYSTEM, said=text).texts["said"]["payload"])


def test_only_the_texts_about_that_subject_are_gone(now: datetime) -> None:
    hers, his = said(HERS, "hers"), said(HIS, "his")
    seal_all(now=timezone.now())
    assert erase_texts(HERS, by=SYSTEM, reason="She asked.", now=now) == 1
    assert payloads.read([hers, his]) == {hers: None, his: "his"}
    assert verify().holds


def test_what_is_written_afterwards_is_read_again(now: datetime) -> None:
    before = said(HERS, "before")
    erase_texts(HERS, by=SYSTEM, reason="She asked.", now=now)
    after = said(HERS, "after")
    assert payloads.read([before, after]) == {before: None, after: "after"}


def test_a_hold_keeps_them_and_says_why(held: None, now: datetime) -> None:
    kept = said(HERS, "evidence")
    with pytest.raises(holds.Held, match="litigation"):
        erase_texts(HERS, by=SYSTEM, reason="She asked.", now=now)
    assert payloads.read([kept]) == {kept: "evidence"}


def test_erasing_where_there_is_nothing_is_recorded_too(now: datetime) -> None:
    assert erase_texts(HIS, by=SYSTEM, reason="He asked.", now=now) == 0
