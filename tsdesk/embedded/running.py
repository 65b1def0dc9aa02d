"""`./desk run`: the whole desk on one machine, watched and stopped in order."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from types import FrameType
from typing import TextIO

from tsdesk.embedded.children import start_child, stop_child
from tsdesk.embedded.services import SEEN_AS, Services, own_services, state_directory
from tsdesk.embedded.venv import ROOT, ensure_environment
from tsdesk.embedded.words import Failure, say

READY_WITHIN = 120.0
"""Seconds from the start of the processes to their first answer."""

CALM_AFTER = 60.0
"""Seconds that a process must have run for its next exit to count as the first again."""

DEMO_COMMAND = ROOT / "tsdesk" / "management" / "commands" / "load_demo.py"
DEMO_MARK = "demo"
"""A file in the state: the demo may be loaded here. It says LOADED once it is, to its end."""

LOADED = "loaded"
DEMO_WORDS = "demo: "
"""How lines begin in which `load_demo` says how far it is."""


class _Stopped(Exception):
    """SIGINT or SIGTERM arrived."""


@dataclass
class Process:
    """One long-running program, started again when it exits, each time after a longer rest."""

    name: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    patience: float
    """Seconds from the request to stop until it is killed."""
    child: "subprocess.Popen[bytes] | None" = None
    started_at: float = 0.0
    exits: int = 0
    rest_until: float = 0.0

    def begin(self) -> None:
        self.child = self.start()
        self.started_at = time.monotonic()

    def watch(self) -> None:
        """Start it again if it is gone and has rested."""
        now = time.monotonic()
        if self.child is not None and self.child.poll() is not None:
            self.exits = 1 if now - self.started_at > CALM_AFTER else self.exits + 1
            rest = min(0.5 * 2 ** (self.exits - 1), 15.0)
            say(f"{self.name} exited with {self.child.returncode}; starting it again in {rest:g} s")
            self.child, self.rest_until = None, now + rest
        if self.child is None and now >= self.rest_until:
            self.begin()


@dataclass
class Desk:
    """Web, worker, beat and auditor on the services of one state."""

    services: Services
    python: Path
    host: str
    port: int
    demo: bool
    processes: list[Process] = field(default_factory=list)

    def __post_init__(self) -> None:
        address = f"[{self.host}]" if ":" in self.host else self.host
        self.url = f"http://{address}:{self.port}"
        hosts = [self.host.strip("[]"), "localhost", "127.0.0.1", "[::1]"]
        self.env = {
            **os.environ,
            **self.services.env,
            "TSDESK_BASE_URL": os.environ.get("TSDESK_BASE_URL") or self.url,
            "TSDESK_ALLOWED_HOSTS": os.environ.get("TSDESK_ALLOWED_HOSTS") or ",".join(dict.fromkeys(hosts)),
            "TSDESK_DEMO": "1" if self.demo else "0",
            "TSDESK_BIND": f"{address}:{self.port}",
            "PYTHONUNBUFFERED": "1",
        }

    def prepare(self) -> None:
        # A link that `./desk manage` prints, say, leads to where this desk listens.
        self.services.announce({name: self.env[name] for name in SEEN_AS})
        # On a database of one's own the owner migrates, when she says so; here it is ours.
        if self.services.newly_embedded or not os.environ.get("TSDESK_NO_MIGRATE"):
            self._manage("prepare_database", "--verbosity", "0")
        self._manage("collectstatic", "--noinput", "--verbosity", "0")
        if self.demo and DEMO_COMMAND.exists():
            self._load_demo(self.services.state / DEMO_MARK)

    def _load_demo(self, mark: Path) -> None:
        """Load the demo unless that came to its end before. It is loaded whole or not at all."""
        begun = mark.exists()
        if begun and mark.read_text() == LOADED:
            return
        say("loading the demo, which has not come to its end before" if begun else "loading the demo")
        # Marked first: once a single sign-in of the demo may exist, no address of others' may be listened on.
        mark.touch()
        try:
            self._manage("load_demo", told=DEMO_WORDS)
        except _Stopped:
            say("the demo was not loaded to its end, so nothing of it was kept; the next start loads it anew")
            raise
        except Failure as failure:
            raise Failure(f"{failure}\nNothing of the demo was kept; the next start loads it anew.") from failure
        mark.write_text(LOADED)

    def start(self) -> None:
        celery = [str(self.python), "-m", "celery", "-A", "tsdesk.celery"]
        commands = {
            "web": [str(self.python), "-m", "gunicorn", "-c", "python:tsdesk.serving"],
            # Threads: one process holds the tasks and the sweeper, so a kill takes all or nothing.
            "worker": [
                *celery,
                "worker",
                "--pool",
                "threads",
                "--concurrency",
                "4",
                "--without-gossip",
                "--without-mingle",
                "--loglevel",
                "INFO",
            ],
            "beat": [*celery, "beat", "--loglevel", "INFO"],
            "auditor": [str(self.python), "manage.py", "auditor"],
        }
        for name, command in commands.items():
            self.processes.append(Process(name, self._starter(name, command), patience=20))
        for process in self.processes:
            process.begin()
        for name, service in (("postgres", self.services.postgres), ("valkey", self.services.valkey)):
            if service:
                # They run already; from here on they are watched too.
                watched = Process(name, service.revive, patience=20, child=service.child, started_at=time.monotonic())
                self.processes.append(watched)

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while not self._answers():
            self.watch()
            failing = [process.name for process in self.processes if process.exits >= 4]
            if failing or time.monotonic() > deadline:
                names = ", ".join(failing) or "something"
                raise Failure(f"{names} does not come up; see {self.services.logs}")
            time.sleep(0.2)

    def watch(self) -> None:
        for process in self.processes:
            process.watch()

    def stop(self) -> None:
        """The web first, that nobody is promised anything more; the database last, by whoever started it."""
        self.services.withdraw()
        own = [process for process in self.processes if process.name not in ("postgres", "valkey")]
        for process in own:
            if process.child and process.child.poll() is None:
                process.child.terminate()
        deadline = time.monotonic() + 20
        for process in own:
            if process.child:
                stop_child(process.child, within=max(0.1, deadline - time.monotonic()))

    def _starter(self, name: str, command: list[str]) -> Callable[[], "subprocess.Popen[bytes]"]:
        log = self.services.logs / f"{name}.log"
        return lambda: start_child(command, env=self.env, cwd=ROOT, log=log)

    def _manage(self, *arguments: str, told: str = "") -> None:
        """Run a command of Django's. Its words go to a log; lines that begin as `told` are said here as well."""
        log = self.services.logs / "prepare.log"
        child = start_child([str(self.python), "manage.py", *arguments], env=self.env, cwd=ROOT, log=log)
        try:
            with log.open(errors="replace") as words:
                words.seek(0, os.SEEK_END)
                while (code := child.poll()) is None:
                    _say_lines(words, told)
                    time.sleep(0.1)
                _say_lines(words, told)
        finally:
            stop_child(child, within=5)
        if code != 0:
            raise Failure(f"`manage {arguments[0]}` failed; see {log}")

    def _answers(self) -> bool:
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host  # noqa: S104
        address = f"[{host}]" if ":" in host else host
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://{address}:{self.port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False


