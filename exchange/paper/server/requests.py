"""One HTTP request and its answer, as far as the venue's interface needs them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from exchange.paper.core.parameters import Parameters

JSON_TYPE = (b"content-type", b"application/json;charset=UTF-8")
MAX_BODY_BYTES = 65_536
BODY_WITHIN_S = 20.0
Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class Unreadable(Exception):
    """A request that is too large (413) or did not come whole in time (408). Nothing of it was looked at."""

    def __init__(self, status: int, *, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class ClientLeft(Exception):
    """The client closed the connection before its request was whole; nobody waits for an answer."""


@dataclass(slots=True)
class Request:
    """``query`` and ``body`` are the texts as received; of a name in both the query's value counts."""

    method: str
    path: str
    query: str
    body: str
    headers: Mapping[str, str]
    peer: str
    values: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.values = dict(parse_qsl(self.body, keep_blank_values=True)) if self.body else {}
        self.values.update(parse_qsl(self.query, keep_blank_values=True))

    @property
    def parameters(self) -> Parameters:
        return Parameters(self.values)


@dataclass(slots=True)
class Answer:
    """``content`` is what JSON holds, or bytes that already are JSON."""

    content: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    def payload(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else orjson.dumps(self.content)

    def raw_headers(self, payload: bytes) -> list[tuple[bytes, bytes]]:
        named = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]
        return [JSON_TYPE, (b"content-length", str(len(payload)).encode()), *named]


def read_headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """ASGI headers by lower-case name."""
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


async def read_request(scope: Mapping[str, Any], receive: Receive) -> Request:
    """The request with its body. Raises Unreadable, and ClientLeft."""
    headers = read_headers(scope["headers"])
    announced = headers.get("content-length", "")
    if announced.isascii() and announced.isdigit() and len(announced) < 20 and int(announced) > MAX_BODY_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(BODY_WITHIN_S):
            body = await _read_body(receive)
    except TimeoutError:
        raise Unreadable(408, code=-1007, message="The request did not come whole in time.") from None
    client = scope.get("client") or ("", 0)
    return Request(
        method=scope["method"],
        path=scope["path"],
        query=scope["query_string"].decode("latin-1"),
        body=body.decode("utf-8", errors="replace"),
        headers=headers,
        peer=client[0],
    )


async def _read_body(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        body += message.get("body", b"")
        if len(body) > MAX_BODY_BYTES:
            raise _too_large()
        if not message.get("more_body"):
            return bytes(body)


def _too_large() -> Unreadable:
    return Unreadable(413, code=-1010, message=f"The body of a request has at most {MAX_BODY_BYTES} bytes.")
