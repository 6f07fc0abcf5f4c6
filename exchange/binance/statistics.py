"""From the venue's statistics under /futures/data to our values."""

from exchange.binance.parsing import Row, decimal, moment, strict
from exchange.market_types import LongShortRatio, OpenInterestPoint, TakerVolume


@strict
def open_interest_point(row: Row) -> OpenInterestPoint:
    """Row of GET /futures/data/openInterestHist."""
    return OpenInterestPoint(
        symbol=row["symbol"],
        quantity=decimal(row, "sumOpenInterest"),
        notional=decimal(row, "sumOpenInterestValue"),
        at=moment(row, "timestamp"),
    )


@strict
def long_short_ratio(row: Row) -> LongShortRatio:
    """Row of GET /futures/data/globalLongShortAccountRatio and of the two of top traders."""
    return LongShortRatio(
        symbol=row["symbol"],
        long_share=decimal(row, "longAccount"),
        short_share=decimal(row, "shortAccount"),
        at=moment(row, "timestamp"),
    )


@strict
def taker_volume(row: Row) -> TakerVolume:
    """Row of GET /futures/data/takerlongshortRatio, which names no symbol."""
    return TakerVolume(bought=decimal(row, "buyVol"), sold=decimal(row, "sellVol"), at=moment(row, "timestamp"))
