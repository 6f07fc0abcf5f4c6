"""Which producer speaks for which kind of stream."""

from collections.abc import Callable, Mapping

from exchange.paper.server.market_streams import trades
from exchange.paper.server.market_streams.books import BookTickers, DepthChanges, PartialDepth
from exchange.paper.server.market_streams.klines import Klines
from exchange.paper.server.market_streams.names import Kind, Topic
from exchange.paper.server.market_streams.notices import ContractChanges, ForceOrders
from exchange.paper.server.market_streams.prices import AssetIndexes, MarkPrices
from exchange.paper.server.market_streams.reading import Producer, Reading
from exchange.paper.server.market_streams.tickers import day_tickers, mini_tickers

PRODUCERS: Mapping[Kind, Callable[[Topic, Reading], Producer]] = {
    Kind.BOOK_TICKER: BookTickers,
    Kind.PARTIAL_DEPTH: PartialDepth,
    Kind.DEPTH: DepthChanges,
    Kind.TRADE: trades.singles,
    Kind.AGG_TRADE: trades.aggregates,
    Kind.MARK_PRICE: MarkPrices,
    Kind.KLINE: Klines,
    Kind.CONTINUOUS_KLINE: Klines,
    Kind.MINI_TICKER: mini_tickers,
    Kind.TICKER: day_tickers,
    Kind.FORCE_ORDER: ForceOrders,
    Kind.CONTRACT_INFO: ContractChanges,
    Kind.ASSET_INDEX: AssetIndexes,
}


def producer_of(topic: Topic, reading: Reading) -> Producer:
    """A producer that tells what happens from ``reading`` on."""
    return PRODUCERS[topic.kind](topic, reading)
