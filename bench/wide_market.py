"""A market of many contracts: the recorded ones, and copies of them under further names.

``python -m bench.wide_market COUNT …`` is ``manage.py paper_exchange …`` with COUNT contracts instead of the recorded.
When it ends it prints a second line: the weight of each minute, and how many requests it refused for it.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any
from unittest import mock

from exchange.paper import command
from exchange.paper.core.market import Bar, PricePoint
from exchange.paper.core.venue import Venue
from exchange.paper.feeds.replay import ReplayMarket
from exchange.paper.server.weights import NS_PER_S, Pool, RequestLimits, TooMany

QUOTE = "USDT"
weight_by_minute: dict[int, int] = defaultdict(int)
refused: list[str] = []


class CountingLimits(RequestLimits):
    """Limits as the venue has them, that remember what they counted."""

    def count(self, peer: str, amount: int, *, pool: Pool = Pool.WEIGHT) -> int:
        used = super().count(peer, amount, pool=pool)
        if pool is Pool.WEIGHT:
            minute = self._wall_ns() // (60 * NS_PER_S)
            weight_by_minute[minute] = max(used, weight_by_minute[minute])
        return used

    def check(self, peer: str, used: int, *, pool: Pool = Pool.WEIGHT) -> None:
        try:
            super().check(peer, used, pool=pool)
        except TooMany as error:
            refused.append(str(error))
            raise


class WideMarket:
    """``exchange.paper.core.venue.Venue`` over another one: copies move as their originals, under their own names."""

    def __init__(self, recorded: Venue, *, count: int) -> None:
        self._recorded = recorded
        self._count = count
        self.first_ms, self.last_ms = recorded.first_ms, recorded.last_ms
        whole = (self.first_ms + self.last_ms) // 2
        self._originals = dict(_copies(recorded.listed(whole), count))

    def listed(self, now_ms: int) -> Sequence[str]:
        trading = set(self._recorded.listed(now_ms))
        return [name for name, original in self._originals.items() if original in trading]

    def symbol_info(self, symbol: str, now_ms: int) -> Mapping[str, Any]:
        """The original's row under the copy's name. KeyError for a symbol never listed until then."""
        return self._renamed(symbol, self._recorded.symbol_info(self._originals[symbol], now_ms))

    def exchange_info(self, now_ms: int) -> dict[str, Any]:
        answer = self._recorded.exchange_info(now_ms)
        rows = {row["symbol"]: row for row in answer["symbols"]}
        known = [(name, rows[original]) for name, original in self._originals.items() if original in rows]
        return answer | {"symbols": [self._renamed(name, row) for name, row in known]}

    def brackets(self, symbol: str) -> Mapping[str, Any]:
        return {**self._recorded.brackets(self._originals[symbol]), "symbol": symbol}

    def last_price(self, symbol: str, now_ms: int) -> Decimal:
        return self._recorded.last_price(self._originals[symbol], now_ms)

    def path(self, symbol: str, after_ms: int, until_ms: int) -> Iterator[PricePoint]:
        return self._recorded.path(self._originals[symbol], after_ms, until_ms)

    def bars(self, symbol: str, interval: str, start_ms: int, end_ms: int, now_ms: int) -> Sequence[Bar]:
        return self._recorded.bars(self._originals[symbol], interval, start_ms, end_ms, now_ms)

    @staticmethod
    def _renamed(symbol: str, row: Mapping[str, Any]) -> dict[str, Any]:
        return {**row, "symbol": symbol, "pair": symbol, "baseAsset": symbol.removesuffix(QUOTE)}


def _copies(originals: Sequence[str], count: int) -> Iterator[tuple[str, str]]:
    """``count`` names, sorted, each with its original: the recorded names first, then numbered ones."""
    rounds = -(-count // len(originals))
    names = [
        (original if not number else f"{original.removesuffix(QUOTE)}{number}{QUOTE}", original)
        for number in range(rounds)
        for original in originals
    ]
    return iter(sorted(names[:count]))


def main(argv: Sequence[str]) -> int:
    """The paper exchange's own command, with its market widened."""
    count = int(argv[0])

    class Widened(ReplayMarket):
        @classmethod
        def load(cls, data_dir: Path) -> Any:
            return WideMarket(ReplayMarket.load(data_dir), count=count)

    with mock.patch.multiple(command, ReplayMarket=Widened, RequestLimits=CountingLimits):
        code = command.main(argv[1:])
    sys.stdout.write(json.dumps({"weights": list(weight_by_minute.values()), "refused": refused}) + "\n")
    return code


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
