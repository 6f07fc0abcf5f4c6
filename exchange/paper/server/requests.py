"""One HTTP request and its answer, as far as the venue's interface needs them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson

from exchange.paper.core.parameters import Parameters

JSON_TYPE = (b"content-type", b"application/json;charset=UTF-8")


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
