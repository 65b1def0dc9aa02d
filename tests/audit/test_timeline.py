"""A record's timeline and the record of who read it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from foundation.audit import trail
from foundation.audit.actors import SYSTEM, Subject
from foundation.audit.events import Family, by_code, define
from foundation.audit.models import Entry
from foundation.audit.reads import record_denial, record_read
from foundation.audit.timeline import entries_about

NOTED = by_code("test.noted") or define("test.noted", "{actor} noted", family=Family.NOTE, texts={"body"})
MOVED = by_code("test.moved") or define("test.moved", "{actor} moved it")
LOOKED = by_code("test.looked") or define("test.looked", "{actor} looked", family=Family.ACCESS, on_timeline=False)
ABOUT = Subject("thing", "5")


@pytest.mark.django_db
def test_newest_first_with_texts_in_two_queries(django_assert_num_queries: Callable[..., Any]) -> None:
    for number in range(3):
        trail.record(NOTED, about=ABOUT, by=SYSTEM, body=f"note {number}")
    trail.record(MOVED, about=ABOUT, by=SYSTEM, old="a", new="b")
    trail.record(MOVED, about=Subject("thing", "6"), by=SYSTEM)
    trail.record(LOOKED, about=ABOUT, by=SYSTEM)
    with django_assert_num_queries(2):
        timeline = entries_about(ABOUT)
    assert [(entry.event, entry.texts) for entry in timeline] == [
        (MOVED, {}),
        (NOTED, {"body": "note 2"}),
        (NOTED, {"body": "note 1"}),
        (NOTED, {"body": "note 0"}),
    ]
    assert timeline[0].data == {"old": "a", "new": "b"}


@pytest.mark.django_db
def test_it_is_filtered_by_family_and_paged_by_id() -> None:
    for number in range(4):
        trail.record(NOTED, about=ABOUT, by=SYSTEM, number=number)
    trail.record(MOVED, about=ABOUT, by=SYSTEM)
    first = entries_about(ABOUT, families={Family.NOTE}, limit=2)
    second = entries_about(ABOUT, families={Family.NOTE}, limit=2, before_id=first[-1].id)
    assert [entry.data["number"] for entry in first + second] == [3, 2, 1, 0]


@pytest.mark.django_db
def test_one_entry_for_a_reader_and_a_record_in_half_an_hour() -> None:
    now = timezone.now()
    assert record_read(LOOKED, about=ABOUT, by=SYSTEM, now=now)
    assert not record_read(LOOKED, about=ABOUT, by=SYSTEM, now=now + timedelta(minutes=29))
    assert record_read(LOOKED, about=Subject("thing", "8"), by=SYSTEM, now=now)
    assert record_read(LOOKED, about=ABOUT, by=SYSTEM, now=now + timedelta(minutes=31))
    assert Entry.objects.filter(event=LOOKED.code).count() == 3


@pytest.mark.django_db(transaction=True)
def test_a_refusal_is_kept_although_what_refused_it_is_rolled_back() -> None:
    record_denial(LOOKED, about=ABOUT, by=SYSTEM, now=timezone.now())
    with pytest.raises(RuntimeError), transaction.atomic():
        record_denial(LOOKED, about=ABOUT, by=SYSTEM, now=timezone.now())
    assert Entry.objects.filter(event=LOOKED.code).count() == 1
