"""Countries and their time zones, from the tables that come with the time zone database (tzdata)."""

from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

from django.utils.translation import get_language_info


def _rows(table: str) -> Iterator[list[str]]:
    text = (files("tzdata") / "zoneinfo" / table).read_text(encoding="utf-8")
    return (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))


@lru_cache(maxsize=1)
def countries() -> dict[str, str]:
    """English short names by ISO 3166-1 alpha-2 code, in the order of the names."""
    named = {code: name for code, name, *_rest in _rows("iso3166.tab")}
    return dict(sorted(named.items(), key=lambda pair: pair[1]))


@lru_cache(maxsize=1)
def zones() -> dict[str, tuple[str, ...]]:
    """The time zones of each country, by its code, the most populous first."""
    found: dict[str, list[str]] = {}
    for code, _where, zone, *_comment in _rows("zone.tab"):
        found.setdefault(code, []).append(zone)
    return {code: tuple(of_country) for code, of_country in found.items()}


def country_name(code: str) -> str:
    return countries().get(code, code)


def language_name(tag: str) -> str:
    """What a language is called in the reader's own, by its BCP 47 tag; the tag itself where we have no name."""
    try:
        return str(get_language_info(tag.lower())["name_translated"])
    except KeyError:
        return tag


def zone_of(country: str, time_zone: str) -> str:
    """Where somebody's clock stands: her own time zone, else her country's when it has but one, else unknown."""
    if time_zone:
        return time_zone
    of_country = zones().get(country, ())
    return of_country[0] if len(of_country) == 1 else ""
