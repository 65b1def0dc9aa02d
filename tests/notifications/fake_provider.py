"""A provider of SMS, calls and chat on this machine that misbehaves on purpose. It keeps one effect a key, as a good one does."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

ACCOUNT, TOKEN, SENDER = "AC0001", "not-a-secret", "+13035550100"


class Request(NamedTuple):
    """What was asked of it."""

    path: str
    key: str
    fields: dict[str, str]


class FakeProvider(ThreadingHTTPServer):
    """script: what it does with the next requests, one each, then "ok" for ever.

    "ok"; "500"; "429 3" with Retry-After; "400 21211" with an error code; "302 URL"; "late": takes it, and answers too
    late; "gone": takes it, and hangs up without an answer; "drip": answers a byte at a time.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.script: list[str] = []
        self.requests: list[Request] = []
        self.effects: dict[str, Request] = {}
        self.lock = threading.Lock()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def sms_url(self) -> str:
        return f"http://{ACCOUNT}:{TOKEN}@127.0.0.1:{self.server_port}/?from={SENDER}"

    def take(self, request: Request) -> tuple[str, str]:
        """The next action, and the id of what the request made, which a repeated key does not make again."""
        with self.lock:
            self.requests.append(request)
            action = self.script.pop(0) if self.script else "ok"
            if action.partition(" ")[0] in ("ok", "late", "gone", "drip"):
                self.effects.setdefault(request.key, request)
            return action, f"SM{list(self.effects).index(request.key)}" if request.key in self.effects else ""


class _Answers(BaseHTTPRequestHandler):
    server: FakeProvider
    timeout = 5

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = json.loads(body) if body.startswith("{") else dict(parse_qsl(body))
        action, sid = self.server.take(Request(self.path, self.headers.get("Idempotency-Key", ""), fields))
        what, _space, detail = action.partition(" ")
        if what == "gone":
            self.connection.close()
        elif what == "late":
            time.sleep(1.5)
        elif what == "drip":
            for _second in range(50):
                self._write(b"H")
                time.sleep(0.1)
        elif what == "ok":
            self._answer(201, {"sid": sid})
        elif what == "429":
            self._answer(429, {"code": 20429, "message": "Too many"}, ("Retry-After", detail))
        elif what == "302":
            self._answer(302, {}, ("Location", detail))
        else:
            self._answer(int(what), {"code": int(detail), "message": "No"} if detail else {})

    def _answer(self, status: int, told: dict[str, Any], *headers: tuple[str, str]) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        for name, value in (*headers, ("Content-Length", str(len(body)))):
            self.send_header(name, value)
        self.end_headers()
        self._write(body)

    def _write(self, body: bytes) -> None:
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *args: Any) -> None:
        """Nothing: what it was asked is in ``requests``."""


@contextmanager
def provider() -> Iterator[FakeProvider]:
    server = FakeProvider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
