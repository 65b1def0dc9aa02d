"""How durations, money, sizes, names and times are written. Pure: the instant and the zone come in."""

from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import lru_cache

from django.utils import formats
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from foundation.money import decimals
from tsdesk.screen.keeping import by_language

MINUS = "\u2212"

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR


@by_language
def units() -> tuple[str, str, str, str]:
    """The letters for day, hour, minute and second, in that order."""
    # Translators: the short signs for day, hour, minute and second, with single spaces between.
    day, hour, minute, second = _("d h m s").split()
    return day, hour, minute, second


def duration(seconds: float) -> str:
    """At most two units, rounded towards zero: 45s, 24m, 1h 05m, 12h, 2d 4h, 3d. Late has a minus sign.

    static/js/clocks.js writes the same, so that a chip does not change its words when the page wakes up.
    """
    whole = int(abs(seconds))
    day, hour, minute, second = units()
    days, rest = divmod(whole, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    if days >= 10 or (days and not hours):
        text = f"{days}{day}"
    elif days:
        text = f"{days}{day} {hours}{hour}"
    elif hours:
        text = f"{hours}{hour} {minutes:02}{minute}" if minutes and hours < 10 else f"{hours}{hour}"
    elif minutes:
        text = f"{minutes}{minute}"
    else:
        text = f"{rest}{second}"
    return f"{MINUS}{text}" if seconds < 0 and whole else text


def coarse(seconds: float) -> str:
    """One unit only, for narrow columns: 6m, 1h, 3d."""
    whole = int(abs(seconds))
    for size, sign in zip((DAY, HOUR, MINUTE), units(), strict=False):
        if whole >= size:
            return f"{whole // size}{sign}"
    return f"0{units()[2]}"


def money(minor: int, currency: str) -> str:
    """An amount given in minor units, in the reader's separators: 2,146.39 USD."""
    return f"{amount(minor, currency)} {currency}"


def amount(minor: int, currency: str) -> str:
    """As money(), without the currency: for columns that name it in their head."""
    places = decimals(currency)
    value = Decimal(abs(minor)).scaleb(-places)
    text = str(formats.number_format(value, decimal_pos=places, use_l10n=True, force_grouping=True))
    return f"{MINUS}{text}" if minor < 0 else text


def file_size(octets: int) -> str:
    """Decimal units, as storage is sold: 214 kB, 3.1 MB."""
    if octets < 1000:
        return f"{octets} B"
    size = float(octets)
    for unit in ("kB", "MB", "GB", "TB"):
        size /= 1000
        if size < 999.5 or unit == "TB":
            break
    places = 0 if size >= 10 or unit == "kB" else 1
    return f"{formats.number_format(round(size, places), decimal_pos=places, use_l10n=True)} {unit}"


def initials(name: str) -> str:
    """Two letters for a disc: of the first and the last word, or the first two of a single one."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    return (words[0][0] + words[-1][0] if len(words) > 1 else words[0][:2]).upper()


@by_language
def _patterns() -> tuple[str, str, str]:
    """How a moment of this year is written, one of an earlier year, and one in full."""
    return _("j M, H:i"), _("j M Y"), _("D j M Y, H:i")


def moment(instant: datetime, *, now: datetime, zone: tzinfo) -> str:
    """Today 13:21, this year 20 Nov, 13:21, earlier 20 Nov 2025."""
    local, today = instant.astimezone(zone), now.astimezone(zone)
    if local.date() == today.date():
        return f"{local:%H:%M}"
    this_year, earlier, _full = _patterns()
    return _written(local, this_year if local.year == today.year else earlier)


def full_moment(instant: datetime, *, zone: tzinfo) -> str:
    """Everything: Fri 20 Nov 2026, 13:21 Denver."""
    return f"{_written(instant.astimezone(zone), _patterns()[2])} {place(zone)}".rstrip()


def _written(local: datetime, pattern: str) -> str:
    """As Django writes it. A page tells many times of few days, so each day is written once and kept."""
    return _dated(get_language(), pattern, local.date()).replace("\0", f"{local:%H:%M}")


@lru_cache(maxsize=1_024)
def _dated(language: str | None, pattern: str, day: date) -> str:
    """A day by a pattern, with a zero octet where its time goes."""
    return formats.date_format(day, pattern.replace("H:i", "\0"))


def place(zone: tzinfo) -> str:
    """What people call a time zone: the city in its name."""
    name = getattr(zone, "key", "") or str(zone)
    return str(name).rsplit("/", 1)[-1].replace("_", " ")


def ago(instant: datetime, *, now: datetime) -> str:
    """35 min ago, 2 h ago, 3 days ago; in 5 min when it lies ahead."""
    seconds = (now - instant).total_seconds()
    whole = int(abs(seconds))
    if whole < MINUTE:
        return _("now")
    if whole < HOUR:
        span = ngettext("%(n)d min", "%(n)d min", whole // MINUTE) % {"n": whole // MINUTE}
    elif whole < DAY:
        span = ngettext("%(n)d h", "%(n)d h", whole // HOUR) % {"n": whole // HOUR}
    else:
        span = ngettext("%(n)d day", "%(n)d days", whole // DAY) % {"n": whole // DAY}
    return (_("%(span)s ago") if seconds > 0 else _("in %(span)s")) % {"span": span}
