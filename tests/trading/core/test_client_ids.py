"""Client order ids."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trading.core.client_ids import MAX_LENGTH, ClientOrderId, is_ours, parse

VENUE_PATTERN = re.compile(r"^[\.A-Z\:/a-z0-9_-]{1,36}$")
ids = st.builds(
    ClientOrderId,
    nonce=st.text("0123456789abcdef", min_size=6, max_size=6),
    position_id=st.integers(1, 10**12),
    purpose=st.sampled_from(["entry", "stop", "inner_stop", "take_profit", "close"]),
    attempt=st.integers(1, 999),
)


@given(ids)
def test_an_id_is_read_back_as_it_was_written_and_fits_the_venue(client_id: ClientOrderId) -> None:
    text = str(client_id)

    assert parse(text) == client_id
    assert VENUE_PATTERN.fullmatch(text)
    assert len(text) <= MAX_LENGTH


def test_an_id_tells_position_purpose_and_attempt() -> None:
    assert str(ClientOrderId("a1b2c3", 42, "stop", 2)) == "dla1b2c3-42-s2"


@pytest.mark.parametrize(
    "foreign", ["", "web_xyz", "x-cvBPrNm9abc", "dl-42-s1", "dla1b2c3-42-x1", "autoclose-1", "dla1b2c3-42-s1 "]
)
def test_foreign_ids_are_not_ours(foreign: str) -> None:
    assert parse(foreign) is None
    assert not is_ours(foreign, nonce="a1b2c3")


def test_another_installation_is_not_this_one() -> None:
    other = str(ClientOrderId("ffffff", 42, "stop", 1))

    assert parse(other) is not None
    assert not is_ours(other, nonce="a1b2c3")
    assert is_ours(other, nonce="ffffff")


def test_an_id_too_long_for_the_venue_is_never_made() -> None:
    with pytest.raises(ValueError, match="longer than 36"):
        str(ClientOrderId("a1b2c3", 10**30, "stop", 1))
