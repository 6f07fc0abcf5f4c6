"""The server under measurement: the paper exchange on the whole demo data, without request limits.

``python -m bench.venue HOME`` prints one JSON line with its port, and serves until SIGTERM.
"""

import asyncio
import json
import sys
from decimal import Decimal
from pathlib import Path

from exchange.paper.core.terms import REALISTIC
from exchange.paper.feeds.replay import ReplayMarket
from exchange.paper.journal import Journal
from exchange.paper.server.app import PaperApp
from exchange.paper.server.host import ClockSetting, Host, open_host
from exchange.paper.server.listen_keys import ListenKeys
from exchange.paper.server.run import listen, serve, stop_on_signals
from exchange.paper.server.weights import Pool, RequestLimits

DATA = Path(__file__).resolve().parents[1] / "data"
KEY, SECRET = "bench", "bench-secret"
LEAD_MS = 40 * 24 * 3_600_000  # bars before the start, enough for every request that is sent


class Unlimited(RequestLimits):
    """Counts as usual and refuses nobody."""

    def check(self, peer: str, used: int, *, pool: Pool = Pool.WEIGHT) -> None:
        return

    def use_order(self, api_key: str, *, recent: int = 1, minute: int = 1) -> dict[str, str]:
        return {"X-MBX-ORDER-COUNT-10S": str(recent), "X-MBX-ORDER-COUNT-1M": str(minute)}


def open_bench_host(home: Path) -> Host:
    market = ReplayMarket.load(DATA)
    start_ms = min(market.first_ms + LEAD_MS, (market.first_ms + market.last_ms) // 2)
    setting = ClockSetting(start_ms=start_ms, speed=Decimal(1), is_held=False)
    host = open_host(journal=Journal(home), venue=market, setting=setting, listen_keys=ListenKeys(), terms=REALISTIC)
    host.open_account(api_key=KEY, api_secret=SECRET, deposit="1000000")
    return host


async def _serve(host: Host) -> None:
    bound = listen("127.0.0.1", 0)
    line = {"port": bound.getsockname()[1], "symbols": list(host.venue.listed(host.engine.now_ms))}

    def announce() -> None:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()

    with bound:
        await serve(host, PaperApp(host, limits=Unlimited()), bound, stop=stop_on_signals(), on_ready=announce)
    host.close()


def main() -> None:
    asyncio.run(_serve(open_bench_host(Path(sys.argv[1]))))


if __name__ == "__main__":
    main()
