"""Who is let in: the venue's order of checks before a handler runs, one for REST and the WebSocket API."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from exchange.paper.core.accounts import Account
from exchange.paper.core.parameters import Parameters
from exchange.paper.core.refusals import VenueError
from exchange.paper.faults.treatment import drift_ms
from exchange.paper.server.host import Host
from exchange.paper.server.requests import Request
from exchange.paper.server.routing import Access, Call, Route
from exchange.paper.server.signing import check_signature, check_timestamp, signed_texts
from exchange.paper.server.weights import Pool, RequestLimits

USED_WEIGHT = "X-MBX-USED-WEIGHT-1M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a request says of itself, at whichever entrance.

    ``signed_texts`` gives the texts its signature may stand for. ``is_vouched`` means that its connection has logged on
    with ``api_key``, so that it needs no signature. ``repeats_names`` means that a parameter was sent twice.
    """

    peer: str
    api_key: str
    values: Mapping[str, str]
    signed_texts: Callable[[], Iterable[str]]
    is_vouched: bool = False
    repeats_names: bool = False


class Admission:
    """Counts and checks requests. ``headers`` of its methods collects what an answer says about limits."""

    def __init__(self, host: Host, limits: RequestLimits) -> None:
        self.host = host
        self.limits = limits

    def count(self, peer: str, route: Route | None, values: Mapping[str, str], *, headers: dict[str, str]) -> int:
        """Count a request before anything else is known of it; returns what its address has used by now.

        Raises Banned, and VenueError -1130 for a limit that nothing can be weighed by.
        """
        self.limits.check_ban(peer)
        pool = route.pool if route else Pool.WEIGHT
        used = self.limits.count(peer, _weight(route, values), pool=pool)
        if pool is Pool.WEIGHT:
            headers[USED_WEIGHT] = str(used)
        return used

    def admit(self, route: Route, claim: Claim, *, used: int, headers: dict[str, str]) -> Call:
        """The call of a request that ``count`` has counted, the exchange brought to the present. Raises VenueError."""
        account = self._account(route, claim)
        now_ms = self.host.advance()
        self.limits.check(claim.peer, used, pool=route.pool)
        if account is not None and route.access is Access.SIGNED:
            self._check_signed(claim, account, now_ms=now_ms)
        if claim.repeats_names:
            raise VenueError(-1101)
        if account is not None and any(route.orders):
            recent, minute = route.orders
            headers |= self.limits.use_order(account.api_key, recent=recent, minute=minute)
        return Call(self.host, claim.values, now_ms, account)

    def _account(self, route: Route, claim: Claim) -> Account | None:
        """The account of the request's key (-2014, -2015); None on public routes."""
        if route.access is Access.PUBLIC:
            return None
        if not claim.api_key:
            raise VenueError(-2014)
        return self.host.engine.account(claim.api_key)

    def _check_signed(self, claim: Claim, account: Account, *, now_ms: int) -> None:
        parameters = Parameters(claim.values)
        check_timestamp(parameters, now_ms=now_ms + drift_ms(self.host.state), speed=self.host.clock.nominal_speed)
        if not claim.is_vouched:
            check_signature(parameters.mandatory("signature"), claim.signed_texts(), account)


def _weight(route: Route | None, values: Mapping[str, str]) -> int:
    """Weight of a request, 1 on a path that leads nowhere (-1130 for a limit that only looks like a number)."""
    try:
        return route.weight_of(values) if route else 1
    except ValueError:
        raise VenueError(-1130, "limit") from None


def claim_of(request: Request) -> Claim:
    """What an HTTP request says of itself."""
    return Claim(
        peer=request.peer,
        api_key=request.headers.get("x-mbx-apikey", ""),
        values=request.values,
        signed_texts=lambda: signed_texts(request),
        repeats_names=_repeats_names(request.query) or _repeats_names(request.body),
    )


def _repeats_names(text: str) -> bool:
    names = [part.partition("=")[0] for part in text.split("&")] if text else []
    return len(names) != len(set(names))
