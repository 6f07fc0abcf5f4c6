"""Mark prices with their funding, and the index prices of assets that serve as margin."""

from collections.abc import Iterator
from typing import Any

from exchange.paper.server.market_streams.names import Topic
from exchange.paper.server.market_streams.reading import USDS_M, Message, Payload, Producer, Reading
from exchange.paper.server.routes_funding import premium_index
from exchange.paper.server.routes_statistics import asset_index

TRADIFI = "TRADIFI_PERPETUAL"
ASSET = {
    "i": "index", "b": "bidBuffer", "a": "askBuffer", "B": "bidRate", "A": "askRate", "q": "autoExchangeBidBuffer",
    "g": "autoExchangeAskBuffer", "Q": "autoExchangeBidRate", "G": "autoExchangeAskRate",
}  # fmt: skip


class MarkPrices(Producer):
    """Of one symbol, or of all: contracts on stocks and metals come in a message of their own."""

    def __init__(self, topic: Topic, reading: Reading) -> None:
        self._symbol = topic.symbol

    def messages(self, reading: Reading) -> Iterator[Payload]:
        if self._symbol:
            yield _mark(reading, reading.ask(premium_index, symbol=self._symbol))
            return
        rows = [_mark(reading, row) for row in reading.ask(premium_index)]
        for group in (False, True):
            members = [row for row in rows if _is_tradifi(reading, row["s"]) is group]
            if members:
                yield members


class AssetIndexes(Producer):
    """Of one asset against USD, or of all in one message."""

    def __init__(self, topic: Topic, reading: Reading) -> None:
        self._symbol = topic.symbol

    def messages(self, reading: Reading) -> Iterator[Payload]:
        if self._symbol:
            yield _asset(reading, reading.ask(asset_index, symbol=self._symbol))
        elif rows := reading.ask(asset_index):
            yield [_asset(reading, row) for row in rows]


def _mark(reading: Reading, row: Any) -> Message:
    """``ap``, the venue's moving average of the mark price, is the mark price: the model behind it moves slowly."""
    return {
        "e": "markPriceUpdate", "E": reading.now_ms, "s": row["symbol"], "p": row["markPrice"],
        "ap": row["markPrice"], "i": row["indexPrice"], "P": row["estimatedSettlePrice"],
        "r": row["lastFundingRate"], "T": row["nextFundingTime"], "st": USDS_M,
    }  # fmt: skip


def _is_tradifi(reading: Reading, symbol: str) -> bool:
    return reading.host.venue.symbol_info(symbol, reading.now_ms).get("contractType") == TRADIFI


def _asset(reading: Reading, row: Any) -> Message:
    values = {letter: row[name] for letter, name in ASSET.items()}
    return {"e": "assetIndexUpdate", "E": reading.now_ms, "s": row["symbol"], **values}
