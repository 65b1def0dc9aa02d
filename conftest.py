"""What every test stands on: a real PostgreSQL and a real Valkey, which `./desk test` starts, and no network."""

import os
import socket
import sys
from ipaddress import ip_address
from typing import Any

import pytest
from django.db import connection, connections

# Playwright's synchronous API runs an event loop in the test's thread, and Django refuses queries beside one.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

TRAIL = ("audit_entry", "audit_payload", "audit_seal", "audit_sealed")


class NetworkUsedError(RuntimeError):
    """A test tried to reach another machine."""


def _refuse_other_machines(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect":
        return
    line, address = arguments
    if line.family in (socket.AF_INET, socket.AF_INET6) and not _is_this_machine(str(address[0])):
        raise NetworkUsedError(f"a test tried to reach {address[0]}")


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


sys.addaudithook(_refuse_other_machines)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """After the migrations, put the triggers that refuse TRUNCATE to sleep: Django truncates after some tests.

    They are disabled, not dropped, so that a test can wake one inside its transaction and see it refuse.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for table in TRAIL:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_no_truncate")
    # Beside Playwright's event loop Django opens another connection object, which has to know what to bring back too.
    made = connections["default"]
    type(made)._test_serialized_contents = getattr(made, "_test_serialized_contents", "[]")


@pytest.fixture(scope="session")
def shipped_data(django_db_setup: None) -> str:
    """What migrations ship, as Django kept it on the connection with which it made the database."""
    return str(connection._test_serialized_contents)  # type: ignore[attr-defined]


TRUNCATING = {"transactional_db", "live_server", "django_db_reset_sequences"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Bring what migrations ship (categories, policies, the team of intake) back after each test that truncates."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        asked = dict(marker.kwargs) if marker else {}
        if asked.get("transaction") or TRUNCATING & set(getattr(item, "fixturenames", ())):
            item.add_marker(
                pytest.mark.django_db(**(asked | {"transaction": True, "serialized_rollback": True})), append=False
            )
