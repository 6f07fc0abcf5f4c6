"""The desk's doors to the venue, one of each per process, opened when first used."""

import os
from functools import cache

from django.conf import settings

from desk.models import Account
from desk.secrets import Secret
from desk.shared_budget import SharedBudget
from exchange.binance.client import BinanceClient
from exchange.binance.market import BinanceMarketData
from exchange.binance.trading import BinanceTrading
from exchange.clock import VenueClock
from exchange.ports import MarketClock, MarketDetailPort, MarketStatisticsPort, TradingPort


def market_data() -> MarketDetailPort:
    """Public market data of the venue that BINANCE_REST_URL names."""
    return _market_data(os.getpid())


def market_statistics() -> MarketStatisticsPort:
    """The same with what the venue counts of its markets."""
    return _market_data(os.getpid())


def market_data_of_one_command() -> MarketDetailPort:
    """The same for a command that a person runs: where Redis is away no desk runs beside it to be left room."""
    budget = SharedBudget(settings.BINANCE_REST_URL, reserve=100)
    return BinanceMarketData(
        BinanceClient(settings.BINANCE_REST_URL, proxy=settings.BINANCE_PROXY or None, budget=budget)
    )


def clock() -> MarketClock:
    """Market time."""
    return _clock(os.getpid())


def trading(account: Account) -> TradingPort:
    """Orders and balances of ``account``; only for processes that hold FIELD_ENCRYPTION_KEYS."""
    return BinanceTrading(client(account))


def client(account: Account) -> BinanceClient:
    """The signed client of ``account``, for what is not a port: the user stream's listen keys."""
    return _client(os.getpid(), account.api_key, account.api_secret)


# Keyed by process id: clocks must not be shared over a fork.


@cache
def _market_data(pid: int) -> BinanceMarketData:
    return BinanceMarketData(
        BinanceClient(settings.BINANCE_REST_URL, proxy=settings.BINANCE_PROXY or None, budget=_budget(pid))
    )


@cache
def _budget(pid: int) -> SharedBudget:
    return SharedBudget(settings.BINANCE_REST_URL)


@cache
def _clock(pid: int) -> VenueClock:
    return VenueClock(_market_data(pid).time_reading)


@cache
def _client(pid: int, api_key: Secret, api_secret: Secret) -> BinanceClient:
    return BinanceClient(
        settings.BINANCE_REST_URL,
        api_key=api_key.reveal(),
        api_secret=api_secret.reveal(),
        proxy=settings.BINANCE_PROXY or None,
        clock=_clock(pid),
        budget=_budget(pid),
    )
