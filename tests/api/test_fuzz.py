"""Bodies, paths and headers of a careless or hostile caller, drawn from a seed: always an answer in JSON, never a 500."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

CASES = "/api/v1/cases/"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
PATHS = (
    "",
    "{}/",
    "{}/events/",
    "{}/clocks/",
    "{}/moves/",
    "{}/contacts/",
    "{}/notes/",
    "{}/evidence/",
    "nowhere/at/all/",
)
STATUSES = {200, 201, 400, 401, 403, 404, 405, 406, 409, 411, 413, 415, 422}
ROUNDS = 25
"""Bodies for each path; methods are drawn too, most of them POST."""

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 5, 2**31, 2**63, 10**400, 1.5, -0.0, 1e308, "", " ", "x", "0", "\u202e", "\ufeff", "é" * 300,
    "x" * 25_000, "a\tb\nc", "<script>alert(1)</script>", "' OR 1=1 --", "%s%n{}{0}", "\U0001f415" * 50, "2026-02-30T00:00:00Z",
    "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-11-18T12:00:00Z", "NaN", "Infinity", "1e999", [], {}, [[]],
    [None], {"": ""}, {"a": {"b": {"c": []}}}, ["x"] * 300, {"__proto__": 1}, {"name": "x", "role": "owner"},
)  # fmt: skip
TOLD: tuple[dict[str, Any], ...] = (
    {"move": "resolve", "fields": {"outcome": "no_contact_possible"}},
    {"move": "escalate", "fields": {"reason": "x", "to": "lead@example.com"}},
    {"move": "wait", "fields": {"on": "vet", "until": "2026-12-01T10:00:00Z"}},
    {"move": "mark_duplicate", "fields": {"of": "TS-10001"}},
    {"move": "assign", "fields": {"to": "agent@example.com"}},
    {"direction": "out", "channel": "phone", "party": "reporter", "body": "x", "seconds": 4},
    {"body": "x"},
)
RAW = (
    b"", b"{", b"[]", b"null", b"5", b'"x"', b"\xff\xfe", b"\xef\xbb\xbf{}", b'{"title": NaN}', b'{"title": 1e999}',
    b'{"title": "a\\u0000b"}', b'{"title": "\\ud800"}', b'{"\\udc00": 1}', b'{"a": 1, "a": 2}', b"[" * 30_000,
    b'{"a":' * 5_000, b'{"severity": ' + b"9" * 5_000 + b"}", b"--b\r\n\r\n--b--", b"a=1&b=2",
)  # fmt: skip
TYPES = (
    "application/json",
    "application/json; charset=utf-7",
    "multipart/form-data; boundary=b",
    "text/plain",
    "x",
    "",
)
HEADERS = (
    {}, {}, {}, {"Idempotency-Key": "k"}, {"Idempotency-Key": "\x01é"}, {"If-Match": "é\x7f"}, {"Accept": "text/html"},
    {"Accept": "*/*;q=é"}, {"Accept-Language": "*-*-*;q=9"}, {"Content-Encoding": "gzip"}, {"X-HTTP-Method-Override": "DELETE"},
)  # fmt: skip
QUERIES = (
    "", "", "?q=is:open", "?q=%00", "?q=%ff", "?q=sev:99999999999999999999", "?q=((((", "?q=opened:<0001-01-01", "?q=id:TS-%22",
    "?cursor=%00", "?cursor=cD0tMQ==", "?cursor=cj0xJm89OTk5OTk5OTk5OTk5", "?page_size=0", "?page_size=99999999999999999999",
    "?page_size=-1", "?page_size=é", "?format=xml", "?fields=a&fields=b",
)  # fmt: skip


def spoilt(draw: Random, told: dict[str, Any]) -> dict[str, Any]:
    """The same with one to three of its values, at any depth, replaced, taken out or given under another name."""
    found: dict[str, Any] = json.loads(json.dumps(told))
    for _time in range(draw.randint(1, 3)):
        inner: Any = found
        while True:
            name = draw.choice(sorted(inner)) if inner else "x"
            if not isinstance(inner.get(name), dict) or draw.random() < 0.4:
                break
            inner = inner[name]
        match draw.randrange(6):
            case 0:
                inner.pop(name, None)
            case 1:
                inner[draw.choice(("x", "", "__class__", name + "s", "é" * 100))] = deepcopy(draw.choice(ODD))
            case _:
                inner[name] = deepcopy(draw.choice(ODD))
    return found


def bodies(draw: Random, told: dict[str, Any]) -> Iterator[bytes]:
    while True:
        if draw.random() < 0.25:
            yield draw.choice(RAW)
        else:
            whole = draw.choice((told, told, *TOLD))
            yield json.dumps(spoilt(draw, whole)).encode()


@pytest.mark.parametrize("who", ["key", "agent", "nobody"])
@pytest.mark.parametrize("path", PATHS)
def test_whatever_is_sent_is_answered(
    api: APIClient,
    signed_in: Callable[..., APIClient],
    agent: Any,
    lead: Any,
    told: Any,
    reported: Any,
    path: str,
    who: str,
) -> None:
    """The same hundreds of calls at every run; each is taken back, so that one does not change what the next one meets."""
    client = {"key": api, "agent": signed_in(agent), "nobody": APIClient()}[who]
    client.raise_request_exception = False
    draw = Random(f"{path} {who}")
    source = bodies(draw, told)
    for _round in range(ROUNDS if who != "nobody" else ROUNDS // 4):
        method = draw.choice((*METHODS, *["POST"] * 8))
        url = CASES + path.format(draw.choice((reported["reference"],) * 3 + ("TS-999", "x" * 40, "%00", "..", "é")))
        url += draw.choice(QUERIES)
        body, kind, headers = next(source), draw.choice((*TYPES, *[TYPES[0]] * 6)), draw.choice(HEADERS)
        point = transaction.savepoint()
        answer = client.generic(method, url, body, content_type=kind, headers=headers)
        transaction.savepoint_rollback(point)
        said = f"{method} {url} {kind} {headers} {body[:300]!r} -> {answer.status_code} {answer.content[:300]!r}"
        assert answer.status_code in STATUSES, said
        if answer.status_code >= 400 and method != "HEAD":
            assert answer["Content-Type"] == "application/problem+json", said
            assert answer.json()["status"] == answer.status_code, said
