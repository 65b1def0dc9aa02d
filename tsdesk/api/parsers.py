"""Reading a JSON body without surprises."""

import codecs
import json
from math import isfinite
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser

DEEPEST = 20
"""Levels of nesting; the deepest body of the API has four."""


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(_("The body is larger than %(limit)s bytes.") % {"limit": limit})


class StrictJSONParser(JSONParser):
    """UTF-8 JSON of bounded size and depth.

    Refuses what readers disagree about or PostgreSQL cannot store: a key given twice, NaN and Infinity, a NUL
    character, and half of a surrogate pair.
    """

    def parse(self, stream: IO[bytes], media_type: Any = None, parser_context: Any = None) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        body = stream.read(limit + 1)
        if len(body) > limit:
            raise TooLarge(limit)
        try:
            text = codecs.decode(body, "utf-8")
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is not UTF-8.")) from error
        _check_depth(text)
        try:
            data = json.loads(text, object_pairs_hook=_no_key_twice, parse_constant=_no_constant, parse_float=_finite)
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error
        except ValueError as error:
            raise ParseError(_("The body is not valid JSON.")) from error
        _check_text(data)
        return data


def _check_depth(text: str) -> None:
    # Counted before parsing, brackets inside strings included: no real body comes near the bound times ten.
    if text.count("[") + text.count("{") <= DEEPEST:
        return
    depth, quoted, escaped = 0, False, False
    for character in text:
        if escaped:
            escaped = False
        elif quoted:
            escaped, quoted = character == "\\", character != '"'
        elif character == '"':
            quoted = True
        elif character in "[{":
            depth += 1
            if depth > DEEPEST:
                raise ParseError(_("The body is nested too deeply."))
        elif character in "]}":
            depth -= 1


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ParseError(_("A key is given twice."))
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise ParseError(_("%(name)s is not a number that JSON knows.") % {"name": name})


def _finite(digits: str) -> float:
    number = float(digits)
    if not isfinite(number):
        _no_constant(digits[:20])
    return number


def _check_text(data: Any) -> None:
    if isinstance(data, dict):
        for key, value in data.items():
            _check_text(key)
            _check_text(value)
    elif isinstance(data, list):
        for value in data:
            _check_text(value)
    elif isinstance(data, str) and any(character == "\0" or "\ud800" <= character <= "\udfff" for character in data):
        raise ParseError(_("A text holds a NUL character or half of a surrogate pair."))
