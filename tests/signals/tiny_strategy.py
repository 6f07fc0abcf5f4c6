"""The smallest strategy that trades: buys what closed its hour higher than it opened, and leaves after one hour."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from exchange.types import PositionSide
from signals.strategies.base import (
    BarRequest,
    Close,
    Decision,
    Enter,
    Hold,
    MarketView,
    OpenPosition,
    Proposal,
    Reject,
    ScanOutcome,
    StrategyConfig,
)


class RisersConfig(StrategyConfig):
    min_rise_pct: Decimal = Decimal(2)


class Risers:
    Config: ClassVar[type[RisersConfig]] = RisersConfig

    def __init__(self, config: RisersConfig) -> None:
        self.config = config

    def scan_bars(self, hour: datetime) -> Sequence[BarRequest]:
        return (BarRequest("1h", hour),)

    def scan(self, view: MarketView, hour: datetime) -> ScanOutcome:
        risen = []
        for contract in view.contracts():
            bar = view.bar(contract.symbol, "1h", hour)
            if bar is not None and bar.close >= bar.open * (1 + self.config.min_rise_pct / 100):
                risen.append(
                    Proposal(
                        symbol=contract.symbol,
                        candle_open=hour,
                        surge_ratio=bar.close / bar.open,
                        price=bar.close,
                        sell_volume=bar.sell_volume,
                        mean_sell_volume=bar.sell_volume,
                    )
                )
        return ScanOutcome(readings={}, proposals=risen)

    def decide_entry(self, proposal: Proposal, view: MarketView) -> Enter | Reject:
        return Enter(
            position_side=PositionSide.LONG, take_profit_ratio=Decimal("0.10"), stop_loss_ratio=Decimal("0.05")
        )

    def evaluate(self, position: OpenPosition, view: MarketView) -> Decision:
        return Close("strategy_exit") if view.now - position.filled_at >= timedelta(hours=1) else Hold()
