"""The recorded market as the paper exchange's market: real hours digit for digit, and a way through each of them."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from exchange.paper.core.market import Bar, PricePoint
from exchange.paper.feeds.playback import Playback
from exchange.paper.feeds.recorded import load_tapes
from exchange.paper.feeds.rulebook import Rulebook
from exchange.paper.feeds.tape import Tape


class ReplayMarket:
    """``exchange.paper.core.market.Market`` over recorded data.

    A symbol trades from its first recorded hour to its last; after that its status is SETTLING.
    """

    def __init__(self, tapes: Mapping[str, Tape], rulebook: Rulebook) -> None:
        self._playbacks = {symbol: Playback(tapes[symbol]) for symbol in sorted(tapes)}
        self._rulebook = rulebook
        self.first_ms = min(playback.first_ms for playback in self._playbacks.values())
        self.last_ms = max(playback.last_ms for playback in self._playbacks.values())

    @classmethod
    def load(cls, data_dir: Path) -> "ReplayMarket":
        """Read ``data_dir`` (layout: its README). Raises RecordedDataError when its files contradict each other."""
        rulebook = Rulebook.load(data_dir)
        return cls(load_tapes(data_dir, rulebook), rulebook)

    def listed(self, now_ms: int) -> Sequence[str]:
        """Symbols that trade at ``now_ms``, sorted."""
        return [name for name, playback in self._playbacks.items() if playback.first_ms <= now_ms <= playback.last_ms]

    def symbol_info(self, symbol: str, now_ms: int) -> Mapping[str, Any]:
        """The symbol's row of exchangeInfo at ``now_ms``. KeyError for a symbol never listed until then."""
        playback = self._playbacks[symbol]
        if now_ms < playback.first_ms:
            raise KeyError(symbol)
        row = {**self._rulebook.rows[symbol], "onboardDate": playback.first_ms}
        if now_ms > playback.last_ms:
            row |= {"status": "SETTLING", "deliveryDate": playback.last_ms + 1}
        return row

    def exchange_info(self, now_ms: int) -> dict[str, Any]:
        """The answer of GET /fapi/v1/exchangeInfo at ``now_ms``: every symbol listed until then."""
        begun = (symbol for symbol, playback in self._playbacks.items() if playback.first_ms <= now_ms)
        rows = [self.symbol_info(symbol, now_ms) for symbol in begun]
        return {**self._rulebook.header, "serverTime": now_ms, "symbols": rows}

    def brackets(self, symbol: str) -> Mapping[str, Any]:
        """The symbol's row of GET /fapi/v1/leverageBracket, numbers as in its JSON. KeyError for an unknown symbol."""
        return self._rulebook.brackets[symbol]

    def last_price(self, symbol: str, now_ms: int) -> Decimal:
        """Price of the newest point at or before ``now_ms``, USDT. KeyError before the first."""
        point = self._playbacks[symbol].last_price_point(now_ms)
        if point is None:
            raise KeyError(symbol)
        return point.price

    def path(self, symbol: str, after_ms: int, until_ms: int) -> Iterator[PricePoint]:
        """Points with after_ms < at_ms <= until_ms, in order; none while the symbol is not listed."""
        return self._playbacks[symbol].path(after_ms, until_ms)

    def bars(self, symbol: str, interval: str, start_ms: int, end_ms: int, now_ms: int) -> Sequence[Bar]:
        """Bars with start_ms <= open_ms <= end_ms that have begun by ``now_ms``, oldest first.

        Hours are as recorded and longer bars their exact sums; shorter ones are recorded (15m) or built, and sum to the
        hour. ValueError for an unknown interval, KeyError for an unknown symbol.
        """
        return self._playbacks[symbol].bars(interval, start_ms=start_ms, end_ms=end_ms, now_ms=now_ms)
