"""The sub-commands of `./desk`."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from tsdesk.embedded.browser import browser_environment
from tsdesk.embedded.linting import lint
from tsdesk.embedded.locks import write_locks
from tsdesk.embedded.running import run
from tsdesk.embedded.services import any_services, beside_the_desk, own_services
from tsdesk.embedded.testing import reach_browser_tests, workers
from tsdesk.embedded.venv import ROOT, ensure_environment
from tsdesk.embedded.words import Failure, say

# Commands that must work while the tables lag behind the code, as they do while somebody writes a migration.
NEED_NO_TABLES = {
    "check", "compilemessages", "help", "makemessages", "makemigrations", "migrate", "prepare_database", "showmigrations",
    "sqlmigrate", "squashmigrations",
}  # fmt: skip


def main(arguments: list[str], *, usage: str) -> int:
    commands: dict[str, Callable[[list[str]], int]] = {
        "run": run,
        "manage": manage,
        "test": test,
        "lint": lint,
        "faults": faults,
        "bench": bench,
        "lock": write_locks,
    }
    command = commands.get(arguments[0]) if arguments else None
    if command is None:
        asked = not arguments or arguments[0] in ("-h", "--help", "help")
        print(usage, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    try:
        return command(arguments[1:])
    except Failure as failure:
        say(str(failure))
        return 1
    except KeyboardInterrupt:
        return 130


def manage(arguments: list[str]) -> int:
    python = ensure_environment(kind="runtime")
    with any_services() as services:
        # A database of one's own is brought up to date by its owner, when she says so.
        if services.newly_embedded and arguments[:1] and arguments[0] not in NEED_NO_TABLES:
            prepare_database(python, services.env)
        return _run([str(python), "manage.py", *arguments], services.env)


def bench(arguments: list[str]) -> int:
    """Measurements, on a database of their own beside the desk's."""
    os.environ["TSDESK_STATE"] = str(beside_the_desk("bench"))
    return manage(["bench", *arguments])


def test(arguments: list[str]) -> int:
    """The tests, on services of their own beside the desk's: tests empty them, and they wait for no disk."""
    python = ensure_environment(kind="dev")
    with (
        own_services(beside_the_desk("test"), throwaway=True) as services,
        TemporaryDirectory(prefix="tsdesk-test-") as files,
    ):
        env = {
            **services.env,
            # Tests make and drop a database of their own, which takes the owner's rights.
            "TSDESK_DATABASE_ROLE": "owner",
            # Mail and evidence of tests never mix with those of the desk.
            "TSDESK_STATE": files,
            "TSDESK_BASE_URL": "http://testserver",
            "TSDESK_HTTPS": "0",
            "TSDESK_DEMO": "0",
            **(browser_environment() if reach_browser_tests(arguments) else {}),
        }
        # WhiteNoise warns of a directory that is not there, and warnings are errors in tests.
        (Path(files) / "static").mkdir()
        return _run([str(python), "-m", "pytest", *workers(arguments), *arguments], env)


def faults(arguments: list[str]) -> int:
    return test(["tests/faults", *arguments])


def prepare_database(python: Path, env: dict[str, str]) -> None:
    command = [str(python), "manage.py", "prepare_database", "--quick", "--verbosity", "0"]
    if subprocess.run(command, cwd=ROOT, env={**os.environ, **env}, stdout=sys.stderr).returncode != 0:
        raise Failure("the database could not be brought up to date")


def _run(command: list[str], env: dict[str, str]) -> int:
    """Run a command in the foreground and pass its exit code on.

    Ctrl-C reaches it from the terminal; the launcher waits for it to end, so that the services outlive it.
    """
    child = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env})
    before = (
        signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.signal(signal.SIGTERM, lambda *_: child.send_signal(signal.SIGTERM)),
    )
    try:
        code = child.wait()
    finally:
        signal.signal(signal.SIGINT, before[0])
        signal.signal(signal.SIGTERM, before[1])
    return code if code >= 0 else 128 - code
