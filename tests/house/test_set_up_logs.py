"""Logs hold codes and ids, never what a person typed."""

import json
import logging

import pytest
import structlog

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
