"""Asking a server for a page many times, and what that took."""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from http.client import HTTPConnection
from typing import Any

REQUESTS = 120
WARM_UP = 20


@dataclass(frozen=True, slots=True)
class Ask:
    """One kind of request. ``body`` is made anew for each, because a report comes in once."""

    path: str
    headers: dict[str, str]
    method: str = "GET"
    body: Callable[[], str] | None = None
    expected: int = 200


@dataclass(frozen=True, slots=True)
class Took:
    """Milliseconds at a concurrency, and the bytes of one answer."""

    p50: float
    p95: float
    octets: int

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def measure(port: int, ask: Ask, *, concurrency: int, requests: int = REQUESTS) -> Took:
    """Send the request ``requests`` times over ``concurrency`` connections. Raises RuntimeError for another status."""
    times: list[float] = []
    sizes: list[int] = []
    failures: list[str] = []
    each = max(1, requests // concurrency)

    def run() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        for number in range(each + WARM_UP // concurrency):
            start = time.perf_counter()
            connection.request(ask.method, ask.path, body=ask.body() if ask.body else None, headers=ask.headers)
            answer = connection.getresponse()
            content = answer.read()
            if answer.status != ask.expected:
                failures.append(f"{ask.path}: {answer.status} {content[:200]!r}")
                return
            if number >= WARM_UP // concurrency:
                times.append(1_000 * (time.perf_counter() - start))
                sizes.append(len(content))
        connection.close()

    threads = [threading.Thread(target=run) for _ in range(concurrency)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise RuntimeError(failures[0])
    cuts = statistics.quantiles(times, n=20)
    return Took(round(statistics.median(times), 2), round(cuts[18], 2), round(statistics.median(sizes)))
