"""Positions that a person opens: no scan, no judgement; protected, booked and told like any other."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar

from signals.strategies.base import (
    BarRequest,
    Decision,
    Hold,
    MarketView,
    OpenPosition,
    Proposal,
    Reject,
    ScanOutcome,
    StrategyConfig,
)


class ManualConfig(StrategyConfig):
    """Settings of orders by hand: only what every strategy has."""


class Manual:
    """Proposes nothing and holds until a stop, a take-profit or a person ends the position."""

    Config: ClassVar[type[ManualConfig]] = ManualConfig

    def __init__(self, config: ManualConfig) -> None:
        self.config = config

    def scan_bars(self, hour: datetime) -> Sequence[BarRequest]:
        return ()

    def scan(self, view: MarketView, hour: datetime) -> ScanOutcome:
        return ScanOutcome(readings={}, proposals=())

    def decide_entry(self, proposal: Proposal, view: MarketView) -> Reject:
        return Reject("entries by hand only")

    def evaluate(self, position: OpenPosition, view: MarketView) -> Decision:
        return Hold()
