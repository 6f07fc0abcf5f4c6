"""ccxt on the paper exchange: REST through ``ccxt.pro.binanceusdm``, its sockets and its WebSocket API."""

import asyncio

import ccxt_market
import ccxt_sockets
import ccxt_trading
from ccxt_desk import Desk, connect
from reporting import announced, report


async def main() -> None:
    desk = Desk(connect(announced()))
    parts = [ccxt_market.checks, ccxt_trading.checks, ccxt_sockets.checks]
    try:
        await report(desk, parts, client="ccxt", package="ccxt")
    finally:
        await desk.ccxt.close()


if __name__ == "__main__":
    asyncio.run(main())
