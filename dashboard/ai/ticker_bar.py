"""Prices of the contracts that the AI bot looks at, read apart from the pages that show them."""

from collections.abc import Sequence
from typing import Any

from dashboard.api.answers import TickerOut
from dashboard.market import market
from exchange.errors import ExchangeError

_known: list[dict[str, Any]] = []


def known_tickers() -> Sequence[dict[str, Any]]:
    """The last reading, in the order of the pairs; each row tells its own time. Asks nobody."""
    return list(_known)


def read_tickers(symbols: Sequence[str]) -> None:
    """Ask the venue for ``symbols``. While it does not answer the last reading stays."""
    try:
        prices = market().tickers()
    except ExchangeError:
        return
    rows = [prices[symbol] for symbol in symbols if symbol in prices]
    _known[:] = TickerOut(rows, many=True, context={"changes": _changes()}).data


def _changes() -> dict[str, Any]:
    try:
        return dict(market().changes_24h())
    except ExchangeError:
        return {}
