"""What others push: only what was signed with the secret, a moment ago, and says something."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.context.errors import SourceFailed
from advisor.context.pushed import TOLERANCE, is_genuine, pushed_readings, signature
from tests.advisor.context.samples import NOW

SECRET = "a secret of the sender's and ours"
BODY = b'{"readings": []}'
AT = str(int(NOW.timestamp()))


def genuine(**changes) -> bool:
    given_ = {"timestamp": AT, "signed": signature(SECRET, AT, BODY), "body": BODY, "now": NOW} | changes
    return is_genuine(given_.pop("secret", SECRET), **given_)


def body(*rows) -> bytes:
    return json.dumps({"readings": list(rows)}).encode()


def failure(raw: bytes) -> SourceFailed:
    with pytest.raises(SourceFailed) as failed:
        pushed_readings(raw, read_at=NOW)
    return failed.value


def test_the_signature_is_of_time_and_body_together():
    known = "b0c2c5e288833b007355aa343b97fd4bb8f9825725b0961e7aaa0f867a720061"  # by openssl dgst -sha256 -hmac secret

    assert signature("secret", "1772366400", b"{}") == known


def test_a_genuine_call_is_known_by_it():
    assert genuine()
    assert genuine(signed=signature(SECRET, AT, BODY).upper() + "\n")


@pytest.mark.parametrize(
    "changes",
    [
        {"secret": ""},
        {"secret": "another"},
        {"body": BODY + b" "},
        {"signed": ""},
        {"signed": "0" * 64},
        {"signed": "ñ" * 64},
        {"timestamp": ""},
        {"timestamp": "-" + AT},
        {"timestamp": AT + ".0"},
        {"timestamp": "9" * 400},
        {"timestamp": "١٧٧"},
        {"timestamp": str(int(AT) + 1)},
        {"now": NOW + TOLERANCE + timedelta(seconds=1)},
        {"now": NOW - TOLERANCE - timedelta(seconds=1)},
    ],
)
def test_anything_else_is_not_genuine(changes):
    assert not genuine(**changes)


def test_readings_with_and_without_their_own_time():
    found = pushed_readings(
        body(
            {"name": "whale", "symbol": "BTCUSDT", "value": "1250.5", "unit": "BTC", "text": "to an\nexchange"},
            {"name": "mood", "text": "calm", "time": "2026-03-01T10:00:00Z"},
        ),
        read_at=NOW,
    )

    assert (found[0].symbol, found[0].value, found[0].unit) == ("BTCUSDT", Decimal("1250.5"), "BTC")
    assert (found[0].text, found[0].as_of) == ("to an exchange", NOW)
    assert (found[1].symbol, found[1].value) == ("", None)
    assert found[1].as_of == datetime(2026, 3, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "unreadable"),
        (b"[]", "unreadable"),
        (body(), "unreadable"),
        (body(*({"name": "a", "value": 1} for _ in range(21))), "unreadable"),
        (body({"name": "A b", "value": 1}), "unreadable"),
        (body({"name": "a", "value": 1, "side": "LONG"}), "unreadable"),
        (body({"name": "a", "text": ["x"]}), "unreadable"),
        (body({"name": "a", "symbol": "btc/usdt", "value": 1}), "unreadable"),
        (body({"name": "a"}), "nothing_there"),
        (body({"name": "a", "value": "many"}), "not_a_number"),
        (body({"name": "a", "value": 1, "time": "soon"}), "no_time"),
    ],
)
def test_a_call_without_sense_is_told_by_its_kind(raw, code):
    assert failure(raw).code == code


@given(st.binary(max_size=200))
def test_whatever_is_pushed_it_is_readings_or_one_kind_of_error(raw):
    try:
        pushed_readings(raw, read_at=NOW)
    except SourceFailed:
        return
