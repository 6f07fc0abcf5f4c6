"""What was kept of a signal, as the filters take it."""

from risk.filters.context import FilterContext
from signals.contexts import unpack_bars
from signals.models import SignalContext


def context_of(kept: SignalContext) -> FilterContext:
    """The snapshot of a decided signal, up to its own hour."""
    bars = unpack_bars(bytes(kept.bars_packed))
    return FilterContext(
        symbol=kept.signal.symbol,
        signal_price=kept.signal.price,
        entry_price=kept.entry_price,
        hours=bars["hours"],
        premiums=bars["premiums"],
        mark_price=kept.mark_price,
        index_price=kept.index_price,
    )
