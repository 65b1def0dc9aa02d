"""Logs hold codes and ids, never what a person typed."""

import json
import logging
import re
import time

import pytest
import structlog

from tsdesk import serving
from tsdesk.logs import masked

SECRET = "hannah@example.com"


def said(caplog: pytest.LogCaptureFixture) -> dict[str, object]:
    """The last record, as the desk's own handler writes it."""
    (handler,) = [handler for handler in logging.getLogger().handlers if handler.name == "stderr"]
    line = handler.format(caplog.records[-1])
    assert SECRET not in line
    return dict(json.loads(line))


def test_a_search_is_logged_without_its_words(caplog: pytest.LogCaptureFixture) -> None:
    structlog.get_logger("tests.logs").info("request_started", request=f"GET /?q={SECRET}", user_agent="x")
    line = said(caplog)
    assert line["request"] == "GET /"
    assert "user_agent" not in line


def test_an_exception_is_logged_by_class_and_place(caplog: pytest.LogCaptureFixture) -> None:
    try:
        try:
            raise ValueError(f"duplicate key (email)=({SECRET})")
        except ValueError as error:
            raise RuntimeError(SECRET) from error
    except RuntimeError:
        logging.getLogger("tests.logs").exception("it failed")
    chain = said(caplog)["exception"]
    assert isinstance(chain, list)
    assert [link["class"] for link in chain] == ["builtins.RuntimeError", "builtins.ValueError"]
    assert "test_set_up_logs.py" in chain[0]["at"][0]


RESET = "/accounts/password/reset/key/7-c9xk2p-0a1b2c3d/"


@pytest.mark.parametrize("path", [RESET, f"{RESET}?next=/", f"POST {RESET}", f"Internal Server Error: {RESET}"])
def test_a_link_that_sets_a_password_is_logged_without_what_opens_it(
    caplog: pytest.LogCaptureFixture, path: str
) -> None:
    structlog.get_logger("tests.logs").warning(path, request=path)
    line = said(caplog)
    assert "c9xk2p" not in json.dumps(line)
    assert "/accounts/password/reset/key/..." in str(line["event"])


def test_a_message_of_the_framework_names_the_path_alone(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("django.security.csrf").warning("Forbidden: %s", f"/people/?q={SECRET}")
    assert said(caplog)["event"] == "Forbidden: /people/"


def test_a_question_in_a_sentence_is_no_query() -> None:
    assert masked("ready? yes, at http://127.0.0.1:8000/?q=x") == "ready? yes, at http://127.0.0.1:8000/"


def test_a_path_of_slashes_alone_is_read_as_fast_as_any_other() -> None:
    path = "/" * 8_000
    began = time.perf_counter()
    assert masked(f"GET {path}") == f"GET {path}"
    assert masked(f"GET {path}?q={SECRET}") == f"GET {path}"
    assert time.perf_counter() - began < 0.1  # reading it once for each slash takes half a second


def test_what_gunicorn_itself_says_of_a_call_is_masked_too(caplog: pytest.LogCaptureFixture) -> None:
    logger = logging.getLogger("gunicorn.error")
    logger.propagate = True
    try:
        raise ValueError(SECRET)
    except ValueError:
        logger.exception("Error handling request %s", f"{RESET}?q={SECRET}")
    text = caplog.text
    assert "/accounts/password/reset/key/.../" in text
    assert "ValueError" in text
    assert SECRET not in text
    assert "c9xk2p" not in text


def test_a_line_that_gunicorn_writes_for_each_call_would_hold_no_path() -> None:
    assert not {"r", "U", "q", "f"} & set(re.findall(r"%\((\w)\)s", serving.access_log_format))
    assert serving.accesslog is None
