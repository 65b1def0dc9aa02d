"""Public holidays of a country, year by year, from the ``holidays`` library.

The library is loaded on first use only: most calendars list their own closed days and never need it.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache


def is_known_region(country: str, subdivision: str | None) -> bool:
    """Whether the library knows this ISO 3166-1 alpha-2 country and, if given, this part of it."""
    # The library also answers to three-letter codes and to stock exchanges; one spelling is enough for a calendar.
    if len(country) != 2 or not country.isascii() or not country.isupper():
        return False
    try:
        public_holidays(country, subdivision, 2026)
    except NotImplementedError:
        return False
    return True


@lru_cache(maxsize=1024)
def public_holidays(country: str, subdivision: str | None, year: int) -> frozenset[date]:
    """The local dates in ``year`` that are public holidays there, days observed in lieu included.

    Raises NotImplementedError for a region the library does not know.
    """
    import holidays

    # New Year's Day on a Saturday is observed in December of the year before, so the neighbours are asked as well.
    known = holidays.country_holidays(country, subdiv=subdivision, years=(year - 1, year, year + 1), expand=False)
    return frozenset(day for day in known if day.year == year)


@lru_cache(maxsize=1)
def known_regions() -> dict[str, tuple[str, ...]]:
    """Every country whose public holidays are known, with the codes of those of its parts that differ."""
    import holidays

    known = holidays.list_supported_countries(include_aliases=False)
    return {country: tuple(parts) for country, parts in sorted(known.items())}
