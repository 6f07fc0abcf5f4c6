"""A closed trade as the ledger hands it in, and what a set of them says. Pure."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

NO_LOSSES = Decimal(999)  # profit factor of a record without any
FEWEST_FOR_PATTERN = 5
BAND_HOURS = 4
RANKED = 8
PLACES = Decimal("0.0001")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedTrade:
    """``pnl`` in USDT after fees and funding, by the books; ``pnl_percent`` of the margin. Times are market time."""

    trade_id: str
    symbol: str
    is_long: bool
    regime: str
    opened_at: datetime
    closed_at: datetime
    pnl: Decimal
    pnl_percent: Decimal
    exit_reason: str
    adds: int = 0
    reduces: int = 0
    thesis: str = ""
    features: Mapping[str, float] = field(default_factory=dict)  # of the entry

    @property
    def is_win(self) -> bool:
        return self.pnl > 0

    @property
    def side(self) -> str:
        return "LONG" if self.is_long else "SHORT"

    @property
    def operation(self) -> str:
        """How the position was worked between entry and exit."""
        if self.adds and self.reduces:
            return "added_and_reduced"
        return "added" if self.adds else "reduced" if self.reduces else "plain"

    @property
    def hours(self) -> str:
        """The four UTC hours in which it was opened, as "08-12"."""
        first = self.opened_at.astimezone(UTC).hour // BAND_HOURS * BAND_HOURS
        return f"{first:02}-{first + BAND_HOURS:02}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """Money in USDT; ``win_ratio`` a share of 1. Averages are 0 where there is nothing to average."""

    trades: int
    wins: int
    losses: int
    total: Decimal
    average_win: Decimal
    average_loss: Decimal
    best: Decimal
    worst: Decimal
    win_ratio: Decimal
    profit_factor: Decimal

    def as_row(self) -> dict[str, str | int]:
        return {name: f"{value:f}" if isinstance(value, Decimal) else value for name, value in asdict(self).items()}


def statistics(trades: Sequence[ClosedTrade]) -> Statistics:
    """A trade that ended at exactly nothing is a loss here, as it is in the memory."""
    wins = [trade.pnl for trade in trades if trade.is_win]
    losses = [trade.pnl for trade in trades if not trade.is_win]
    results = [trade.pnl for trade in trades]
    lost = -sum(losses, Decimal(0))
    return Statistics(
        trades=len(trades),
        wins=len(wins),
        losses=len(losses),
        total=sum(results, Decimal(0)),
        average_win=_average(wins),
        average_loss=_average(losses),
        best=max(results, default=Decimal(0)),
        worst=min(results, default=Decimal(0)),
        win_ratio=_share(len(wins), len(trades)),
        profit_factor=(sum(wins, Decimal(0)) / lost).quantize(PLACES) if lost else NO_LOSSES if wins else Decimal(0),
    )


def grouped(trades: Iterable[ClosedTrade], key: Callable[[ClosedTrade], str]) -> dict[str, Statistics]:
    """Statistics of each group, by name."""
    groups: dict[str, list[ClosedTrade]] = defaultdict(list)
    for trade in trades:
        groups[key(trade)].append(trade)
    return {name: statistics(members) for name, members in sorted(groups.items())}


def ranking(trades: Iterable[ClosedTrade]) -> list[tuple[str, Statistics]]:
    """The best symbols by share of wins, then by result; at most eight."""
    by_symbol = grouped(trades, lambda trade: trade.symbol)
    return sorted(by_symbol.items(), key=lambda item: (-item[1].win_ratio, -item[1].total, item[0]))[:RANKED]


def patterns(trades: Sequence[ClosedTrade]) -> list[tuple[str, Statistics]]:
    """What repeats: side in a regime, and hours of the day, with at least five trades each; the clearest first."""
    by_regime = grouped(trades, lambda trade: f"{trade.side} in {trade.regime or 'unknown'}")
    by_hours = grouped(trades, lambda trade: f"{trade.hours} UTC")
    found = [item for item in (*by_regime.items(), *by_hours.items()) if item[1].trades >= FEWEST_FOR_PATTERN]
    return sorted(found, key=lambda item: (-abs(item[1].win_ratio - Decimal("0.5")), item[0]))


def streak(trades: Sequence[ClosedTrade]) -> int:
    """Wins (positive) or losses (negative) in a row up to the last close."""
    count = 0
    for trade in sorted(trades, key=lambda trade: trade.closed_at, reverse=True):
        step = 1 if trade.is_win else -1
        if count * step < 0:
            break
        count += step
    return count


def _average(values: Sequence[Decimal]) -> Decimal:
    return (sum(values, Decimal(0)) / len(values)).quantize(PLACES) if values else Decimal(0)


def _share(part: int, whole: int) -> Decimal:
    return (Decimal(part) / whole).quantize(PLACES) if whole else Decimal(0)
