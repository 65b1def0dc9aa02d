"""The schema says what the API does: complete, and nothing answered that it does not name."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as bounded
from hypothesis import strategies as st
from rest_framework.test import APIClient
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tsdesk.wsgi import application

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 30
OPERATIONS = [
    ("/api/v1/cases/", "get"),
    ("/api/v1/cases/", "post"),
    ("/api/v1/cases/{reference}/", "get"),
    ("/api/v1/cases/{reference}/events/", "get"),
    ("/api/v1/cases/{reference}/clocks/", "get"),
    ("/api/v1/cases/{reference}/moves/", "get"),
    ("/api/v1/cases/{reference}/moves/", "post"),
    ("/api/v1/cases/{reference}/contacts/", "post"),
    ("/api/v1/cases/{reference}/notes/", "post"),
    ("/api/v1/cases/{reference}/evidence/", "post"),
]


@contextmanager
def within_the_test() -> Iterator[None]:
    """Calls of the WSGI application run in the transaction of the test: none of them closes its connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture
def schema(db: Any, settings: Any) -> Any:
    settings.ALLOWED_HOSTS = ["localhost", "testserver"]
    with within_the_test():
        return schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", application)


def test_the_schema_is_complete_and_without_warnings(db: Any) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_every_operation_of_cases_is_tried(schema: Any) -> None:
    found = {(path, method) for path, methods in schema.raw_schema["paths"].items() for method in methods}
    assert {operation for operation in found if operation[0].startswith("/api/v1/cases/")} == set(OPERATIONS)


def test_anybody_may_read_the_schema_and_its_page(db: Any) -> None:
    assert APIClient().get("/api/v1/schema/").status_code == 200
    page = APIClient().get("/api/v1/docs/")
    assert page.status_code == 200
    assert b"//cdn" not in page.content


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: part)
def test_whatever_is_sent_is_answered_as_the_schema_says(
    api: APIClient, schema: Any, reported: dict[str, Any], path: str, method: str
) -> None:
    """Generated calls, half of them for a case that is there; the same ones at every run."""
    headers = {"Authorization": api._credentials["HTTP_AUTHORIZATION"]}

    @bounded(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path][method.upper()].as_strategy(), is_there=st.booleans())
    def call(case: Any, is_there: bool) -> None:
        if is_there and "reference" in case.path_parameters:
            case.path_parameters["reference"] = reported["reference"]
        case.call_and_validate(headers=headers, checks=CHECKS)

    with within_the_test():
        call()
