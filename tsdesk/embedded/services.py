"""PostgreSQL and Valkey for one state directory: those that run, those that are given, or ones started now."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tsdesk.embedded.postgres import OWNER, RUNTIME, Postgres, new_passwords
from tsdesk.embedded.valkey import Valkey
from tsdesk.embedded.venv import ROOT
from tsdesk.embedded.words import Failure


def state_directory() -> Path:
    """`$TSDESK_STATE`, or `.desk/` in the checkout: databases, mail, evidence, logs and secrets."""
    return Path(os.environ.get("TSDESK_STATE") or ROOT / ".desk").absolute()


class Services:
    """What the desk's processes need to know of this state: `env` is their environment."""

    def __init__(self, state: Path, env: dict[str, str] | None = None) -> None:
        self.state = state
        self.logs = state / "logs"
        self.env = env or {}
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
            self.postgres = Postgres(self.state / "postgres", self.logs, kept["postgres"])
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

    def stop(self) -> None:
        if self.valkey:
            self.valkey.stop()
        if self.postgres:
            self.postgres.stop()


@contextmanager
def own_services() -> Iterator[Services]:
    """Services for `run`: nobody else may run the desk on this state."""
    state = _made(state_directory())
    with _Lock(state / "services.lock") as lock:
        if not lock.take():
            raise Failure(f"a desk already runs on {state}; another one needs another TSDESK_STATE")
        with _started(state) as services:
            yield services


@contextmanager
def any_services() -> Iterator[Services]:
    """The services that run on this state, or ones started for the moment."""
    state = _made(state_directory())
    with _Lock(state / "users.lock") as users, _Lock(state / "services.lock") as lock:
        users.share()
        if lock.take():
            with _started(state) as services:
                yield services
                # Another command may have joined meanwhile: it keeps the services until it is done.
                users.take(wait=True)
        else:
            yield Services(state, _running(state))


@contextmanager
def _started(state: Path) -> Iterator[Services]:
    services, notice = Services(state), state / "services.json"
    notice.unlink(missing_ok=True)
    try:
        services.start()
        _write_private(notice, services.env)
        yield services
    finally:
        notice.unlink(missing_ok=True)
        services.stop()


def _running(state: Path) -> dict[str, str]:
    notice, deadline = state / "services.json", time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            return dict(json.loads(notice.read_text()))
        except (OSError, ValueError):
            time.sleep(0.2)
    raise Failure(f"the services on {state} are neither up nor down; see {state / 'logs'}")


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
    try:
        state.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(f"{state} cannot be made ({error.strerror}); set TSDESK_STATE to a directory of yours") from error
    return state


class _Lock:
    """A lock on a file; the kernel lets go of it when the process ends, however it ends."""

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
        return True

    def share(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_SH)
