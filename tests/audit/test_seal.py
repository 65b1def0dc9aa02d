"""Sealing and proving the chain."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from threading import Event as Flag
from threading import Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from foundation.audit import operations, trail
from foundation.audit.actors import SYSTEM, Subject
from foundation.audit.canonical import digest
from foundation.audit.events import by_code, define
from foundation.audit.models import Entry, Seal, Sealed
from foundation.audit.operations import seal_all, seal_entries
from foundation.audit.verification import Anchor, verify

DONE = by_code("test.done") or define("test.done", "{actor} did", texts={"said"})
ABOUT = Subject("thing", "3")


def write(times: int = 1) -> list[Entry]:
    with transaction.atomic():
        return [trail.record(DONE, about=ABOUT, by=SYSTEM, number=n, said=f"text {n}") for n in range(times)]


def tamper(statement: str, *triggers: tuple[str, str]) -> None:
    """Change the trail as somebody could who owns the database: with its guards off."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table, trigger in triggers:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
        cursor.execute(statement)
        for table, trigger in triggers:
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")


@pytest.mark.django_db
def test_what_is_new_is_sealed_once_and_the_chain_holds() -> None:
    write(3)
    first = seal_entries(now=timezone.now())
    assert first is not None
    assert first.entries == 3
    assert seal_entries(now=timezone.now()) is None
    write(2)
    second = seal_entries(now=timezone.now())
    assert second is not None
    assert second.previous_hash == first.hash
    assert verify() == (5, 2, None, "", second.hash)


@pytest.mark.django_db
def test_entries_newer_than_the_last_seal_are_counted_and_no_fault() -> None:
    write(1)
    seal_all(now=timezone.now())
    write(2)
    assert verify()[:3] == (3, 1, None)


@pytest.mark.django_db
def test_a_long_trail_is_sealed_batch_by_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "BATCH", 2)
    write(5)
    assert seal_all(now=timezone.now()) == 5
    assert [seal.entries for seal in Seal.objects.order_by("pk")] == [2, 2, 1]
    assert verify().holds


@pytest.mark.django_db
def test_only_what_is_about_an_hour_old_is_looked_at_again_except_by_the_whole_pass(
    django_assert_max_num_queries: Callable[..., object],
) -> None:
    entries = write(4)
    seal_all(now=timezone.now())
    tamper(f"DELETE FROM audit_sealed WHERE entry_id = {entries[0].pk}", ("audit_sealed", "audit_sealed_no_delete"))
    tomorrow = timezone.now() + timedelta(days=1)
    assert seal_entries(now=tomorrow) is None
    assert seal_entries(now=tomorrow, whole=True) is not None


@pytest.mark.django_db(transaction=True)
def test_an_entry_whose_transaction_commits_late_joins_the_next_seal() -> None:
    written, may_commit, sealed = Flag(), Flag(), {}

    def slow() -> None:
        try:
            with transaction.atomic():
                sealed["late"] = trail.record(DONE, about=ABOUT, by=SYSTEM).pk
                written.set()
                may_commit.wait(10)
        finally:
            connection.close()

    thread = Thread(target=slow)
    thread.start()
    assert written.wait(10)
    early = write(1)[0]
    assert early.pk > sealed["late"]
    first = seal_entries(now=timezone.now())
    may_commit.set()
    thread.join(10)
    second = seal_entries(now=timezone.now())
    assert first is not None
    assert second is not None
    assert list(second.members.values_list("entry_id", flat=True)) == [sealed["late"]]
    assert verify().holds


@pytest.mark.django_db(transaction=True)
def test_a_second_sealer_leaves_the_work_to_the_first() -> None:
    write(2)
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [operations.SEALER_LOCK])
            assert seal_entries(now=timezone.now()) is None
            cursor.execute("SELECT pg_advisory_unlock(%s)", [operations.SEALER_LOCK])
    finally:
        other.close()
    assert seal_entries(now=timezone.now()) is not None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "change",
    [
        "actor_id = 'somebody'",
        "data = '{}'",
        "recorded_at = recorded_at - interval '1 s'",
        "event = 'test.undone'",
        "texts = '{}'",
    ],
)
def test_a_changed_entry_is_named(change: str) -> None:
    entries = write(5)
    seal_all(now=timezone.now())
    tamper(f"UPDATE audit_entry SET {change} WHERE id = {entries[3].pk}", ("audit_entry", "audit_entry_no_update"))
    assert verify().first_bad == entries[3].pk


