"""A Bot API on loopback: answers what a test has scripted and remembers what it was sent."""

import json
import threading
from collections import deque
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class BotApi:
    """Context manager; ``url`` is its base URL. Without a script every message is taken."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.messages: list[dict[str, Any]] = []
        self._script: deque[tuple[int, bytes]] = deque()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def refuse_next(self, status: int, description: str, **parameters: Any) -> None:
        answer = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
        self._script.append((status, json.dumps(answer).encode()))

    def answer_next(self, status: int, body: bytes) -> None:
        self._script.append((status, body))

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        api = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                api.paths.append(self.path)
                status, answer = api._script.popleft() if api._script else (200, b'{"ok": true, "result": {}}')
                if status == 200:
                    api.messages.append(body)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        return Handler

    def __enter__(self) -> "BotApi":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
