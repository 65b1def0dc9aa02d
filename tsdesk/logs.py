"""Logs: one JSON object a line on stderr, with codes, ids and durations, never a body or a person's data.

What a person typed may stand in a query string, in an exception's text (a database error quotes the row) and in the
arguments of a log call by a library. The first two are cut here; the third is kept out by level.
"""

import logging
import logging.config
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

EventDict = MutableMapping[str, Any]

_QUERY = re.compile(r"(/[^\s?/]*)\?\S*")
"""A path's end and its query. It begins at the last slash, so that a path of many slashes is read once, not once a slash."""

_SECRET = re.compile(r"(/accounts/password/reset/key/)[^\s/]+")
"""What opens an account stands in the path itself."""


def configure(settings: dict[str, Any]) -> None:
    """Set up logging for this process; Django calls it with the LOGGING setting."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {
                "json": {
                    "()": structlog.stdlib.ProcessorFormatter,
                    "foreign_pre_chain": shared,
                    "processors": [
                        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                        without_query,
                        without_exception_text,
                        structlog.processors.JSONRenderer(sort_keys=True),
                    ],
                }
            },
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
            "root": {"handlers": ["stderr"], "level": settings["level"]},
            "loggers": {
                "axes": {"level": "ERROR"},
                # Each sweep is a task every few seconds: its start and end say nothing, its failure is an error.
                "celery.app.trace": {"level": "WARNING"},
                "celery.beat": {"level": "WARNING"},
                "celery.worker.strategy": {"level": "WARNING"},
                "django.request": {"level": "ERROR"},
            },
        }
    )


def masked(text: str) -> str:
    """The text with its paths cut before the query, and without what opens an account."""
    return _SECRET.sub(r"\1...", _QUERY.sub(r"\1", text))


def without_query(logger: Any, method: str, event: EventDict) -> EventDict:
    """A search for a person's name is in the query string, so the path alone is kept; of the browser, nothing."""
    event.pop("user_agent", None)
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = masked(value)
    return event


class WithoutQueries(logging.Filter):
    """The same for a logger with a handler of its own, such as gunicorn's: it names the path that it failed on."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = masked(record.getMessage()), ()
        if record.exc_info:
            places = without_exception_text(None, "", {"exc_info": record.exc_info})["exception"]
            record.msg, record.exc_info, record.exc_text = f"{record.msg} {places}", None, None
        return True


def without_exception_text(logger: Any, method: str, event: EventDict) -> EventDict:
    """Replace a traceback by its classes and places: the texts of exceptions quote what people typed."""
    raised = event.pop("exc_info", None)
    event.pop("exc_text", None)
    event.pop("stack_info", None)
    if isinstance(raised, tuple):
        raised = raised[1]
    if not isinstance(raised, BaseException):
        return event
    chain: list[dict[str, Any]] = []
    seen: BaseException | None = raised
    while seen is not None and len(chain) < 5:
        chain.append({"class": f"{type(seen).__module__}.{type(seen).__qualname__}", "at": _places(seen)})
        seen = seen.__cause__ or seen.__context__
    event["exception"] = chain
    return event


def _places(error: BaseException) -> list[str]:
    places, trace = [], error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-12:]
