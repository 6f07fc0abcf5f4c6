"""A strategy that proves a route, not an idea: a long and a short at once, each left as soon as its stop stands."""

from datetime import datetime

from freqtrade.persistence import Trade
from freqtrade.strategy import IStrategy
from pandas import DataFrame

LONG, SHORT = "BTC/USDT:USDT", "ETH/USDT:USDT"


class OneTrade(IStrategy):
    """Enters each pair once. ``stoploss`` is a ratio of the position's value at its leverage."""

    INTERFACE_VERSION = 3
    can_short = True
    timeframe = "1m"
    startup_candle_count = 5
    minimal_roi = {}
    stoploss = -0.3
    order_types = {
        "entry": "market",
        "exit": "market",
        "stoploss": "market",
        "stoploss_on_exchange": True,
        "stoploss_on_exchange_interval": 5,
    }

    def populate_indicators(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        return dataframe

    def populate_entry_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        column = "enter_short" if metadata["pair"] == SHORT else "enter_long"
        dataframe[column] = 1
        return dataframe

    def populate_exit_trend(self, dataframe: DataFrame, metadata: dict) -> DataFrame:
        return dataframe

    def confirm_trade_entry(self, pair: str, *_: object, **__: object) -> bool:
        return not Trade.get_trades_proxy(pair=pair)

    def leverage(self, *_: object, **__: object) -> float:
        return 3.0

    def custom_exit(self, pair: str, trade: Trade, current_time: datetime, *_: object, **__: object) -> str | None:
        is_protected = trade.has_open_sl_orders
        return "stop_is_on_exchange" if is_protected else None