def run(arguments: list[str]) -> int:
    parser = ArgumentParser(prog="./desk run", description="Run the whole desk until Ctrl-C.")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=8000, help="(%(default)s)")
    parser.add_argument("--no-demo", action="store_true", help="load no made-up cases and sign-ins")
    options = parser.parse_args(arguments)

    def stop(number: int, frame: FrameType | None) -> None:
        # Once is enough: a second Ctrl-C must not tear the stop itself.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise _Stopped

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    try:
        python = ensure_environment(kind="runtime")
        with own_services(state_directory()) as services:
            _keep_off_others(options.host, options.port)
            _keep_demo_private(services.state, options.host, wanted=not options.no_demo)
            demo = not options.no_demo and _is_loopback(options.host)
            _run(Desk(services, python, options.host, options.port, demo))
    except _Stopped:
        say("stopped")
    return 0


def _run(desk: Desk) -> None:
    try:
        desk.prepare()
        desk.start()
        desk.wait_until_ready()
        print(f"tsdesk is ready at {desk.url}", flush=True)
        say(f"logs are in {desk.services.logs}; Ctrl-C stops everything")
        while True:
            desk.watch()
            time.sleep(0.5)
    finally:
        desk.stop()


def _say_lines(words: TextIO, told: str) -> None:
    """Say what has been written since, as far as it begins as `told`. A line that is not whole yet waits."""
    while told:
        began = words.tell()
        line = words.readline()
        if not line.endswith("\n"):
            words.seek(began)
            return
        if line.startswith(told):
            say(line.strip())


def _keep_off_others(host: str, port: int) -> None:
    """Another desk that listens there would answer for this one, which would be called ready."""
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _name, address = found[0]
        with socket.socket(family, kind, protocol) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((address[0], port, *address[2:]))
    except (OSError, OverflowError) as error:
        raise Failure(f"nothing can listen on port {port} of {host} ({error}); --port takes another") from error


def _keep_demo_private(state: Path, host: str, *, wanted: bool) -> None:
    """The demo's sign-ins are known to everybody, so they never listen on an address that others can reach."""
    if _is_loopback(host):
        return
    if (state / DEMO_MARK).exists():
        raise Failure(f"{state} holds the demo, whose passwords everybody knows; use another TSDESK_STATE for {host}")
    if wanted:
        say(f"no demo: {host} can be reached by others, and the demo's passwords are known to everybody")
    if not os.environ.get("TSDESK_HTTPS"):
        say("expecting a proxy that speaks HTTPS in front; TSDESK_HTTPS=0 would do without, for a trial")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
