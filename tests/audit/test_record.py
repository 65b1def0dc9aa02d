"""What an entry holds and what it does not."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from foundation.audit import payloads, trail
from foundation.audit.actors import SYSTEM, Subject
from foundation.audit.events import by_code, define
from foundation.audit.models import Entry, Payload

TOLD = by_code("test.told") or define("test.told", "{actor} told", texts={"said"})
ABOUT = Subject("thing", "7")


@pytest.mark.django_db
def test_an_entry_holds_codes_and_a_digest_of_its_text_but_not_the_text() -> None:
    entry = trail.record(
        TOLD, about=ABOUT, by=SYSTEM, said="Bit by Rex", at=datetime(2026, 1, 2, tzinfo=UTC), none=None
    )
    entry.refresh_from_db()
    assert entry.data == {"at": "2026-01-02T00:00:00+00:00"}
    assert set(entry.texts["said"]) == {"sha256", "payload"}
    assert "Rex" not in str(entry.texts)
    assert b"Rex" not in bytes(Payload.objects.get().ciphertext)
    assert payloads.read([entry.texts["said"]["payload"]]) == {entry.texts["said"]["payload"]: "Bit by Rex"}


@pytest.mark.django_db
def test_the_same_text_twice_has_two_digests() -> None:
    first = trail.record(TOLD, about=ABOUT, by=SYSTEM, said="+34 600 000 001")
    second = trail.record(TOLD, about=ABOUT, by=SYSTEM, said="+34 600 000 001")
    assert first.texts["said"]["sha256"] != second.texts["said"]["sha256"]


@pytest.mark.django_db
def test_an_empty_text_is_left_out() -> None:
    assert trail.record(TOLD, about=ABOUT, by=SYSTEM, said="").texts == {}


@pytest.mark.django_db
def test_long_text_must_be_declared() -> None:
    with pytest.raises(ValueError, match="declare it"):
        trail.record(TOLD, about=ABOUT, by=SYSTEM, other="x" * 201)


@pytest.mark.django_db(transaction=True)
def test_nothing_is_recorded_outside_a_transaction() -> None:
    with pytest.raises(trail.OutsideTransactionError):
        trail.record(TOLD, about=ABOUT, by=SYSTEM)
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_a_second_text_about_a_subject_takes_two_statements(django_assert_num_queries: object) -> None:
    trail.record(TOLD, about=ABOUT, by=SYSTEM, said="one")
    with django_assert_num_queries(3):  # type: ignore[operator]
        trail.record(TOLD, about=ABOUT, by=SYSTEM, said="two")


@pytest.mark.django_db
def test_a_payload_does_not_open_in_the_place_of_another() -> None:
    trail.record(TOLD, about=ABOUT, by=SYSTEM, said="one")
    payload = Payload.objects.select_related("key").get()
    moved = Payload(key=payload.key, ciphertext=payload.ciphertext)
    with pytest.raises(payloads.Unreadable):
        payloads.unlock(moved)
    assert connection.is_usable()
