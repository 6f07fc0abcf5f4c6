"""The exchange's official Python SDK on the paper exchange."""

import asyncio
import logging

import sdk_rest
import sdk_sockets
from reporting import announced, report
from sdk_desk import Desk, connect

PACKAGE = "binance-sdk-derivatives-trading-usds-futures"


async def main() -> None:
    desk = Desk(connect(announced()))
    logging.getLogger().addHandler(desk.complaints)
    await report(desk, [sdk_rest.checks, sdk_sockets.checks], client="official Python SDK", package=PACKAGE)


if __name__ == "__main__":
    asyncio.run(main())
