"""Codes of countries, languages and time zones, as reports carry them."""

import re
from functools import cache
from zoneinfo import available_timezones

from babel import Locale

from people.places import country_codes

_LANGUAGE = re.compile(
    r"(?P<language>[a-z]{2,3})(?:-[a-z]{3}){0,3}(?:-[a-z]{4})?(?:-(?P<region>[a-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})+)*(?:-x(?:-[a-z0-9]{1,8})+)?",
    re.ASCII | re.IGNORECASE,
)
"""The `langtag` of RFC 5646: language, script, region, variants, extensions, private use."""
LONGEST_LANGUAGE = 35


def is_country(code: str) -> bool:
    """Whether this is a country's code of ISO 3166-1 alpha-2, in capitals."""
    return code in country_codes()


def is_language(tag: str) -> bool:
    """Whether this is a language tag (BCP 47) of a language and a region that CLDR names, such as ``en`` or ``pt-BR``."""
    found = _LANGUAGE.fullmatch(tag) if len(tag) <= LONGEST_LANGUAGE else None
    if found is None or found["language"].lower() not in _named().languages:
        return False
    return found["region"] is None or found["region"].upper() in _named().territories


@cache
def _named() -> Locale:
    return Locale("en")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def is_zone(name: str) -> bool:
    """Whether this is a time zone of the IANA database, such as America/New_York."""
    return name in _zones()
