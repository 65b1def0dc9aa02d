"""Evidence kept in S3, by setting: a storage that is away, slow or breaks off leaves nothing half behind."""

import io
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.config import Config
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from PIL import Image
from s3transfer.exceptions import RetriesExceededError
from storages.backends.s3 import S3Storage

from cases.models import Case, Evidence
from cases.operations.evidence import StorageAway, add_evidence
from foundation.audit.models import Entry
from tsdesk.settings import evidence_storage

STATEMENT = b"She says that the gate was open. " * 400


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as storing and fetching one object takes; misbehaves as its server is told to."""

    protocol_version = "HTTP/1.1"
    server: "Storage"

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self._misbehaves():
            return
        self.server.objects[self.path.partition("?")[0]] = body
        self._answer(200, ETag='"0"')

    def do_HEAD(self) -> None:
        if not self._misbehaves():
            found = self.server.objects.get(self.path.partition("?")[0])
            self._answer(404 if found is None else 200, length=len(found or b""))

    def do_GET(self) -> None:
        if self._misbehaves():
            return
        found = self.server.objects.get(self.path.partition("?")[0], b"")
        if self.server.how != "truncated":
            self._answer(200, found, ETag='"0"')
            return
        self._answer(200, found[: len(found) // 2], length=len(found), ETag='"0"')
        self.close_connection = True

    def do_DELETE(self) -> None:
        self.server.objects.pop(self.path.partition("?")[0], None)
        self._answer(204)

    def _misbehaves(self) -> bool:
        self.server.asked.append(self.command)
        match self.server.how:
            case "500":
                self._answer(500)
            case "slow":
                time.sleep(2)
                self.close_connection = True
            case "hangs up":
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
            case "refuses the picture":
                if self.command != "PUT" or "-shown" not in self.path:
                    return False
                self._answer(403)
            case _:
                return False
        return True

    def _answer(self, status: int, body: bytes = b"", length: int | None = None, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: Any) -> None:
        """Says nothing."""


class Storage(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Bucket)
        self.objects: dict[str, bytes] = {}
        self.asked: list[str] = []
        self.how = "well"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that gave up is what some tests want."""


@pytest.fixture
def bucket(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Storage]:
    """The desk with its evidence in a bucket on this machine."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "desk")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    with Storage() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        url = f"s3://evidence/desk?endpoint_url=http://127.0.0.1:{server.server_port}&region_name=us-east-1"
        kept = evidence_storage(url)
        quick = Config(connect_timeout=0.5, read_timeout=0.5, retries={"total_max_attempts": 1})
        kept["OPTIONS"]["client_config"] = kept["OPTIONS"]["client_config"].merge(quick)
        settings.STORAGES = settings.STORAGES | {"evidence": kept}
        yield server
        server.shutdown()


def test_evidence_goes_to_the_bucket_and_comes_back_as_it_was(bucket, case, agent, now):
    added = add_evidence(case, chunks=[STATEMENT], name="statement.txt", by=agent, now=now)
    (path,) = bucket.objects
    assert path.startswith(f"/evidence/desk/{case.pk}/")
    assert "statement" not in path
    with storages["evidence"].open(added.evidence.stored_as) as file:
        assert file.read() == STATEMENT


@pytest.mark.parametrize("how", ["500", "slow", "hangs up"])
def test_a_bucket_that_is_away_leaves_no_evidence_and_no_word_of_it(bucket, case, agent, now, how):
    bucket.how = how
    began = time.monotonic()
    with pytest.raises(StorageAway):
        add_evidence(case, chunks=[STATEMENT], name="statement.txt", by=agent, now=now)
    assert time.monotonic() - began < 8
    assert not Evidence.objects.exists()
    assert not Entry.objects.filter(event="evidence.added").exists()
    bucket.how = "well"
    assert not add_evidence(case, chunks=[STATEMENT], name="statement.txt", by=agent, now=now).was_there


def test_an_upload_is_told_that_nothing_was_stored_and_to_try_again(bucket, client, case, agent):
    bucket.how = "500"
    client.force_login(agent)
    path = f"{case.get_absolute_url()}evidence/"
    both = {"files": [io.BytesIO(STATEMENT), io.BytesIO(b"A second one.")]}
    asked = len(bucket.asked)
    page = client.post(path, both)
    assert (page.status_code, page.content.decode().count("Nothing was stored; try again later.")) == (503, 2)
    assert len(bucket.asked) == asked + 1  # the second did not wait for it too
    dropped = client.post(path, {"files": io.BytesIO(STATEMENT)}, headers={"HX-Request": "true"})
    assert (dropped.status_code, dropped["Content-Type"]) == (503, "text/plain; charset=utf-8")
    called = client.post(f"/api/v1/cases/{case.reference}/evidence/", {"file": io.BytesIO(STATEMENT)})
    assert (called.status_code, called["Content-Type"]) == (503, "application/problem+json")
    assert "Nothing was stored" in called.json()["detail"]
    assert not Evidence.objects.exists()


def test_a_look_while_the_bucket_is_away_says_so(bucket, client, case, agent, now):
    evidence = add_evidence(case, chunks=[STATEMENT], name="statement.txt", by=agent, now=now).evidence
    client.force_login(agent)
    path = f"{case.get_absolute_url()}evidence/{evidence.pk}"
    client.post(f"{path}/reveal/")
    bucket.how = "500"
    assert client.get(f"{path}/file/").status_code == 503
    bucket.how = "well"
    assert b"".join(client.get(f"{path}/file/")) == STATEMENT


def test_a_picture_whose_copy_is_refused_leaves_no_bytes_behind(bucket, case, agent, now):
    drawn = io.BytesIO()
    Image.new("RGB", (8, 8), "navy").save(drawn, "PNG")
    bucket.how = "refuses the picture"
    with pytest.raises(StorageAway):
        add_evidence(case, chunks=[drawn.getvalue()], name="hand.png", by=agent, now=now)
    assert bucket.objects == {}
    assert not Evidence.objects.exists()


def test_a_file_that_breaks_off_is_an_error_and_never_half_a_file(bucket):
    name = storages["evidence"].save("1/statement", ContentFile(STATEMENT))
    bucket.how = "truncated"
    with pytest.raises(RetriesExceededError), storages["evidence"].open(name) as file:
        file.read()


def test_a_case_is_worked_on_while_its_evidence_is_away(bucket, client, case: Case, agent, now):
    add_evidence(case, chunks=[STATEMENT], name="statement.txt", by=agent, now=now)
    bucket.how = "500"
    client.force_login(agent)
    assert client.get(case.get_absolute_url()).status_code == 200


@pytest.mark.parametrize(
    ("told", "asked"), [("", "s3.example/evidence"), ("&addressing_style=virtual", "evidence.s3.example")]
)
def test_a_bucket_is_named_by_its_host_where_the_setting_says_so(monkeypatch, told, asked):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "desk")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-a-secret")
    options = evidence_storage(f"s3://evidence?endpoint_url=https://s3.example&region_name=us-east-1{told}")["OPTIONS"]
    assert S3Storage(**options).url("1/statement").startswith(f"https://{asked}/1/statement?")


def test_nobody_waits_long_for_a_storage_in_a_deployment():
    config = evidence_storage("s3://evidence")["OPTIONS"]["client_config"]
    assert config.connect_timeout + config.read_timeout < 15
    assert config.retries["total_max_attempts"] == 2
