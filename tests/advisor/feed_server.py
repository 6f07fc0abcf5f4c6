"""A source of readings on loopback: answers what it is told, and misbehaves as it is told."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.loopback import LoopbackServer, QuietHandler


@dataclass(frozen=True)
class Page:
    """One answer. ``drip`` sends a byte and then waits that long for the server's end, again and again."""

    body: Any = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    drip: float = 0.0
    silent: bool = False
    length: int | None = None  # what Content-Length claims


@dataclass(frozen=True)
class Seen:
    path: str
    query: dict[str, str]
    headers: dict[str, str]


class FeedServer(LoopbackServer):
    """Pages by path, every request remembered; a path without a page answers 404."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.pages: dict[str, Page] = {}
        super().__init__(type("Handler", (_Handler,), {"feed": self}))

    def show(self, path: str, body: Any, **details: Any) -> str:
        """Answer ``path`` with ``body`` (bytes, or what becomes JSON); its address."""
        self.pages[path] = Page(body if isinstance(body, bytes) else json.dumps(body).encode(), **details)
        return self.url + path

    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]


class _Handler(QuietHandler, BaseHTTPRequestHandler):
    feed: FeedServer

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.feed.seen.append(Seen(parts.path, dict(parse_qsl(parts.query)), self.lowered_headers()))
        self.close_connection = True
        try:
            self._send(self.feed.pages.get(parts.path, Page(b"no such page", status=404)))
        except (BrokenPipeError, ConnectionResetError):
            return

    def _send(self, page: Page) -> None:
        if page.silent:
            self.feed.closing.wait()
            return
        self.send_response(page.status)
        self.send_header("Content-Length", str(len(page.body) if page.length is None else page.length))
        self.send_header("Connection", "close")
        for name, value in page.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if page.drip:
            self.drip(page.body, seconds=page.drip, closing=self.feed.closing)
        else:
            self.wfile.write(page.body)
