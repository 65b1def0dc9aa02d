"""The virtual environment in `.venv/`, built from the locked requirements."""

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

from tsdesk.embedded.words import Failure, say

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
BOOTSTRAP = ROOT / ".bootstrap"
LOCKS = {"runtime": ROOT / "requirements" / "runtime.txt", "dev": ROOT / "requirements" / "dev.txt"}
STAMP = VENV / "tsdesk-lock"

# Every lock is made for this oldest Python and all platforms at once.
OLDEST_PYTHON = "3.11"


def ensure_environment(*, kind: str) -> Path:
    """Return the environment's python, after installing what the lock of `kind` names.

    `dev` holds all of `runtime`, so an environment stamped `dev` serves both. Only one process builds at a time.
    """
    if not _is_current(kind):
        with _OneBuilder():
            if not _is_current(kind):
                _build(kind)
    return PYTHON


def uv_program() -> list[str]:
    """The uv that pins the locks: the one on PATH, or one fetched into `.bootstrap/`."""
    found = shutil.which("uv")
    if found:
        return [found]
    program = BOOTSTRAP / "bin" / "uv"
    if not program.exists():
        _fetch_uv()
    return [str(program)]


def _is_current(kind: str) -> bool:
    if not PYTHON.exists() or not STAMP.exists():
        return False
    stamped = STAMP.read_text().splitlines()
    return _fingerprint(kind) in stamped


def _fingerprint(kind: str) -> str:
    return f"{kind} {hashlib.sha256(LOCKS[kind].read_bytes()).hexdigest()}"


def _build(kind: str) -> None:
    say(f"installing the locked {kind} requirements into .venv (once, about half a minute)")
    STAMP.unlink(missing_ok=True)
    if _has_ensurepip():
        if not PYTHON.exists():
            _run([sys.executable, "-m", "venv", str(VENV)])
        install = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    else:
        uv = uv_program()
        if not PYTHON.exists():
            _run([*uv, "venv", "--quiet", "--python", sys.executable, str(VENV)])
        install = [*uv, "pip", "install", "--quiet", "--python", str(PYTHON)]
    _run([*install, "--require-hashes", "-r", str(LOCKS[kind])])
    fingerprints = [_fingerprint(kind)] if kind == "runtime" else [_fingerprint("runtime"), _fingerprint("dev")]
    STAMP.write_text("\n".join(fingerprints) + "\n")


def _has_ensurepip() -> bool:
    return importlib.util.find_spec("ensurepip") is not None and importlib.util.find_spec("venv") is not None


def _fetch_uv() -> None:
    if importlib.util.find_spec("pip") is None:
        version = f"{sys.version_info.major}.{sys.version_info.minor}"
        raise Failure(
            "this Python can build no virtual environment: it has neither ensurepip nor pip.\n"
            f"On Debian or Ubuntu: apt install python{version}-venv"
        )
    say("fetching uv into .bootstrap, because this Python has no ensurepip")
    _run([sys.executable, "-m", "pip", "install", "--quiet", "--target", str(BOOTSTRAP), "uv"])


def _run(command: list[str]) -> None:
    # pip's words go to stderr: stdout belongs to the command that the reader asked for.
    finished = subprocess.run(command, stdout=sys.stderr, cwd=ROOT)
    if finished.returncode != 0:
        raise Failure(f"this failed with code {finished.returncode}: {' '.join(command)}")


class _OneBuilder:
    """An exclusive lock on the build, so that two commands at once do not write one environment."""

    def __enter__(self) -> None:
        self._file = os.open(ROOT / ".venv.lock", os.O_CREAT | os.O_RDWR, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._file)
