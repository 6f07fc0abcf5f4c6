"""A request limit is waited out: nothing leaves before the time the exchange named."""

from datetime import UTC, datetime, timedelta

import pytest

from exchange.binance.client import BinanceClient
from exchange.errors import RateLimited
from exchange.rate_budget import LocalBudget

LIMIT = {"Retry-After": "60"}


@pytest.fixture
def limited(venue, refuse):
    venue.script("GET", "/fapi/v1/ping", refuse(-1003, status=429, headers=LIMIT))
    venue.script("POST", "/fapi/v1/order", {"orderId": 1})
    return venue


def test_after_a_limit_neither_reads_nor_orders_are_sent(limited, client):
    with pytest.raises(RateLimited) as first:
        client.get("/fapi/v1/ping")

    with pytest.raises(RateLimited) as read:
        client.get("/fapi/v1/ping")
    with pytest.raises(RateLimited) as order:
        client.send("POST", "/fapi/v1/order")

    assert len(limited.seen("GET", "/fapi/v1/ping")) == 1
    assert limited.seen("POST", "/fapi/v1/order") == []
    assert read.value.until == order.value.until == first.value.until


def test_the_market_clock_waits_too(limited, client):
    with pytest.raises(RateLimited):
        client.get("/fapi/v1/ping")

    with pytest.raises(RateLimited):
        client.time_reading()

    assert limited.seen("GET", "/fapi/v1/time") == []


def test_every_client_of_a_venue_in_a_process_waits(limited, client):
    other = BinanceClient(limited.url, api_key="another", api_secret="secret")
    with pytest.raises(RateLimited):
        client.get("/fapi/v1/ping")

    with pytest.raises(RateLimited):
        other.get("/fapi/v1/ping")

    assert len(limited.seen("GET", "/fapi/v1/ping")) == 1


async def test_a_fan_out_waits_as_well(limited, client):
    with pytest.raises(RateLimited):
        client.get("/fapi/v1/ping")

    async with client.open_async(connections=1) as http:
        with pytest.raises(RateLimited):
            await client.call_async(http, "GET", "/fapi/v1/ping")

    assert len(limited.seen("GET", "/fapi/v1/ping")) == 1


def test_when_the_time_has_passed_requests_go_out_again(venue):
    venue.script("GET", "/fapi/v1/ping", {})
    passed = LocalBudget()
    passed.stop_until(datetime.now(UTC) - timedelta(milliseconds=1))
    client = BinanceClient(venue.url, budget=passed)

    assert client.get("/fapi/v1/ping") == {}
    client.close()


def test_a_shorter_wait_does_not_end_a_longer_one():
    noon = datetime(2024, 11, 23, 12, tzinfo=UTC)
    waiting = LocalBudget()

    waiting.stop_until(noon + timedelta(minutes=2))
    waiting.stop_until(noon)

    assert waiting.waits_until == noon + timedelta(minutes=2)
