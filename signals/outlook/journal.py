"""A picture as rows for the journal: plain JSON, one row a part."""

from collections.abc import Iterator, Mapping
from dataclasses import fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from exchange.rules import plain
from signals.indicators.indicator_set import IndicatorSet

if TYPE_CHECKING:
    from signals.outlook.picture import MarketPicture

Row = dict[str, Any]


def journal_rows(picture: "MarketPicture") -> list[Row]:
    """One row each of the whole, every timeframe, the book, every contribution's source, level, pattern and gap."""
    rows = [_market(picture), *(_frame(frame.indicators) for frame in picture.frames.values())]
    if picture.book is not None:
        rows.append(_book(picture))
    if picture.sentiment is not None:
        points = {given.source: given.points for given in picture.sentiment.contributions}
        rows.append({"part": "sentiment", "score": picture.sentiment.score, "points": points})
    if picture.confluence is not None:
        rows.append(_confluence(picture))
    return [*rows, *_lists(picture)]


def _market(picture: "MarketPicture") -> Row:
    day, mark = picture.day, picture.mark
    return _known(
        {
            "part": "market",
            "symbol": picture.symbol,
            "now": picture.now.isoformat(),
            "inputs_hash": picture.inputs_hash,
            "price": picture.price,
            "change_24h_pct": picture.change_24h_pct,
            "quote_volume": day and day.quote_volume,
            "mark_price": mark and mark.mark_price,
            "funding_rate": mark and mark.funding_rate,
            "mood": picture.mood,
            "open_interest": picture.open_interest and picture.open_interest.quantity,
            "long_share": picture.crowd and picture.crowd.long_share,
            "bias": picture.sentiment and picture.sentiment.bias,
            "regime": picture.regime.regime,
            "regime_rule": picture.regime.rule,
            "action": picture.action,
            "trend": picture.trend.overall,
            "volume_momentum": picture.volume_momentum,
            "price_position": picture.price_position,
        }
    )


def _frame(indicators: IndicatorSet) -> Row:
    values = {item.name: getattr(indicators, item.name) for item in fields(indicators)}
    opened = indicators.open_time.isoformat() if indicators.open_time else None
    return _known({"part": "frame", **values, "open_time": opened})


def _book(picture: "MarketPicture") -> Row:
    book = picture.book
    if book is None:
        return {}
    return _known(
        {
            "part": "book",
            "bid_total": book.bid_total,
            "ask_total": book.ask_total,
            "ratio": book.ratio,
            "pressure": book.pressure,
            "micro_pressure": book.micro_pressure,
            "spread_pct": book.spread_pct,
            "bid_wall": book.bid_wall and book.bid_wall.price,
            "ask_wall": book.ask_wall and book.ask_wall.price,
        }
    )


def _confluence(picture: "MarketPicture") -> Row:
    agreement = picture.confluence
    if agreement is None:
        return {}
    leans = {str(timeframe): _plain(lean) for timeframe, lean in agreement.leans.items()}
    return {
        "part": "confluence",
        "score": agreement.score,
        "agreeing": [str(timeframe) for timeframe in agreement.agreeing],
        "coverage": agreement.coverage,
        "leans": leans,
    }


def _lists(picture: "MarketPicture") -> Iterator[Row]:
    for level in picture.levels.levels if picture.levels else ():
        sources = [str(source) for source in level.sources]
        yield {"part": "level", "price": plain(level.price), "strength": level.strength, "sources": sources}
    for pattern in picture.patterns:
        kind, direction = str(pattern.kind), pattern.direction
        yield {"part": "pattern", "kind": kind, "direction": direction, "confidence": pattern.confidence}
    for gap in picture.gaps:
        yield {"part": "gap", "of": str(gap.part), "kind": str(gap.kind), "detail": gap.detail}


def _known(row: Mapping[str, Any]) -> Row:
    return {name: _plain(value) for name, value in row.items() if value is not None}


def _plain(value: Any) -> Any:
    """JSON's kinds of value: Decimals as text, floats to six digits."""
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, float):
        return float(f"{value:.6g}")
    return str(value) if isinstance(value, str) else value
