"""`./desk run` as a newcomer and as a bad day use it."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from desks import ROOT, Desk, eventually, is_running

EVERYBODY = {"web", "worker", "beat", "auditor", "postgres", "valkey-server"}


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    # Not pytest's directory, which it closes to others: as root, PostgreSQL runs as nobody.
    with TemporaryDirectory(prefix="tsdesk-desk-") as place:
        Path(place).chmod(0o755)
        with Desk(Path(place) / "state") as desk:
            ready = desk.wait_for_ready_line()
            assert ready == f"tsdesk is ready at http://127.0.0.1:{desk.port}", desk.words.read_text()
            yield desk


def all_well(desk: Desk) -> bool:
    return desk.get("/readyz")[0] == 200


def test_when_the_ready_line_is_printed_all_four_answer(desk: Desk) -> None:
    assert set(desk.processes()) == EVERYBODY
    status, report = desk.get("/readyz")
    assert (status, report["ready"]) == (200, True)


def test_a_second_desk_on_the_same_state_is_refused(desk: Desk) -> None:
    second = subprocess.run(
        [sys.executable, "desk", "run", "--no-demo"], cwd=ROOT, env=desk.env, capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert second.stdout == ""


def test_a_desk_on_the_port_of_another_says_so_and_is_never_called_ready(desk: Desk) -> None:
    command = [sys.executable, "desk", "run", "--no-demo", "--port", str(desk.port)]
    env = desk.env | {"TSDESK_STATE": str(desk.state.with_name("beside"))}
    second = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120)
    assert second.returncode == 1
    assert f"port {desk.port}" in second.stderr
    assert second.stdout == ""


def test_manage_works_on_the_services_that_run_and_leaves_them_running(desk: Desk) -> None:
    assert "[X]" in desk.manage("showmigrations", "tsdesk")
    assert set(desk.processes()) == EVERYBODY


def test_a_link_that_a_command_prints_leads_to_the_desk_that_runs(desk: Desk) -> None:
    link = desk.manage("create_staff", "first@example.org", "--role", "lead")
    assert link.startswith(f"http://127.0.0.1:{desk.port}/")


def test_the_runtime_role_may_add_to_the_trail_and_not_change_it(desk: Desk) -> None:
    rights = desk.manage(
        "shell", "-v", "0", "-c",
        "from django.db import connection as c\n"
        "with c.cursor() as cursor:\n"
        "    cursor.execute(\"select string_agg(privilege_type, ',' order by privilege_type)"
        " from information_schema.role_table_grants where grantee = current_user and table_name = 'audit_entry'\")\n"
        "    print(cursor.fetchone()[0])\n"
        "    cursor.execute(\"select count(*) from pg_tables where tableowner = current_user\")\n"
        "    print(cursor.fetchone()[0])\n",
    ).split()  # fmt: skip
    assert rights == ["INSERT,SELECT", "0"]


@pytest.mark.parametrize("name", ["worker", "beat", "auditor", "valkey-server"])
def test_what_is_killed_comes_back(desk: Desk, name: str) -> None:
    before = desk.processes()[name]
    desk.kill(name)
    assert eventually(lambda: desk.processes()[name] != before and all_well(desk), within=40)


def test_the_database_comes_back_and_the_desk_with_it(desk: Desk) -> None:
    before = desk.processes()["postgres"]
    desk.kill("postgres")
    assert eventually(lambda: desk.processes()["postgres"] != before and all_well(desk), within=60)


def test_a_killed_launcher_leaves_nothing_behind(desk: Desk) -> None:
    children = desk.processes()
    desk.launcher.send_signal(signal.SIGKILL)
    desk.launcher.wait(10)
    assert eventually(lambda: not any(is_running(pid) for pid in children.values()), within=30)


SOON_DONE = "import time; print('here', flush=True); time.sleep(3)"


@pytest.fixture(scope="module")
def again(desk: Desk) -> Iterator[Desk]:
    """A desk on the state of the one that was killed, which a command holds when it comes."""
    command = [sys.executable, "desk", "manage", "shell", "-v", "0", "-c", SOON_DONE]
    with subprocess.Popen(command, cwd=ROOT, env=desk.env, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "here\n"
        with Desk(desk.state) as again:
            yield again


def test_after_a_kill_the_same_state_starts_again_once_nobody_else_holds_it(again: Desk) -> None:
    ready = again.wait_for_ready_line()
    assert ready == f"tsdesk is ready at http://127.0.0.1:{again.port}", again.words.read_text()
    assert "waiting for ./desk manage" in again.words.read_text()


def test_a_command_that_comes_while_the_desk_stops_waits_for_it(again: Desk) -> None:
    children = again.processes()
    again.launcher.send_signal(signal.SIGINT)
    assert "[X]" in again.manage("showmigrations", "tsdesk")
    assert again.launcher.wait(40) == 0
    assert not any(is_running(pid) for pid in children.values())


def test_a_demo_that_was_interrupted_is_loaded_at_the_next_start(desk: Desk) -> None:
    with Desk(desk.state, demo=True) as first:
        assert first.says("demo: 10 %", within=120)
        assert first.stop(signal.SIGINT) == 0
    assert "nothing of it was kept" in first.words.read_text()
    with Desk(desk.state, demo=True) as second:
        assert second.says("not come to its end before", within=90)


def test_the_demo_never_listens_where_others_can_reach_it(tmp_path: Path) -> None:
    (tmp_path / "demo").touch()
    refused = subprocess.run(
        [sys.executable, "desk", "run", "--host", "0.0.0.0"],
        cwd=ROOT, env={**os.environ, "TSDESK_STATE": str(tmp_path)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert refused.returncode == 1
    assert "passwords everybody knows" in refused.stderr
