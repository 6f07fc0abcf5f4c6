"""The word that a new order is on the book waits a moment: it opens nothing, and a fill of the order may be next.

A fill that came a millisecond after it would otherwise wait for its row to be read and written, without a stop.
"""

import time

from exchange.types import AlgoUpdate, OrderUpdate

HELD_SECONDS = 0.05  # wall; the answer to the order itself says the same, and comes as soon


class Acknowledgements:
    """Those of one stream, by order; for one thread."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, OrderUpdate]] = {}

    def hold_back(self, event: OrderUpdate | AlgoUpdate) -> bool:
        """True when ``event`` is one, which waits from now on. A later event of its order takes its place for good."""
        if isinstance(event, AlgoUpdate):
            return False
        self._held.pop(event.order.client_order_id, None)
        if event.execution_type != "NEW" or event.trade is not None:
            return False
        self._held[event.order.client_order_id] = (time.monotonic(), event)
        return True

    def take_due(self) -> list[OrderUpdate]:
        """Those that nothing followed, as they came."""
        latest = time.monotonic() - HELD_SECONDS
        due = [name for name, (at, _) in self._held.items() if at <= latest]
        return [self._held.pop(name)[1] for name in due]
