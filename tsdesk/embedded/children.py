"""Starting child processes so that none outlives the launcher."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
LARGEST_LOG = 10 * 1024 * 1024


@dataclass(frozen=True)
class Identity:
    """The user that a child runs as, where it is not the launcher's own."""

    uid: int
    gid: int


def start_child(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    log: Path,
    cwd: Path | None = None,
    death_signal: int = signal.SIGKILL,
    identity: Identity | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a child in a session of its own, its words appended to `log`.

    Of its own, so that Ctrl-C reaches the launcher alone, which then stops everything in order. When the launcher
    itself dies, however that happens, Linux sends the child `death_signal`.
    """
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if log.exists() and log.stat().st_size > LARGEST_LOG:
        log.unlink()
    with log.open("ab") as output:
        return subprocess.Popen(
            command,
            env=dict(env),
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            user=identity.uid if identity else None,
            group=identity.gid if identity else None,
            extra_groups=[] if identity else None,
            preexec_fn=_die_with_parent(death_signal),
        )


def run_as(command: Sequence[str], *, env: Mapping[str, str], identity: Identity | None, text: str = "") -> str:
    """Run a short command and return what it said; raises CalledProcessError."""
    finished = subprocess.run(
        command,
        env=dict(env),
        input=text,
        text=True,
        capture_output=True,
        check=True,
        cwd="/",
        user=identity.uid if identity else None,
        group=identity.gid if identity else None,
        extra_groups=[] if identity else None,
    )
    return finished.stdout


def stop_child(child: "subprocess.Popen[bytes]", *, by: int = signal.SIGTERM, within: float) -> None:
    """Ask a child to stop, and kill it when it has not within that many seconds."""
    if child.poll() is not None:
        return
    child.send_signal(by)
    try:
        child.wait(within)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _die_with_parent(death_signal: int) -> Callable[[], None] | None:
    if not sys.platform.startswith("linux"):
        return None
    libc, launcher = ctypes.CDLL(None), os.getpid()

    def arrange() -> None:
        libc.prctl(PR_SET_PDEATHSIG, death_signal)
        # The launcher may have died between fork and the line above; then no signal would ever come.
        if os.getppid() != launcher:
            os._exit(1)

    return arrange
