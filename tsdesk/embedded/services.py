"""PostgreSQL and Valkey for one state directory: those that run, those that are given, or ones started now."""

import fcntl
import json
import os
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tsdesk.embedded.postgres import OWNER, RUNTIME, Postgres, new_passwords
from tsdesk.embedded.valkey import Valkey
from tsdesk.embedded.venv import ROOT
from tsdesk.embedded.words import Failure, say

PATIENCE = 60.0
"""Seconds that a command waits for another of the same state, which is starting, stopping or soon done."""

SEEN_AS = ("TSDESK_BASE_URL", "TSDESK_ALLOWED_HOSTS", "TSDESK_DEMO")
"""What a running desk is to those who come to it, so that a command on its services names its address."""


def state_directory() -> Path:
    """`$TSDESK_STATE`, or `.desk/` in the checkout: databases, mail, evidence, logs and secrets."""
    return Path(os.environ.get("TSDESK_STATE") or ROOT / ".desk").absolute()


def beside_the_desk(name: str) -> Path:
    """A state inside the state, for services of another purpose than the desk's."""
    return _made(state_directory()) / name


class Services:
    """What the desk's processes need to know of this state: `env` is their environment.

    throwaway: nothing on this state has to outlive the machine, so its database waits for no disk.
    """

    def __init__(self, state: Path, env: dict[str, str] | None = None, *, throwaway: bool = False) -> None:
        self.state = state
        self.logs = state / "logs"
        self.env = env or {}
        self.throwaway = throwaway
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None

    def start(self) -> None:
        kept = _secrets(self.state)
        self.env = {
            "TSDESK_STATE": str(self.state),
            "TSDESK_SECRET_KEY": os.environ.get("TSDESK_SECRET_KEY") or kept["secret_key"],
        }
        if os.environ.get("DATABASE_URL"):
            for name in ("DATABASE_URL", "TSDESK_OWNER_DATABASE_URL"):
                self.env[name] = os.environ.get(name, "")
        else:
            self.postgres = Postgres(self.state / "postgres", self.logs, kept["postgres"], durable=not self.throwaway)
            self.postgres.start()
            self.env["DATABASE_URL"] = self.postgres.url(RUNTIME)
            self.env["TSDESK_OWNER_DATABASE_URL"] = self.postgres.url(OWNER)
        if os.environ.get("REDIS_URL"):
            self.env["REDIS_URL"] = os.environ["REDIS_URL"]
        else:
            self.valkey = Valkey(self.state / "valkey", self.logs, kept["valkey"])
            self.valkey.start()
            self.env["REDIS_URL"] = self.valkey.url

    @property
    def newly_embedded(self) -> bool:
        """True for a PostgreSQL of ours that was started here; one that runs is up to date already."""
        return self.postgres is not None

    def announce(self, env: Mapping[str, str] | None = None) -> None:
        """Let other commands of this state join these services; `env` is what they should know on top."""
        _write_private(_notice(self.state), {**self.env, **(env or {})})

    def withdraw(self) -> None:
        """Nobody joins any more: the services are about to stop."""
        _notice(self.state).unlink(missing_ok=True)

    def stop(self) -> None:
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()


@contextmanager
def own_services(state: Path, *, throwaway: bool = False) -> Iterator[Services]:
    """Services that this command has for itself. It waits a while for another that is about to let go of them."""
    state = _made(state)
    with _Lock(state / "services.lock") as lock:
        _wait_for(lock, state)
        with _started(state, throwaway=throwaway) as services:
            yield services


@contextmanager
def any_services() -> Iterator[Services]:
    """The services that run on this state, or ones started for the moment."""
    state = _made(state_directory())
    with _Lock(state / "users.lock") as users, _Lock(state / "services.lock") as lock:
        users.share()
        running = _running(state, lock)
        if running is not None:
            yield Services(state, running)
            return
        with _started(state) as services:
            yield services
            # Another command may have joined meanwhile: it keeps the services until it is done.
            users.take(wait=True)


@contextmanager
def _started(state: Path, *, throwaway: bool = False) -> Iterator[Services]:
    services = Services(state, throwaway=throwaway)
    services.withdraw()
    try:
        services.start()
        services.announce()
        yield services
    finally:
        services.withdraw()
        services.stop()


def _wait_for(lock: "_Lock", state: Path) -> None:
    """Take the lock. A desk that runs keeps it, so that is said at once; whatever else holds it is soon done."""
    deadline, waited = time.monotonic() + PATIENCE, False
    while not lock.take():
        holder = lock.holder()
        if holder.startswith("./desk run") and _notice(state).exists():
            raise Failure(f"a desk already runs on {state}: {holder}; another one needs another TSDESK_STATE")
        if time.monotonic() > deadline:
            raise Failure(f"{state} is still held by {holder}; end it, or use another TSDESK_STATE")
        if not waited:
            say(f"waiting for {holder}, which holds {state}")
            waited = True
        time.sleep(0.2)


def _running(state: Path, lock: "_Lock") -> dict[str, str] | None:
    """What is needed to join the services that run; None once the lock is taken here, for then nobody runs any."""
    deadline = time.monotonic() + PATIENCE
    while not lock.take():
        try:
            env = dict(json.loads(_notice(state).read_text()))
        except (OSError, ValueError):
            # They are starting or stopping.
            if time.monotonic() > deadline:
                raise Failure(f"{lock.holder()} holds {state}, neither up nor down; see {state / 'logs'}") from None
            time.sleep(0.2)
        else:
            return env | {name: os.environ[name] for name in SEEN_AS if os.environ.get(name)}
    return None


def _notice(state: Path) -> Path:
    return state / "services.json"


def _secrets(state: Path) -> dict[str, Any]:
    """The passwords and the key of this state, drawn once."""
    path = state / "secrets.json"
    if not path.exists():
        _write_private(
            path,
            {"secret_key": secrets.token_urlsafe(48), "postgres": new_passwords(), "valkey": secrets.token_hex(24)},
        )
    return dict(json.loads(path.read_text()))


def _write_private(path: Path, content: Any) -> None:
    unfinished = path.with_suffix(".new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    unfinished.rename(path)


def _made(state: Path) -> Path:
    # PostgreSQL does not run as root but as nobody, who has to pass through and sees nothing of what is there.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    try:
        state.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{state} cannot be made ({error.strerror}); set TSDESK_STATE to a directory of yours") from error
    return state


class _Lock:
    """A lock on a file, in which its holder writes who it is. The kernel lets go of it when the process ends."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> "_Lock":
        self._file = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)

    def take(self, *, wait: bool = False) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            return False
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, f"./desk {' '.join(sys.argv[1:2])} (process {os.getpid()})".encode(), 0)
        return True

    def holder(self) -> str:
        """Who holds the lock, as a command and its process."""
        return os.pread(self._file, 200, 0).decode(errors="replace") or "another command"

    def share(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_SH)
