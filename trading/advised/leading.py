"""How closely a coin has followed the leader of late: what decides whether the leader's lessons are told about it."""

from datetime import datetime
from itertools import pairwise

import structlog

from advisor.memory.relevance import LEADER
from exchange.errors import ExchangeError
from exchange.ports import MarketDetailPort
from risk.correlation import correlation
from signals.indicators.candles import Candles, Timeframe
from signals.indicators.frames import FrameCache
from signals.outlook.picture import MarketPicture
from signals.outlook.reading import read_frame

log = structlog.get_logger(__name__)

NOT_KNOWN = 0.0


def leader_correlation(
    picture: MarketPicture, market: MarketDetailPort, now: datetime, *, cache: FrameCache | None = None
) -> float:
    """Pearson's r of hourly returns over the hours that the picture and the leader share, at most the picture's 100.

    0 where it is not known, and for the leader itself. Asks for the leader's candles unless the ``cache`` has them.
    """
    frame = picture.frames.get(Timeframe.H1)
    if frame is None or picture.symbol == LEADER:
        return NOT_KNOWN
    try:
        leader = read_frame(LEADER, Timeframe.H1, market, now, cache=cache)
    except ExchangeError as error:
        log.warning("leader_unavailable", symbol=LEADER, error=str(error))
        return NOT_KNOWN
    return returns_correlation(frame.candles, leader.candles)


def returns_correlation(one: Candles, other: Candles) -> float:
    """Correlation of the returns between closes that both have, -1 to 1; 0 where too few are shared."""
    closes, others = _closes(one), _closes(other)
    shared = sorted(closes.keys() & others.keys())
    found = correlation(_returns([closes[at] for at in shared]), _returns([others[at] for at in shared]))
    return NOT_KNOWN if found is None else found


def _closes(candles: Candles) -> dict[int, float]:
    return dict(zip(candles.open_ms.tolist(), candles.close.tolist(), strict=True))


def _returns(closes: list[float]) -> list[float]:
    return [after / before - 1 for before, after in pairwise(closes) if before]
