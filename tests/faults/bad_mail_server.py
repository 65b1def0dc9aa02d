"""A mail server on loopback that misbehaves on purpose, by a list of moods, one a connection, then behaves."""

import socketserver
import threading
import time
from collections.abc import Iterable
from enum import StrEnum
from typing import Any


class Mood(StrEnum):
    """What goes wrong before a mail is taken. After "250" to its words a mail counts as arrived."""

    FAIL_AT_ONCE = "answers 500 to everything"
    FAIL_SENDER = "answers 451 to the sender"
    FAIL_RECIPIENT = "answers 450 to the recipient"
    FAIL_WORDS = "answers 554 after the words"
    HANG_UP = "hangs up when the words come"
    STALL = "says nothing until the client has gone"


class BadMailServer(socketserver.ThreadingTCPServer):
    """Keeps the Message-ID of every mail it said 250 to."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, moods: Iterable[Mood], *, stall_seconds: float) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.moods = list(moods)
        self.stall_seconds = stall_seconds
        self.arrived: list[str] = []
        self._lock = threading.Lock()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def next_mood(self) -> Mood | None:
        with self._lock:
            return self.moods.pop(0) if self.moods else None

    def take(self, words: str) -> None:
        header = next(line for line in words.splitlines() if line.lower().startswith("message-id:"))
        with self._lock:
            self.arrived.append(header.split(":", 1)[1].strip())

    def __enter__(self) -> "BadMailServer":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, *raised: Any) -> None:
        self.shutdown()
        self.server_close()


class _Conversation(socketserver.StreamRequestHandler):
    server: BadMailServer

    def handle(self) -> None:
        mood = self.server.next_mood()
        if mood == Mood.STALL:
            time.sleep(self.server.stall_seconds)
            return
        if mood == Mood.FAIL_AT_ONCE:
            self._say("500 out of order")
            return
        self._say("220 ready")
        while line := self.rfile.readline().decode("ascii", "replace").strip():
            word = line.split(" ")[0].split(":")[0].upper()
            if word == "DATA":
                if not self._take_words(mood):
                    return
            elif word == "QUIT":
                self._say("221 bye")
                return
            elif word == "MAIL" and mood == Mood.FAIL_SENDER:
                self._say("451 later")
            elif word == "RCPT" and mood == Mood.FAIL_RECIPIENT:
                self._say("450 later")
            else:
                self._say("250 fine")

    def _take_words(self, mood: Mood | None) -> bool:
        self._say("354 go on")
        lines = []
        while (line := self.rfile.readline().decode("utf-8", "replace").rstrip("\r\n")) != ".":
            lines.append(line)
        if mood == Mood.HANG_UP:
            return False
        if mood == Mood.FAIL_WORDS:
            self._say("554 no")
            return True
        self.server.take("\n".join(lines))
        self._say("250 taken")
        return True

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())