@pytest.mark.django_db
def test_a_changed_entry_whose_digest_was_changed_with_it_breaks_the_seal() -> None:
    entries = write(3)
    seal_all(now=timezone.now())
    tamper(f"UPDATE audit_entry SET data = '{{}}' WHERE id = {entries[1].pk}", ("audit_entry", "audit_entry_no_update"))
    forged = digest(Entry.objects.get(pk=entries[1].pk))
    tamper(
        f"UPDATE audit_sealed SET digest = '{forged}' WHERE entry_id = {entries[1].pk}",
        ("audit_sealed", "audit_sealed_no_update"),
    )
    verdict = verify()
    assert verdict.first_bad == entries[0].pk
    assert "does not match" in verdict.why


@pytest.mark.django_db
def test_a_removed_entry_is_noticed() -> None:
    entries = write(3)
    seal_all(now=timezone.now())
    tamper(
        f"DELETE FROM audit_sealed WHERE entry_id = {entries[2].pk}; DELETE FROM audit_entry WHERE id = {entries[2].pk}",
        ("audit_sealed", "audit_sealed_no_delete"),
        ("audit_entry", "audit_entry_no_delete"),
    )
    verdict = verify()
    assert not verdict.holds
    assert verdict.first_bad == entries[0].pk


@pytest.mark.django_db
def test_a_swapped_text_is_noticed() -> None:
    entries = write(2)
    seal_all(now=timezone.now())
    payload = entries[0].texts["said"]["payload"]
    tamper(
        f"UPDATE audit_payload SET ciphertext = '\\x00' WHERE id = '{payload}'",
        ("audit_payload", "audit_payload_no_update"),
    )
    assert verify().first_bad == entries[0].pk


@pytest.mark.django_db
def test_a_chain_that_was_cut_or_made_anew_does_not_match_its_anchor(tmp_path: Path) -> None:
    write(2)
    seal_all(now=timezone.now())
    anchor = tmp_path / "anchor.json"
    call_command("audit_verify", stdout=(out := StringIO()))
    anchor.write_text(out.getvalue())
    write(1)
    seal_all(now=timezone.now())
    call_command("audit_verify", anchor=anchor, stdout=StringIO())
    assert not verify(Anchor(1, "f" * 64)).holds
    assert "ends after 2 seals" in verify(Anchor(3, "f" * 64)).why
    with pytest.raises(CommandError, match="holds no anchor"):
        call_command("audit_verify", anchor=tmp_path / "nothing", stdout=StringIO())


@pytest.mark.django_db
def test_audit_verify_says_by_exit_code_and_json_what_it_found() -> None:
    entries = write(2)
    seal_all(now=timezone.now())
    call_command("audit_verify", stdout=(out := StringIO()))
    found = json.loads(out.getvalue().splitlines()[-1])
    assert (found["entries"], found["seals"], found["first_bad"]) == (2, 1, None)
    tamper(f"UPDATE audit_entry SET data = '{{}}' WHERE id = {entries[0].pk}", ("audit_entry", "audit_entry_no_update"))
    with pytest.raises(SystemExit) as exit_:
        call_command("audit_verify", stdout=(out := StringIO()), stderr=StringIO())
    assert exit_.value.code == 1
    assert json.loads(out.getvalue().splitlines()[-1])["first_bad"] == entries[0].pk


@pytest.mark.django_db
def test_an_exported_chain_is_checked_without_the_desk(tmp_path: Path) -> None:
    write(3)
    seal_all(now=timezone.now())
    write(2)
    seal_all(now=timezone.now())
    head = Seal.objects.latest("pk").hash
    call_command("audit_export", stdout=(out := StringIO()))
    export = tmp_path / "trail.jsonl"
    export.write_text(out.getvalue())
    checker = Path(__file__).parents[2] / "docs" / "verify_trail.py"

    def check(*arguments: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, str(checker), *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    assert check(export, head).stdout == f"holds: 2 seals, 5 entries, head {head}\n"
    assert check(export, hashlib.sha256().hexdigest()).returncode == 1
    export.write_text(out.getvalue().replace('"number":1', '"number":9'))
    assert "does not match" in check(export).stderr
    assert Sealed.objects.count() == 5
