"""A Bot API on loopback: answers what a test has scripted and remembers what it was sent."""

import json
from collections import deque
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import LoopbackServer, QuietHandler


class BotApi(LoopbackServer):
    """Context manager; ``url`` is its base URL. Without a script every message is taken."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.messages: list[dict[str, Any]] = []
        self._script: deque[tuple[int, bytes]] = deque()
        super().__init__(type("Handler", (_Handler,), {"api": self}))

    def refuse_next(self, status: int, description: str, **parameters: Any) -> None:
        answer = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
        self._script.append((status, json.dumps(answer).encode()))

    def answer_next(self, status: int, body: bytes) -> None:
        self._script.append((status, body))

    def next_answer(self, path: str, message: dict[str, Any]) -> tuple[int, bytes]:
        self.paths.append(path)
        status, answer = self._script.popleft() if self._script else (200, b'{"ok": true, "result": {}}')
        if status == 200:
            self.messages.append(message)
        return status, answer

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages]


class _Handler(QuietHandler, BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.0"
    api: BotApi

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status, answer = self.api.next_answer(self.path, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
