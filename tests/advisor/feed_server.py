"""A source of readings on loopback: answers what it is told, and misbehaves as it is told."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit


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


class FeedServer:
    """Pages by path, every request remembered; a path without a page answers 404."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.pages: dict[str, Page] = {}
        self.closing = threading.Event()
        handler = type("Handler", (_Handler,), {"feed": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def show(self, path: str, body: Any, **details: Any) -> str:
        """Answer ``path`` with ``body`` (bytes, or what becomes JSON); its address."""
        self.pages[path] = Page(body if isinstance(body, bytes) else json.dumps(body).encode(), **details)
        return self.url + path

    def paths(self) -> list[str]:
        return [seen.path for seen in self.seen]

    def __enter__(self) -> "FeedServer":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    feed: FeedServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.feed.seen.append(Seen(parts.path, dict(parse_qsl(parts.query)), headers))
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
        if not page.drip:
            self.wfile.write(page.body)
            return
        for place in range(len(page.body)):
            self.wfile.write(page.body[place : place + 1])
            self.wfile.flush()
            if self.feed.closing.wait(page.drip):
                return

    def log_message(self, *_: Any) -> None:
        return
