"""The database refuses to change the trail, whoever asks."""

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from foundation.audit import trail
from foundation.audit.actors import SYSTEM, Subject
from foundation.audit.events import by_code, define
from foundation.audit.models import Entry, Payload, SubjectKey
from foundation.audit.operations import seal_all

TRIED = by_code("test.tried") or define("test.tried", "{actor} tried", texts={"said"})
ABOUT = Subject("thing", "1")
TABLES = ("audit_entry", "audit_payload", "audit_seal", "audit_sealed")

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> Entry:
    entry = trail.record(TRIED, about=ABOUT, by=SYSTEM, said="hello")
    seal_all(now=timezone.now())
    return entry


def run(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_the_trail_cannot_be_deleted(entry: Entry, table: str) -> None:
    with pytest.raises(ProgrammingError, match="append-only: DELETE"):
        run(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("audit_entry", "actor_id = 'somebody else'"),
        ("audit_payload", "ciphertext = ''"),
        ("audit_seal", "hash = ''"),
        ("audit_sealed", "position = 9"),
    ],
)
def test_a_row_of_the_trail_cannot_be_updated(entry: Entry, table: str, change: str) -> None:
    with pytest.raises(ProgrammingError, match="append-only: UPDATE"):
        run(f"UPDATE {table} SET {change}")


def test_an_update_that_finds_no_row_is_refused_too() -> None:
    with pytest.raises(ProgrammingError, match="append-only"):
        run("UPDATE audit_entry SET event = 'x' WHERE id = -1")


def test_replication_roles_do_not_pass_the_guards() -> None:
    """A trigger that is not ALWAYS sleeps while session_replication_role is "replica"."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgname, tgenabled FROM pg_trigger WHERE tgname ~ '^audit_.*_(no|only)_'")
        guards = dict(cursor.fetchall())
    expected = {f"{table}_no_{verb}" for table in TABLES for verb in ("update", "delete")}
    expected |= {"audit_subjectkey_only_destroyed"}
    assert {name: guards.get(name) for name in expected} == dict.fromkeys(expected, "A")


@pytest.mark.parametrize("table", TABLES)
def test_the_trail_cannot_be_truncated(table: str) -> None:
    """The suite puts this one guard to sleep, because Django empties tables by TRUNCATE between tests."""
    run(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_no_truncate")
    with pytest.raises(ProgrammingError, match="append-only: TRUNCATE"):
        run(f"TRUNCATE {table} CASCADE")


def test_a_key_can_be_destroyed_and_nothing_else(entry: Entry) -> None:
    with pytest.raises(ProgrammingError, match="can only be destroyed"):
        run("UPDATE audit_subjectkey SET wrapped = 'x'")
    with pytest.raises(ProgrammingError, match="can only be destroyed"):
        run("DELETE FROM audit_subjectkey")
    SubjectKey.objects.update(wrapped=None, destroyed_at=timezone.now())
    with pytest.raises(ProgrammingError, match="can only be destroyed"):
        run("UPDATE audit_subjectkey SET wrapped = 'x', destroyed_at = NULL")
    assert Payload.objects.count() == 1
