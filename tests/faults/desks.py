"""A whole desk of its own, started by `./desk run` on a state of its own, to be hurt."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tsdesk.embedded.children import free_port

ROOT = Path(__file__).resolve().parents[2]

# What `./desk test` gives its tests belongs to the services of the tests, not to this desk.
OF_THE_TESTS = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "DJANGO_ALLOW_ASYNC_UNSAFE"}


class Desk:
    """`./desk run` and what it started. Without `demo` it holds nothing."""

    def __init__(self, state: Path, *, demo: bool = False) -> None:
        self.state = state
        self.port = free_port()
        self.env = {
            name: value
            for name, value in os.environ.items()
            if name not in OF_THE_TESTS and not name.startswith(("TSDESK_", "PYTEST_"))
        } | {"TSDESK_STATE": str(state)}
        self.words = state.with_suffix(".err")
        words = self.words.open("w")
        self.launcher = subprocess.Popen(
            [sys.executable, str(ROOT / "desk"), "run", "--port", str(self.port), *([] if demo else ["--no-demo"])],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
        )
        words.close()

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_: object) -> None:
        if self.launcher.poll() is None:
            self.stop()
        assert self.launcher.stdout is not None
        self.launcher.stdout.close()

    def wait_for_ready_line(self) -> str:
        assert self.launcher.stdout is not None
        return self.launcher.stdout.readline().strip()

    def get(self, path: str) -> tuple[int, Any]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def processes(self) -> dict[str, int]:
        """The launcher's children by name."""
        found = {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(status.read_text().rsplit(")", 1)[1].split()[1])
                line = (status.parent / "cmdline").read_bytes().decode().split("\0")
            except (OSError, ValueError):
                continue
            if parent == self.launcher.pid:
                found[_name_of(line)] = int(status.parent.name)
        return found

    def kill(self, name: str) -> None:
        os.kill(self.processes()[name], signal.SIGKILL)

    def manage(self, *arguments: str, text: str = "") -> str:
        finished = subprocess.run(
            [sys.executable, str(ROOT / "desk"), "manage", *arguments],
            cwd=ROOT, env=self.env, input=text, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return finished.stdout

    def says(self, words: str, *, within: float) -> bool:
        """Whether it says so on its stderr."""
        return eventually(lambda: words in self.words.read_text(), within=within)

    def stop(self, by: int = signal.SIGTERM) -> int:
        self.launcher.send_signal(by)
        return self.launcher.wait(40)


def eventually(true: Callable[[], bool], *, within: float) -> bool:
    """Whether it becomes true within so many seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if true():
                return True
        except (OSError, KeyError, ValueError):
            pass
        time.sleep(0.2)
    return False


def is_running(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False


def _name_of(line: list[str]) -> str:
    for word, name in (("gunicorn", "web"), ("worker", "worker"), ("beat", "beat"), ("auditor", "auditor")):
        if word in line:
            return name
    # Valkey writes its address behind its name.
    return Path(line[0].split(" ")[0]).name
