"""Which symbols the AI futures bot looks at: six majors, or a ranking that does not change its mind for a trifle."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from exchange.types import Contract

MAJORS = ("BTCUSDT", "ETHUSDT", "SOLUSDT", "BNBUSDT", "XRPUSDT", "DOGEUSDT")
SCAN_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Our own closed trades of a symbol; a trade of exactly 0 is a win."""

    trades: int
    wins: int

    @property
    def expectation(self) -> float:
        """Win rate drawn to one half by four imagined trades, so that one win is no record."""
        return (self.wins + 2) / (self.trades + 4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A symbol that could be chosen. ``volatility_pct`` is any measure in percent, the same for all.

    ``quote_volume`` of 24 h in USDT, ``funding_rate`` a fraction. What is unknown (None) ranks last of its kind.
    """

    symbol: str
    quote_volume: Decimal
    volatility_pct: float | None = None
    funding_rate: float | None = None
    record: Record | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """``considered``: only the largest by volume. Shares weigh the ranks and need not sum to 1.

    A newcomer must beat an incumbent's score by ``margin`` (scores 0..1); an incumbent stays a candidate down to the
    ``kept_down_to`` largest by volume. Above ``wildest_pct`` volatility counts as none.
    """

    count: int = 6
    considered: int = 30
    kept_down_to: int = 40
    margin: float = 0.08
    wildest_pct: float = 15.0
    volume_share: float = 0.4
    volatility_share: float = 0.2
    funding_share: float = 0.15
    record_share: float = 0.25


DEFAULT_RANKING = Ranking()


@dataclass(frozen=True, slots=True)
class Rank:
    """A candidate's score, 0..1, without the advantage of an incumbent."""

    symbol: str
    score: float


def listed_majors(contracts: Iterable[Contract]) -> tuple[str, ...]:
    """The majors that the venue trades, in their order."""
    trading = tradable(contracts)
    return tuple(symbol for symbol in MAJORS if symbol in trading)


def tradable(contracts: Iterable[Contract]) -> frozenset[str]:
    """USDT perpetuals that trade now; dated and settling contracts are not among them."""
    return frozenset(contract.symbol for contract in contracts if contract.is_usdt_perpetual and contract.is_trading)


def ranked(
    candidates: Iterable[Candidate], *, incumbents: Collection[str] = (), ranking: Ranking = DEFAULT_RANKING
) -> list[Rank]:
    """Scores of all that are considered, best first; of equal ones the name decides."""
    pool = _considered(candidates, incumbents, ranking)
    scores = dict.fromkeys((candidate.symbol for candidate in pool), 0.0)
    for share, places in _measures(pool, ranking):
        for symbol, place in places.items():
            scores[symbol] += share * place
    whole = ranking.volume_share + ranking.volatility_share + ranking.funding_share + ranking.record_share
    ranks = [Rank(symbol, round(score / whole, 6)) for symbol, score in scores.items()]
    return sorted(ranks, key=lambda rank: (-rank.score, rank.symbol))


def chosen(
    candidates: Iterable[Candidate], *, incumbents: Collection[str] = (), ranking: Ranking = DEFAULT_RANKING
) -> tuple[str, ...]:
    """The best ``count`` symbols, best first, incumbents with their advantage."""
    ranks = ranked(candidates, incumbents=incumbents, ranking=ranking)
    advantage = dict.fromkeys(incumbents, ranking.margin)
    best = sorted(ranks, key=lambda rank: (-rank.score - advantage.get(rank.symbol, 0.0), rank.symbol))
    return tuple(rank.symbol for rank in best[: ranking.count])


def due(symbols: Sequence[str], *, held: Sequence[str], scanned_at: datetime | None, now: datetime) -> tuple[str, ...]:
    """Symbols to look at in this tick: every held one, the others when the last scan is over five minutes ago."""
    is_scan_due = scanned_at is None or now - scanned_at > SCAN_EVERY
    return tuple(dict.fromkeys([*held, *(symbols if is_scan_due else ())]))


def _considered(candidates: Iterable[Candidate], incumbents: Collection[str], ranking: Ranking) -> list[Candidate]:
    by_volume = sorted(candidates, key=lambda candidate: (-candidate.quote_volume, candidate.symbol))
    kept = by_volume[ranking.considered : ranking.kept_down_to]
    return [*by_volume[: ranking.considered], *(candidate for candidate in kept if candidate.symbol in incumbents)]


def _measures(pool: Sequence[Candidate], ranking: Ranking) -> list[tuple[float, Mapping[str, float]]]:
    """Each measure's share and the place of every symbol in it, 0 last to 1 first."""
    volume = {c.symbol: float(c.quote_volume) for c in pool}
    volatility = {c.symbol: _if_tame(c.volatility_pct, ranking.wildest_pct) for c in pool}
    calm_funding = {c.symbol: None if c.funding_rate is None else -abs(c.funding_rate) for c in pool}
    record = {c.symbol: (c.record or Record(trades=0, wins=0)).expectation for c in pool}
    return [
        (ranking.volume_share, _places(volume)),
        (ranking.volatility_share, _places(volatility)),
        (ranking.funding_share, _places(calm_funding)),
        (ranking.record_share, record),
    ]


def _if_tame(volatility_pct: float | None, wildest_pct: float) -> float | None:
    return volatility_pct if volatility_pct is not None and volatility_pct <= wildest_pct else None


def _places(values: Mapping[str, float | None]) -> dict[str, float]:
    """Share of the other symbols that do not exceed each; 0 for an unknown value, equal ones share their place."""
    known = [value for value in values.values() if value is not None]
    others = max(len(values) - 1, 1)
    return {
        symbol: 0.0 if value is None else (sum(other <= value for other in known) - 1) / others
        for symbol, value in values.items()
    }
