"""Beginning to mirror: which venue, whether it can be mirrored, and what must be known before a client comes."""

import json
import time
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from exchange.paper.feeds.mirror.intake import MirrorFeed, Source
from exchange.paper.feeds.mirror.tally import Trade
from exchange.paper.feeds.mirror.upstream import Upstream, UpstreamDown
from exchange.paper.feeds.rulebook import BRACKETS_FILE

BINANCE_REST, BINANCE_WS = "https://fapi.binance.com", "wss://fstream.binance.com"
KNOWN_WS = {
    BINANCE_REST: BINANCE_WS,
    "https://demo-fapi.binance.com": "wss://fstream.binancefuture.com",
}
LARGEST_OFFSET_MS = 5000


class CannotMirror(Exception):
    """The upstream answers, but not as a venue of the present; the text is one line."""


def stream_url(rest_url: str) -> str:
    """Where a venue's streams are unless told otherwise; a server of the protocol serves both at one address."""
    rest_url = rest_url.rstrip("/")
    return KNOWN_WS.get(rest_url, "ws" + rest_url.removeprefix("http"))


def recorded_brackets(data_dir: Path) -> dict[str, Mapping[str, Any]]:
    """Leverage brackets by symbol: the venue tells its own to members only. Empty where none were recorded."""
    path = data_dir / BRACKETS_FILE
    return {row["symbol"]: row for row in json.loads(path.read_text(encoding="utf-8"))} if path.is_file() else {}


async def greet(upstream: Upstream, feed: MirrorFeed) -> None:
    """Learn rules and prices. Raises UpstreamDown, and CannotMirror when its clock is not the present."""
    try:
        server_ms = int((await upstream.json("/fapi/v1/time"))["serverTime"])
        _require_present(upstream, server_ms)
        feed.market.show(await upstream.json("/fapi/v1/exchangeInfo"))
        for row in await upstream.json("/fapi/v2/ticker/price"):
            feed.trade(row["symbol"], Trade(Decimal(row["price"]), Decimal(0)))
    except (LookupError, TypeError, ValueError) as error:
        raise UpstreamDown(f"it does not speak the protocol: {error!r}") from error
    feed.hear(Source.POLLING)


def _require_present(upstream: Upstream, server_ms: int) -> None:
    offset_ms = server_ms - time.time_ns() // 1_000_000
    if abs(offset_ms) > LARGEST_OFFSET_MS:
        raise CannotMirror(
            f"the clock of {upstream.rest_url} differs from this machine's by {offset_ms / 1000:.0f} s; "
            "a paper exchange on recorded data must run with --rebase now to be mirrored"
        )
