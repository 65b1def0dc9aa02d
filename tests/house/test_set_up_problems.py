"""What the API answers when it cannot do what was asked, and what it takes as JSON."""

import io
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.core.exceptions import ValidationError as DjangoValidationError
from django.http import Http404
from rest_framework import exceptions

from cases.api.errors import Conflict
from tsdesk.api.parsers import StrictJSONParser, TooLarge
from tsdesk.api.problems import problem_response


def parse(body: bytes) -> Any:
    return StrictJSONParser().parse(io.BytesIO(body))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (exceptions.ValidationError({"title": ["Give a title."]}), 400),
        (DjangoValidationError({"title": ["Give a title."]}), 400),
        (exceptions.NotAuthenticated(), 401),
        (PermissionDenied(), 403),
        (Http404(), 404),
        (exceptions.MethodNotAllowed("PUT"), 405),
        (Conflict("Reported before.", reference="TS-1"), 409),
        (RequestDataTooBig(), 413),
        (TooLarge(10), 413),
        (exceptions.Throttled(wait=7), 429),
    ],
)
def test_every_refusal_is_a_problem_document(error: Exception, status: int) -> None:
    response = problem_response(error, {})
    assert response is not None
    assert response.status_code == response.data["status"] == status
    assert response.content_type == "application/problem+json"
    assert response.data["title"]
    assert isinstance(response.data["errors"], dict)


def test_errors_stand_under_the_field_they_belong_to() -> None:
    detail = {"reporter": {"email": ["Not an address."], "non_field_errors": ["Give a name."]}, "lines": [{}, ["Odd."]]}
    response = problem_response(exceptions.ValidationError(detail), {})
    assert response is not None
    assert response.data["errors"] == {
        "reporter.email": ["Not an address."],
        "reporter": ["Give a name."],
        "lines.1": ["Odd."],
    }


def test_a_conflict_names_the_case_that_exists() -> None:
    response = problem_response(Conflict("Reported before.", reference="TS-7"), {})
    assert response is not None
    assert (response.data["reference"], response.data["detail"]) == ("TS-7", "Reported before.")


def test_a_caller_who_is_too_fast_is_told_how_long_to_wait() -> None:
    response = problem_response(exceptions.Throttled(wait=7), {})
    assert response is not None
    assert response["Retry-After"] == "7"


def test_what_nobody_foresaw_is_left_to_django() -> None:
    assert problem_response(KeyError("x"), {}) is None


def test_a_plain_body_is_read() -> None:
    assert parse('{"title": "Añejo 犬", "n": [1, 2.5, null]}'.encode()) == {"title": "Añejo 犬", "n": [1, 2.5, None]}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 2}}',
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": "x\\u0000y"}',
        b'{"a": "\\ud800"}',
        b'{"\\udc00": 1}',
        b"[" * 21 + b"]" * 21,
        b"[" * 100_000 + b"]" * 100_000,
    ],
)
def test_a_body_that_readers_would_disagree_about_is_refused(body: bytes) -> None:
    with pytest.raises(exceptions.ParseError):
        parse(body)


def test_brackets_inside_a_text_are_no_depth() -> None:
    assert parse(b'{"a": "' + b"[{" * 50 + b'\\""}') == {"a": "[{" * 50 + '"'}


def test_a_body_beyond_the_bound_is_refused_before_it_is_read_whole(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 10
    stream = io.BytesIO(b'"' + b"x" * 1000 + b'"')
    with pytest.raises(TooLarge):
        StrictJSONParser().parse(stream)
    assert stream.tell() <= 11
