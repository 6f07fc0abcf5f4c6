"""A ccxt client of the paper exchange, and what its checks share."""

import asyncio
from dataclasses import dataclass
from typing import Any

import ccxt
import ccxt.pro
from reporting import Paper

BTC, ETH, ADA = "BTC/USDT:USDT", "ETH/USDT:USDT", "ADA/USDT:USDT"
EVENT_S = 15
FIRE_S = 80


# doc: connect
def connect(paper: Paper) -> ccxt.pro.binanceusdm:
    """A client of the paper exchange: only URLs differ from one of Binance."""
    rest, ws = paper.rest, paper.ws
    exchange = ccxt.pro.binanceusdm(
        {
            "apiKey": paper.api_key,
            "secret": paper.api_secret,
            "options": {"fetchCurrencies": False, "fetchMargins": False},  # both would ask the spot host
            "urls": {
                "api": {
                    "fapiPublic": f"{rest}/fapi/v1",
                    "fapiPublicV2": f"{rest}/fapi/v2",
                    "fapiPublicV3": f"{rest}/fapi/v3",
                    "fapiPrivate": f"{rest}/fapi/v1",
                    "fapiPrivateV2": f"{rest}/fapi/v2",
                    "fapiPrivateV3": f"{rest}/fapi/v3",
                    "fapiData": f"{rest}/futures/data",
                    "ws": {"linear": f"{ws}/ws", "ws-api": {"linear": f"{ws}/ws-fapi/v1"}},
                }
            },
        }
    )
    # ccxt picks the error classes of futures by the host's name; on another host it must be told.
    exchange.exceptions["exact"].update(exchange.exceptions["linear"]["exact"])
    return exchange


# doc: end


@dataclass
class Desk:
    """The client and what several checks need."""

    ccxt: Any

    async def last(self, symbol: str) -> float:
        return (await self.ccxt.fetch_ticker(symbol))["last"]

    async def away(self, symbol: str, ratio: float) -> float:
        """A price on the tick, ``ratio`` times the last one."""
        return float(self.ccxt.price_to_precision(symbol, await self.last(symbol) * ratio))

    async def held(self, symbol: str) -> float:
        """Contracts of the position, 0 without one."""
        rows = await self.ccxt.fetch_positions([symbol])
        return sum(row["contracts"] * (-1 if row["side"] == "short" else 1) for row in rows)

    async def until_flat(self, symbol: str, *, within_s: float) -> None:
        async def poll() -> None:
            while await self.held(symbol):  # noqa: ASYNC110 (ccxt has no event for it)
                await asyncio.sleep(0.5)

        await asyncio.wait_for(poll(), within_s)

    def is_connected(self, route: str) -> bool:
        """Whether a socket of this route is open."""
        return any(route in url and client.connected.done() for url, client in self.ccxt.clients.items())

    async def flatten(self, symbol: str) -> None:
        await self.ccxt.cancel_all_orders(symbol)
        await self.ccxt.cancel_all_orders(symbol, params={"trigger": True})
        quantity = await self.held(symbol)
        if quantity:
            side = "sell" if quantity > 0 else "buy"
            await self.ccxt.create_order(symbol, "market", side, abs(quantity), None, {"reduceOnly": True})
