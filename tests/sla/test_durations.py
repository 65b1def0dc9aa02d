"""Business time as people write it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.sla.durations import LONGEST, read_duration, write_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15 min", 900),
        ("15m", 900),
        ("1 h", 3_600),
        ("1 h 30 min", 5_400),
        ("1,5 h", 5_400),
        ("1.5H", 5_400),
        ("3 d", 259_200),
        ("2w", 1_209_600),
        ("45 s", 45),
        (" 1d 2h ", 93_600),
    ],
)
def test_what_people_write_is_read(text: str, seconds: int) -> None:
    assert read_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["soon", "15", "h", "15 parsecs", "-1 h", "1 h -30 min", "0 min", "401 d", "", "１５ min\x00"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"time"):
        read_duration(text)


@pytest.mark.parametrize(
    ("seconds", "text"), [(900, "15 min"), (3_600, "1 h"), (5_400, "1 h 30 min"), (86_400, "1 d"), (61, "1 min 1 s")]
)
def test_it_is_written_in_the_fewest_units(seconds: int, text: str) -> None:
    assert write_duration(seconds) == text


@given(st.integers(min_value=1, max_value=LONGEST))
def test_what_is_written_reads_the_same(seconds: int) -> None:
    assert read_duration(write_duration(seconds)) == seconds
