"""A stored signal as the proposal it was made of."""

from signals.models import Signal
from signals.strategies.base import Proposal


def proposal_of(signal: Signal) -> Proposal:
    return Proposal(
        symbol=signal.symbol,
        candle_open=signal.candle_open,
        surge_ratio=signal.surge_ratio,
        price=signal.price,
        sell_volume=signal.sell_volume,
        mean_sell_volume=signal.mean_sell_volume,
        terms=signal.terms,
    )
