"""Which pairs a bot looks at: chosen anew each hour of market time, kept as its watches."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from advisor.memory.trades import ClosedTrade
from exchange.ports import MarketDataPort
from signals.pairs import DEFAULT_RANKING, MAJORS, Candidate, Record, chosen, tradable
from signals.strategies.ai_futures import PairChoice
from trading.advised.gathering import Standing
from trading.advised.watching import listed_symbols


def chosen_pairs(standing: Standing, market: MarketDataPort) -> tuple[str, ...]:
    """The pairs of the bot's setting that the venue trades. Raises ExchangeError."""
    config, trading = standing.config, tradable(market.contracts())
    if config.pair_choice is PairChoice.RANKED:
        return _ranked(standing, market, trading)
    wanted = config.named_pairs if config.pair_choice is PairChoice.LISTED else MAJORS
    return tuple(symbol for symbol in wanted if symbol in trading)[: config.pair_count]


def _ranked(standing: Standing, market: MarketDataPort, trading: frozenset[str]) -> tuple[str, ...]:
    """By volume, movement, funding and our own record; those chosen before have an advantage."""
    days, marks, records = market.tickers_24h(), market.mark_prices(), _records(standing.trades)
    candidates = []
    for symbol in trading & days.keys():
        day, mark = days[symbol], marks.get(symbol)
        candidates.append(
            Candidate(
                symbol=symbol,
                quote_volume=day.quote_volume,
                volatility_pct=_moved_pct(day.open_price, day.last_price),
                funding_rate=None if mark is None else float(mark.funding_rate),
                record=records.get(symbol),
            )
        )
    ranking = replace(DEFAULT_RANKING, count=standing.config.pair_count)
    return chosen(candidates, incumbents=listed_symbols(standing.bot), ranking=ranking)


def _moved_pct(before: Decimal, after: Decimal) -> float | None:
    return abs(float(after / before - 1)) * 100 if before else None


def _records(trades: Sequence[ClosedTrade]) -> dict[str, Record]:
    wins: dict[str, list[bool]] = defaultdict(list)
    for trade in trades:
        wins[trade.symbol].append(trade.pnl >= 0)
    return {symbol: Record(trades=len(won), wins=sum(won)) for symbol, won in wins.items()}


def hour_of(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0)
