"""Numbers, times and texts of strangers: exact, bounded, or refused."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.context.errors import SourceFailed
from advisor.context.readings import LONGEST_TEXT, moment, number, rounded, short_text

NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("72", "72"),
        (72, "72"),
        (Decimal("0.00010"), "0.0001"),
        (" -1.50 ", "-1.5"),
        ("1e3", "1000"),
        ("0", "0"),
        ("123456789012345678901", "123456789012345679000"),
        ("0.1234567890123456789012", "0.123456789012345679"),
    ],
)
def test_a_number_is_kept_to_eighteen_digits(raw, value):
    assert number(raw) == Decimal(value)
    assert "E" not in f"{number(raw):f}"


@pytest.mark.parametrize(
    "raw", ["", ".", "NaN", "Infinity", "1e31", "1e-19", "1,5", None, True, [], {}, "9" * 5000, 1.5]
)
def test_what_is_no_number_is_refused(raw):
    with pytest.raises(SourceFailed) as failed:
        number(raw)

    assert failed.value.code == "not_a_number"


@given(st.integers(-(10**24), 10**24), st.integers(0, 18))
def test_rounding_stays_within_the_last_digit(digits, places):
    value = Decimal(digits).scaleb(-places)

    kept = rounded(value)

    assert abs(kept - value) <= abs(value) * Decimal("1e-17")
    assert len(f"{kept:f}") < 60


@pytest.mark.parametrize(
    "raw",
    [
        1704067200,
        "1704067200",
        Decimal("1704067200.0"),
        1704067200000,
        "1704067200000000",
        "2024-01-01",
        "2024-01-01T00:00:00Z",
        "2024-01-01T00:00:00.000000000Z",
        "2024-01-01T08:00:00+08:00",
        "2024-01-01T00:00:00",
    ],
)
def test_a_time_is_read_in_each_of_its_spellings(raw):
    assert moment(raw) == NEW_YEAR
    assert moment(raw).tzinfo is UTC


@pytest.mark.parametrize("raw", ["yesterday", "", None, "2024-13-01", True, [1], "0001-01-01T00:00:00+14:00"])
def test_what_is_no_time_is_refused(raw):
    with pytest.raises(SourceFailed):
        moment(raw)


@given(st.text(max_size=2000))
def test_a_text_is_one_bounded_line(text):
    short = short_text(text)

    assert len(short) <= LONGEST_TEXT
    assert "\n" not in short
    assert "\x00" not in short
