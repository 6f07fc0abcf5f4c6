from datetime import UTC, datetime, timedelta

import httpx2
import pytest

from exchange.binance.errors_map import Refusal, exchange_error, refusal_in
from exchange.errors import (
    BadCredentials,
    ExchangeUnavailable,
    NotSent,
    OrderRefused,
    OutcomeUnknown,
    RateLimited,
)

NOW = datetime(2026, 9, 30, 12, 0, 5, tzinfo=UTC)

# cause of the failure, error of a write, error of a read
TABLE = [
    (httpx2.ConnectError("refused"), NotSent, ExchangeUnavailable),
    (httpx2.ConnectTimeout(""), NotSent, ExchangeUnavailable),
    (httpx2.PoolTimeout(""), NotSent, ExchangeUnavailable),
    (httpx2.ProxyError("407"), NotSent, ExchangeUnavailable),
    (httpx2.ReadTimeout(""), OutcomeUnknown, ExchangeUnavailable),
    (httpx2.WriteTimeout(""), OutcomeUnknown, ExchangeUnavailable),
    (httpx2.ReadError("reset"), OutcomeUnknown, ExchangeUnavailable),
    (httpx2.WriteError("reset"), OutcomeUnknown, ExchangeUnavailable),
    (httpx2.RemoteProtocolError("closed"), OutcomeUnknown, ExchangeUnavailable),
    (httpx2.DecodingError("gzip"), OutcomeUnknown, ExchangeUnavailable),
    ((503, None, "Unknown error, please check your request or try again later."), OutcomeUnknown, ExchangeUnavailable),
    ((503, None, "Service Unavailable."), OutcomeUnknown, ExchangeUnavailable),
    ((503, -1001, "Internal error"), OutcomeUnknown, ExchangeUnavailable),
    ((503, -1008, "throttled"), OutcomeUnknown, ExchangeUnavailable),
    ((502, None, "<html>Bad Gateway</html>"), OutcomeUnknown, ExchangeUnavailable),
    ((408, -1007, "Timeout waiting for response"), OutcomeUnknown, ExchangeUnavailable),
    ((408, None, ""), OutcomeUnknown, ExchangeUnavailable),
    ((400, -1000, "UNKNOWN"), OutcomeUnknown, ExchangeUnavailable),
    ((400, -1006, "UNEXPECTED_RESP"), OutcomeUnknown, ExchangeUnavailable),
    ((400, -1007, "TIMEOUT"), OutcomeUnknown, ExchangeUnavailable),
    ((400, -1016, "shutting down"), OutcomeUnknown, ExchangeUnavailable),
    ((429, -1003, "Too many requests"), RateLimited, RateLimited),
    ((418, -1003, "banned"), RateLimited, RateLimited),
    ((429, -1015, "Too many new orders"), RateLimited, RateLimited),
    ((400, -1015, "Too many new orders"), RateLimited, RateLimited),
    ((429, None, ""), RateLimited, RateLimited),
    ((403, None, "<html>firewall</html>"), RateLimited, RateLimited),
    ((401, -1002, "UNAUTHORIZED"), BadCredentials, BadCredentials),
    ((400, -1022, "Signature"), BadCredentials, BadCredentials),
    ((401, -2014, "API-key format invalid."), BadCredentials, BadCredentials),
    ((401, -2015, "Invalid API-key, IP, or permissions for action."), BadCredentials, BadCredentials),
    ((400, -2017, "locked"), BadCredentials, BadCredentials),
    ((401, None, ""), BadCredentials, BadCredentials),
    ((400, -1021, "outside of the recvWindow"), OrderRefused, OrderRefused),
    ((400, -2011, "Unknown order sent."), OrderRefused, OrderRefused),
    ((400, -2019, "Margin is insufficient."), OrderRefused, OrderRefused),
    ((400, -2021, "Order would immediately trigger."), OrderRefused, OrderRefused),
    ((400, -4130, "existing"), OrderRefused, OrderRefused),
    ((404, -5000, "Path is invalid"), OrderRefused, OrderRefused),
    ((200, -4164, "in an answer that claims success"), OrderRefused, OrderRefused),
]


def cause(entry, **headers):
    if not isinstance(entry, tuple):
        return entry
    status, code, message = entry
    return Refusal(status=status, code=code, message=message, headers=headers)


@pytest.mark.parametrize(("entry", "of_write", "of_read"), TABLE, ids=lambda entry: str(entry)[:60])
def test_each_failure_has_one_class(entry, of_write, of_read):
    assert type(exchange_error(cause(entry), writes=True, now=NOW)) is of_write
    assert type(exchange_error(cause(entry), writes=False, now=NOW)) is of_read


def test_refusal_keeps_the_code_and_the_venues_words():
    error = exchange_error(cause((400, -2019, "Margin is insufficient.")), writes=True, now=NOW)

    assert (error.code, error.reason) == (-2019, "Margin is insufficient.")


def test_refusal_without_an_error_object_shows_the_status_as_its_code():
    assert exchange_error(cause((404, None, "not here")), writes=True, now=NOW).code == -404


@pytest.mark.parametrize(
    ("entry", "headers", "wait"),
    [
        ((429, -1003, ""), {"retry-after": "7"}, timedelta(seconds=7)),
        ((418, -1003, "Way too much; IP banned until 1790769705000."), {"retry-after": "9"}, timedelta(seconds=9)),
        ((418, -1003, "Way too much; IP banned until 1790769705000."), {}, timedelta(minutes=1, seconds=40)),
        ((418, -1003, "IP banned until 1590769705000."), {}, timedelta()),
        ((418, None, ""), {}, timedelta(minutes=2)),
        ((429, -1015, "Too many new orders"), {}, timedelta(seconds=10)),
        ((429, None, ""), {"retry-after": "soon"}, timedelta(minutes=1)),
    ],
)
def test_rate_limit_says_until_when(entry, headers, wait):
    error = exchange_error(cause(entry, **headers), writes=True, now=NOW)

    assert error.until == NOW + wait


@pytest.mark.parametrize("body", [{"code": 200, "msg": "success"}, {"code": "200"}, {"orderId": 1}, [], [1], "text"])
def test_success_is_no_refusal(body):
    assert refusal_in(body, status=200, headers={}, text="") is None


def test_body_that_is_no_json_is_quoted():
    refusal = refusal_in(None, status=502, headers={}, text="<html>" + "x" * 500)

    assert refusal.code is None
    assert refusal.message.startswith("<html>x")
    assert len(refusal.message) == 200
