"""Countries, languages and time zones: their codes from the time zone database (tzdata), their names from CLDR (Babel)."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from babel import Locale
from django.conf import settings
from django.utils.translation import get_language


def _rows(table: str) -> Iterator[list[str]]:
    text = (files("tzdata") / "zoneinfo" / table).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def country_codes() -> frozenset[str]:
    """Every code of ISO 3166-1 alpha-2 that stands for a country or territory."""
    return frozenset(code for code, *_rest in _rows("iso3166.tab"))


def countries() -> dict[str, str]:
    """What countries are called in the reader's language, by code, in the order of the names."""
    return _countries(_reading())


def country_name(code: str) -> str:
    """What a country is called in the reader's language; the code itself where none has a name."""
    return countries().get(code, code)


@lru_cache(maxsize=1)
def zones() -> dict[str, tuple[str, ...]]:
    """The time zones of each country, by its code, the most populous first."""
    found: dict[str, list[str]] = {}
    for code, _where, zone, *_comment in _rows("zone.tab"):
        found.setdefault(code, []).append(zone)
    return {code: tuple(of_country) for code, of_country in found.items()}


def language_name(tag: str) -> str:
    """What a language is called in the reader's own, by its BCP 47 tag; the tag itself where it has no name.

    A script or region that makes another language of it is named with it: ``pt-BR`` is Brazilian Portuguese.
    """
    named = Locale.parse(_reading()).languages
    language, _hyphen, rest = tag.partition("-")
    language = language.lower()
    # CLDR writes a script with a capital (zh_Hant) and a region in capitals (pt_BR).
    written = (f"{language}_{rest.title()}", f"{language}_{rest.upper()}", language)
    return str(next((named[spelling] for spelling in written if spelling in named), tag))


def zone_of(country: str, time_zone: str) -> str:
    """Where somebody's clock stands: her own time zone, else her country's when it has but one, else unknown."""
    if time_zone:
        return time_zone
    of_country = zones().get(country, ())
    return of_country[0] if len(of_country) == 1 else ""


def _reading() -> str:
    """The language that the page is read in; only one of ours, so that what is kept stays small."""
    language = (get_language() or "").split("-")[0]
    return language if language in dict(settings.LANGUAGES) else "en"


@lru_cache(maxsize=8)
def _countries(language: str) -> dict[str, str]:
    named = Locale.parse(language).territories
    known = {code: str(named.get(code, code)) for code in country_codes()}
    return dict(sorted(known.items(), key=lambda pair: by_letter(pair[1])))


def by_letter(name: str) -> str:
    """A key that sorts names as people look for them: É and Å stand with E and A."""
    letters = unicodedata.normalize("NFD", name)
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold()
