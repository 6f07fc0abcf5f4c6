"""The market at one market time, as the REST interface answers it then, and what a producer of messages is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from exchange.paper.server.host import Host
from exchange.paper.server.routing import Call, Handler

Message = Mapping[str, Any]
Payload = Message | Sequence[Message]

USDS_M = 1  # ``st``: the family of the contract, 2 would be COIN-M


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """``is_idle``: the stream that reads has said nothing for a while and may repeat itself."""

    host: Host
    now_ms: int
    is_idle: bool = False

    def ask(self, handler: Handler, **values: str | int) -> Any:
        """What REST answers to these parameters. Raises VenueError as REST would refuse them."""
        return handler(
            Call(self.host, {name: str(value) for name, value in values.items() if value != ""}, self.now_ms)
        )

    def while_trading(self, symbol: str) -> "Reading":
        """The same reading, or that of the last moment at which a settled symbol traded (VenueError -1121)."""
        self.host.state.require_symbol(symbol)
        row = self.host.venue.symbol_info(symbol, self.now_ms)
        return replace(self, now_ms=min(self.now_ms, int(row.get("deliveryDate", self.now_ms + 1)) - 1))


class Producer(Protocol):
    """One stream's own memory of what it has told. ``is_behind``: the last turn could not tell everything."""

    is_behind: bool = False

    def messages(self, reading: Reading) -> Iterable[Payload]:
        """What the stream says now. Raises VenueError where REST would: then it stays silent."""
