"""Contact points have one spelling, and reading it again changes nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people import normal

COUNTRIES = st.sampled_from(["", "US", "ES", "GB", "BR", "FR", "IT", "ZZ"])


@pytest.mark.parametrize(
    ("written", "country", "stored"),
    [
        ("+1 (303) 555-0142", "", "+13035550142"),
        ("303.555.0142", "US", "+13035550142"),
        ("1-303-555-0142 ext. 7", "US", "+13035550142"),
        ("612 34 56 78", "ES", "+34612345678"),
        ("0034 612 345 678", "US", "+34612345678"),
        ("+34 612 34 56 78", "US", "+34612345678"),
        ("06 12 34 56 78", "FR", "+33612345678"),
        ("06 1234 5678", "IT", "+390612345678"),
        ("(11) 96123-4567", "br", "+5511961234567"),
        ("\u0663\u0660\u0663 \u0665\u0665\u0665 \u0660\u0661\u0664\u0662", "US", "+13035550142"),
    ],
)
def test_a_phone_is_stored_as_e164_whatever_its_spelling(written: str, country: str, stored: str) -> None:
    assert normal.phone(written, country) == stored


@pytest.mark.parametrize(
    ("written", "country", "why"),
    [
        ("303 555 0142", "", "country code"),
        ("303 555", "US", "too few"),
        ("303 555 0142 0142 01", "US", "too many"),
        ("call me", "US", "cannot be read"),
        ("", "US", "cannot be read"),
        ("+999 123 456 789", "", "country code"),
        ("1" * 500, "US", "too long"),
        ("\x00\ud800", "US", "cannot be read"),
    ],
)
def test_a_phone_that_cannot_be_read_says_why(written: str, country: str, why: str) -> None:
    with pytest.raises(normal.NotReadable, match=why):
        normal.phone(written, country)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("  Hannah.W@Example.COM ", "hannah.w@example.com"),
        ("zoë@bücher.example", "zoë@xn--bcher-kva.example"),
        ("a+b@sub.example.co", "a+b@sub.example.co"),
        ("Zoe\u0308@example.com", "zoë@example.com"),
    ],
)
def test_an_email_is_lower_case_with_an_ascii_domain(written: str, stored: str) -> None:
    assert normal.email(written) == stored


UNREADABLE_EMAILS = (
    "",
    "hannah",
    "@example.com",
    "a b@example.com",
    "a@example",
    "a@-x.com",
    "a@x..com",
    ".a@x.com",
    "?a@x.com",
    "a@b@c.d",
    f"{'a' * 65}@x.com",
)


@pytest.mark.parametrize("written", UNREADABLE_EMAILS)
def test_an_email_that_cannot_be_read_is_refused(written: str) -> None:
    with pytest.raises(normal.NotReadable):
        normal.email(written)


@given(st.from_regex(r"\+?[0-9 ().\-/]{4,20}", fullmatch=True), COUNTRIES, COUNTRIES)
def test_reading_a_stored_phone_again_changes_nothing_in_any_country(written: str, country: str, other: str) -> None:
    try:
        stored = normal.phone(written, country)
    except normal.NotReadable:
        return
    assert normal.phone(stored, other) == stored
    assert normal.is_readable(stored)


@given(st.one_of(st.emails(), st.text(max_size=40).map(lambda text: f"{text}@Example.com"), st.text(max_size=60)))
def test_reading_a_stored_email_again_changes_nothing(written: str) -> None:
    try:
        stored = normal.email(written)
    except normal.NotReadable:
        return
    assert normal.email(stored) == stored
    assert normal.is_readable(stored)


@given(st.text(max_size=80))
def test_reading_a_stored_handle_again_changes_nothing(written: str) -> None:
    try:
        stored = normal.handle(written)
    except normal.NotReadable:
        return
    assert normal.handle(stored) == stored
    assert normal.is_readable(stored)


@given(st.text(max_size=80))
def test_cleaned_text_is_one_line_that_stays_as_it_is(written: str) -> None:
    kept = normal.text(written)
    assert normal.text(kept) == kept
    assert not set(kept) & set("\x00\n\r\t")
    kept.encode()


@given(st.text(max_size=400))
def test_what_is_kept_as_written_never_looks_like_something_read(written: str) -> None:
    stored = normal.as_written(written)
    assert normal.as_written(stored) == stored
    assert not normal.is_readable(stored)
    assert len(stored) <= 320


@pytest.mark.parametrize("mark", ["\u202a", "\u202e", "\u2066", "\u2069"])
def test_a_name_turns_no_words_around_it(mark: str) -> None:
    assert normal.text(f"Ana {mark}etrauD") == "Ana etrauD"
    assert normal.text("\u0645\u0631\u06cc\u0645\u200c") == "\u0645\u0631\u06cc\u0645\u200c"
