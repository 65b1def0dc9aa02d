"""Codes of countries, languages and time zones, as reports carry them."""

import re
from functools import cache
from zoneinfo import available_timezones

from people.places import country_codes

_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8})*", re.ASCII)
LONGEST_LANGUAGE = 35


def is_country(code: str) -> bool:
    """Whether this is a country's code of ISO 3166-1 alpha-2, in capitals."""
    return code in country_codes()


def is_language(tag: str) -> bool:
    """Whether this has the shape of a language tag (BCP 47), such as ``en`` or ``pt-BR``."""
    return len(tag) <= LONGEST_LANGUAGE and _LANGUAGE.fullmatch(tag) is not None


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether this is a time zone of the IANA database, such as America/New_York."""
    return name in _zones()
