"""How durations, money, sizes, names and times are written."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from django.utils.formats import date_format

from tsdesk.screen import format as write

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DENVER = ZoneInfo("America/Denver")


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (59.9, "59s"),
        (60, "1m"),
        (24 * 60 + 59, "24m"),
        (3600, "1h"),
        (3600 + 5 * 60, "1h 05m"),
        (9 * 3600 + 59 * 60, "9h 59m"),
        (12 * 3600 + 50 * 60, "12h"),
        (24 * 3600, "1d"),
        (2 * 86400 + 4 * 3600 + 59 * 60, "2d 4h"),
        (10 * 86400 + 23 * 3600, "10d"),
    ],
)
def test_a_duration_has_at_most_two_units(seconds, text):
    assert write.duration(seconds) == text


def test_a_late_duration_has_a_real_minus_sign():
    assert write.duration(-72 * 60) == "\u22121h 12m"


def test_less_than_a_second_late_is_not_late():
    assert write.duration(-0.4) == "0s"


@pytest.mark.parametrize(("seconds", "text"), [(20, "0m"), (360, "6m"), (7199, "1h"), (3 * 86400 + 5, "3d")])
def test_a_narrow_column_gets_one_unit(seconds, text):
    assert write.coarse(seconds) == text


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (214639, "USD", "2,146.39 USD"),
        (5, "EUR", "0.05 EUR"),
        (-19500, "USD", "\u2212195.00 USD"),
        (12000, "JPY", "12,000 JPY"),
        (1234567, "KWD", "1,234.567 KWD"),
    ],
)
def test_money_has_the_decimals_of_its_currency(minor, currency, text):
    assert write.money(minor, currency) == text


def test_money_has_the_separators_of_the_reader():
    with translation.override("pt"):
        assert write.money(214639, "EUR") == "2.146,39 EUR"


@pytest.mark.parametrize(
    ("octets", "text"),
    [(0, "0 B"), (999, "999 B"), (214_000, "214 kB"), (3_140_000, "3.1 MB"), (5_000_000_000, "5.0 GB")],
)
def test_a_size_is_in_decimal_units(octets, text):
    assert write.file_size(octets) == text


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Maya Osei", "MO"),
        ("Sun-hee Kang", "SK"),
        ("Cher", "CH"),
        ("", "?"),
        ("\u2014 Ana", "AN"),
        ("Émile Zola", "ÉZ"),
    ],
)
def test_initials_are_of_the_first_and_the_last_word(name, text):
    assert write.initials(name) == text


def test_a_time_today_is_only_the_time_in_the_readers_zone():
    assert write.moment(NOON, now=NOON, zone=DENVER) == "05:00"


def test_a_time_on_another_day_names_the_day():
    assert write.moment(NOON - timedelta(days=2), now=NOON, zone=DENVER) == "18 Nov, 05:00"


def test_today_is_the_readers_today():
    just_after_midnight_in_utc = datetime(2026, 11, 20, 0, 30, tzinfo=UTC)
    assert write.moment(just_after_midnight_in_utc, now=NOON, zone=DENVER) == "19 Nov, 17:30"


def test_a_time_in_another_year_names_the_year():
    assert write.moment(NOON - timedelta(days=400), now=NOON, zone=UTC) == "16 Oct 2025"


def test_a_full_time_names_its_place():
    assert write.full_moment(NOON, zone=DENVER) == "Fri 20 Nov 2026, 05:00 Denver"


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=20), "now"),
        (timedelta(minutes=35), "35 min ago"),
        (timedelta(hours=2), "2 h ago"),
        (timedelta(days=1), "1 day ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(minutes=-5), "in 5 min"),
    ],
)
def test_how_long_ago(before, text):
    assert write.ago(NOON - before, now=NOON) == text


@pytest.mark.parametrize("language", ["en", "es", "pt"])
def test_a_moment_is_written_as_django_writes_it(language):
    with translation.override(language):
        for hours in range(0, 24 * 400, 37):
            instant = NOON - timedelta(hours=hours)
            local = instant.astimezone(DENVER)
            assert write.full_moment(instant, zone=DENVER) == f"{date_format(local, 'D j M Y, H:i')} Denver"
            shorter = "H:i" if local.date() == NOON.astimezone(DENVER).date() else "j M, H:i"
            expected = date_format(local, shorter if local.year == 2026 else "j M Y")
            assert write.moment(instant, now=NOON, zone=DENVER) == expected
