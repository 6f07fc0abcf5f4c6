"""The table type of the REST interface: who may call what, at which weight, and what answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from exchange.paper.core.accounts import Account
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.server.host import Host
from exchange.paper.server.weights import Pool


class Access(Enum):
    """Kinds of endpoints: nobody's, with a key, with a key and a signature."""

    PUBLIC = auto()
    KEY = auto()
    SIGNED = auto()


@dataclass(slots=True)
class Call:
    """One admitted request: parameters checked for origin, engine advanced to ``now_ms``."""

    host: Host
    values: Mapping[str, str]
    now_ms: int
    caller: Account | None = None

    @property
    def parameters(self) -> Parameters:
        return Parameters(self.values)

    @property
    def account(self) -> Account:
        """The calling account; raises VenueError -2015 on a route that let nobody in."""
        if self.caller is None:
            raise VenueError(-2015)
        return self.caller

    def command(self, name: str) -> dict[str, Any]:
        """Execute a command of the calling account with the parameters as sent, but for those of the signature."""
        return self.command_with(name, self.values)

    def command_with(self, name: str, values: Mapping[str, str]) -> dict[str, Any]:
        """Execute a command of the calling account with other parameters."""
        unsigned = {key: value for key, value in values.items() if key not in SIGNATURE_NAMES}
        return self.host.execute(name, self.account.api_key, unsigned)


Handler = Callable[[Call], Any]
SIGNATURE_NAMES = frozenset({"signature", "timestamp", "recvWindow"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``weight`` for one symbol, ``weight_for_all`` when the request names none (default the same).

    ``orders`` is what it counts against the order limits of 10 s and of a minute.
    """

    handler: Handler
    access: Access
    weight: int = 1
    weight_for_all: int | None = None
    weigh: Callable[[Mapping[str, str]], int] | None = None
    orders: tuple[int, int] = (0, 0)
    pool: Pool = Pool.WEIGHT

    def weight_of(self, values: Mapping[str, str]) -> int:
        if self.weigh is not None:
            return self.weigh(values)
        if self.weight_for_all is not None and not values.get("symbol"):
            return self.weight_for_all
        return self.weight


Routes = Mapping[tuple[str, str], Route]


def public(handler: Handler, weight: int = 1, weight_for_all: int | None = None) -> Route:
    return Route(handler=handler, access=Access.PUBLIC, weight=weight, weight_for_all=weight_for_all)


def keyed(handler: Handler, weight: int = 1) -> Route:
    return Route(handler=handler, access=Access.KEY, weight=weight)


def signed(handler: Handler, weight: int = 1, weight_for_all: int | None = None) -> Route:
    return Route(handler=handler, access=Access.SIGNED, weight=weight, weight_for_all=weight_for_all)


def listed_symbol(call: Call) -> str | None:
    """The ``symbol`` asked for, if any; -1121 when it was never listed."""
    symbol = call.parameters.text("symbol")
    if symbol is not None:
        call.host.state.require_symbol(symbol)
    return symbol
