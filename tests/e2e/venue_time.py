"""The one answer of a venue that the web process asks for: its time."""

import json
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class VenueTime:
    """A server on loopback whose market time stands still at ``at``, or moves with the wall at ``speed``."""

    def __init__(self, at: datetime, *, speed: int) -> None:
        answer = {"at": at, "since": datetime.now(UTC), "speed": speed}

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                now = answer["at"] + (datetime.now(UTC) - answer["since"]) * answer["speed"]
                body = json.dumps({"serverTime": int(now.timestamp() * 1000)}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("X-Market-Speed", str(answer["speed"]))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *details: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
