"""Testing on several cores at once with pytest-xdist: what each worker has for itself, and in which order files go out.

`./desk test` loads this wherever it distributes tests. Whole files go to one worker, so that what a file shares among its
tests is made once.
"""

import os
from collections.abc import Generator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connections
from pytest_django.plugin import blocking_manager_key

FIRST = ("tests/canary/", "tests/faults/")
"""What takes longest begins first, so that no worker ends long after the others."""

LAST = ("tests/browser/test_pages.py", "tests/browser/")
"""Playwright leaves an event loop in its worker, beside which Django opens a second connection. The longest leads again."""


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, None, None]:
    """Before the settings are read, give a worker a Valkey database and files of its own; pytest-django, a database."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        valkey = urlsplit(os.environ["REDIS_URL"])
        number = int(valkey.path.strip("/") or 0) + int(worker.removeprefix("gw"))
        os.environ["REDIS_URL"] = valkey._replace(path=f"/{number}").geturl()
        files = Path(os.environ["TSDESK_STATE"]) / worker
        (files / "static").mkdir(parents=True, exist_ok=True)
        os.environ["TSDESK_STATE"] = str(files)
    return (yield)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the files; inside a file the order stays, tests that truncate last."""
    met: dict[str, int] = {}

    def place(item: pytest.Item) -> tuple[int, int]:
        file = item.nodeid.partition("::")[0]
        turns = [*FIRST, "", *LAST]
        turn = next(turn for turn in (*FIRST, *LAST, "") if file.startswith(turn))
        return turns.index(turn), met.setdefault(file, len(met))

    items.sort(key=place)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """Bring what migrations ship back when a test that truncates is followed by a file whose tests do not."""
    yield
    if nextitem is not None and _truncates(item) and not _truncates(nextitem):
        with item.config.stash[blocking_manager_key].unblock():
            made = connections["default"]
            made.creation.deserialize_db_from_string(made._test_serialized_contents)  # type: ignore[attr-defined]


def _truncates(item: pytest.Item) -> bool:
    marker = item.get_closest_marker("django_db")
    return marker is not None and bool(marker.kwargs.get("transaction"))
