"""The floor: a bare uvicorn application that answers every request with the same bytes. ``python -m bench.floor``."""

import socket
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import uvicorn

from exchange.paper.server.run import listen

Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
ROW = b'[1732381200000,"98245.1","98301.7","98190.0","98260.4","812.345",1732384799999,"79811234.5","21345","401.2"]'
BODY = b"[" + b",".join([ROW] * 49) + b"]"
HEADERS = [(b"content-type", b"application/json;charset=UTF-8"), (b"content-length", str(len(BODY)).encode())]


async def constant(scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
    """Read the request, answer 49 rows."""
    while (await receive()).get("more_body"):
        continue
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})


def main() -> None:
    bound: socket.socket = listen("127.0.0.1", 0)
    sys.stdout.write(f'{{"port": {bound.getsockname()[1]}}}\n')
    sys.stdout.flush()
    config = uvicorn.Config(constant, lifespan="off", log_config=None, access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[bound])


if __name__ == "__main__":
    main()
