"""The locks pin every file by its hash and name no registry."""

import re
from pathlib import Path

import pytest

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements"
LOCKS = sorted(REQUIREMENTS.glob("*.txt"))


def pinned(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==([^ ]+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_pinned_with_hashes(lock: Path) -> None:
    blocks = re.split(r"\n(?=[a-z0-9])", lock.read_text())
    assert len(blocks) > 40
    assert [block.split("\n")[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_names_a_registry(lock: Path) -> None:
    assert re.findall(r"https?://|--index|--find-links|--trusted-host", lock.read_text()) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_psycopg_3_stays_out(lock: Path) -> None:
    assert [name for name in pinned(lock) if name.startswith("psycopg") and name != "psycopg2-binary"] == []


def test_tests_run_on_the_versions_that_run_the_desk() -> None:
    runtime, dev = pinned(REQUIREMENTS / "runtime.txt"), pinned(REQUIREMENTS / "dev.txt")
    assert {name: dev.get(name) for name in runtime} == runtime
