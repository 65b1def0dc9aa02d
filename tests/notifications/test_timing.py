from datetime import UTC, datetime, time, timedelta

import pytest

from foundation.notifications.timing import LONGEST_RETRY, quiet_until, retry_after


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "starts", "ends", "zone", "resumes"),
    [
        ("2026-11-18T12:00", time(9), time(17), "UTC", "2026-11-18T17:00"),
        ("2026-11-18T17:00", time(9), time(17), "UTC", None),
        ("2026-11-18T23:30", time(22), time(7), "UTC", "2026-11-19T07:00"),
        ("2026-11-18T06:59", time(22), time(7), "UTC", "2026-11-18T07:00"),
        ("2026-11-18T12:00", time(22), time(7), "UTC", None),
        ("2026-11-18T12:00", time(8), time(8), "UTC", None),
        ("2026-11-18T03:00", time(22), time(7), "America/Denver", None),
        ("2026-11-18T05:30", time(22), time(7), "America/Denver", "2026-11-18T14:00"),
    ],
    ids=["by day", "its end", "before midnight", "after midnight", "by day of a night", "none", "awake", "asleep"],
)
def test_quiet_hours_end_on_her_own_clock(now: str, starts: time, ends: time, zone: str, resumes: str | None) -> None:
    assert quiet_until(at(now), starts=starts, ends=ends, zone=zone) == (at(resumes) if resumes else None)


def test_an_end_that_the_clock_skips_is_shifted_by_the_gap() -> None:
    # Madrid, 29 March 2026: 02:00 becomes 03:00.
    resumes = quiet_until(at("2026-03-28T23:00"), starts=time(23), ends=time(2, 30), zone="Europe/Madrid")

    assert resumes == at("2026-03-29T01:30")


def test_an_end_that_comes_twice_is_its_first_occurrence_until_that_has_passed() -> None:
    # Madrid, 25 October 2026: 03:00 becomes 02:00, so 02:30 is at 00:30 and at 01:30 UTC.
    before = quiet_until(at("2026-10-24T22:00"), starts=time(23), ends=time(2, 30), zone="Europe/Madrid")
    between = quiet_until(at("2026-10-25T01:10"), starts=time(23), ends=time(2, 30), zone="Europe/Madrid")

    assert before == at("2026-10-25T00:30")
    assert between == at("2026-10-25T01:30")


def test_the_wait_before_a_retry_doubles_to_a_quarter_of_an_hour() -> None:
    assert [retry_after(n).total_seconds() for n in (1, 2, 3, 4)] == [5, 10, 20, 40]
    assert retry_after(8) == timedelta(seconds=640)
    assert retry_after(9) == retry_after(400) == LONGEST_RETRY
