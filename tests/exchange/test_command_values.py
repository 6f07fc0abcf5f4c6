"""Words of a command line: what is taken, and the sentence for what is not."""

from argparse import ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.command_values import (
    moment,
    moment_ms,
    number_from_zero,
    positive_count,
    positive_number,
    whole_count,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-11-23T16:55Z", datetime(2024, 11, 23, 16, 55, tzinfo=UTC)),
        ("2024-11-23T16:55", datetime(2024, 11, 23, 16, 55, tzinfo=UTC)),
        ("2024-11-24T00:55+08:00", datetime(2024, 11, 23, 16, 55, tzinfo=UTC)),
        ("2024-11-23", datetime(2024, 11, 23, tzinfo=UTC)),
    ],
)
def test_a_moment_is_aware_and_in_utc(text: str, expected: datetime) -> None:
    assert moment(text) == expected
    assert moment(text).utcoffset() == timedelta(0)
    assert moment_ms(text) == int(expected.timestamp() * 1000)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.just(timezone(timedelta(hours=-5)))))  # noqa: DTZ001
def test_any_aware_time_survives_its_writing(when: datetime) -> None:
    assert moment(when.isoformat()) == when


@pytest.mark.parametrize(
    ("read", "text", "expected"),
    [
        (number_from_zero, "0", Decimal(0)),
        (number_from_zero, "0.25", Decimal("0.25")),
        (positive_number, "1e3", Decimal(1000)),
        (positive_count, "1", 1),
        (whole_count, "0", 0),
    ],
)
def test_numbers_are_read_exactly(read: Callable[[str], Any], text: str, expected: Any) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("read", "text", "sentence"),
    [
        (moment, "tomorrow", "'tomorrow' is no time; write it like 2024-11-23T17:00"),
        (moment_ms, "25:00", "'25:00' is no time; write it like 2024-11-23T17:00"),
        (number_from_zero, "-0.1", "-0.1 must not be below 0"),
        (number_from_zero, "NaN", "NaN must not be below 0"),
        (number_from_zero, "Infinity", "Infinity must not be below 0"),
        (number_from_zero, "ten", "'ten' is no number"),
        (number_from_zero, "1e16", "1e16 is no number that anything here can have"),
        (positive_number, "0", "0 must be above 0"),
        (positive_number, "1e-20", "1e-20 is no number that anything here can have"),
        (positive_count, "0", "'0' must be a whole number from 1 on"),
        (positive_count, "1.5", "'1.5' must be a whole number from 1 on"),
        (whole_count, "-1", "'-1' must be a whole number from 0 on"),
    ],
)
def test_what_is_not_taken_is_answered_with_a_sentence(read: Callable[[str], Any], text: str, sentence: str) -> None:
    with pytest.raises(ArgumentTypeError) as refused:
        read(text)
    assert str(refused.value) == sentence
