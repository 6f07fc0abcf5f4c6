"""A model provider on loopback: speaks chat completions and messages, and misbehaves as it is told."""

import json
import threading
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.loopback import LoopbackServer, QuietHandler

GOOD = {"action": "HOLD", "symbol": "BTCUSDT", "confidence": 0.5, "reasoning": "nothing to do"}


@dataclass(frozen=True)
class Reply:
    """One answer. ``drip`` sends a byte and then waits that long for the server's end, again and again."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    silent: bool = False
    cut_after: int | None = None
    content_type: str = "application/json"


def completion(
    text: str | None, *, finish: str = "stop", refusal: str | None = None, usage: Any = (1000, 100)
) -> Reply:
    """A chat completion."""
    message = {"role": "assistant", "content": text, "refusal": refusal}
    body = {
        "id": "c-1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub-1",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
    }
    if usage:
        body["usage"] = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return Reply(body)


def message(answer: Any, *, stop: str = "tool_use", usage: tuple[int, int] = (1000, 100)) -> Reply:
    """An answer of the messages protocol: a dict as the forced tool call, a text as words."""
    block = {"type": "text", "text": answer}
    if isinstance(answer, dict):
        block = {"type": "tool_use", "id": "t-1", "name": "decide", "input": answer}
    body = {
        "id": "m-1",
        "type": "message",
        "role": "assistant",
        "model": "stub-1",
        "content": [block],
        "stop_reason": stop,
        "usage": {"input_tokens": usage[0], "output_tokens": usage[1]},
    }
    return Reply(body)


def good() -> Reply:
    return completion(json.dumps(GOOD))


@dataclass(frozen=True)
class Request:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class ModelServer(LoopbackServer):
    """Replies in the order they were queued, then for ever with the last; remembers every request."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self._replies: deque[Reply] = deque()
        self._last = good()
        self._lock = threading.Lock()
        super().__init__(type("Handler", (_Handler,), {"model_server": self}))

    def queue(self, *replies: Reply) -> None:
        self._replies.extend(replies)

    def next_reply(self, request: Request) -> Reply:
        with self._lock:
            self.requests.append(request)
            if self._replies:
                self._last = self._replies.popleft()
            return self._last


class _Handler(QuietHandler, BaseHTTPRequestHandler):
    model_server: ModelServer

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.close_connection = True
        try:
            self._send(self.model_server.next_reply(Request(self.path, self.lowered_headers(), body)))
        except (BrokenPipeError, ConnectionResetError):
            return

    def _send(self, reply: Reply) -> None:
        if reply.silent:
            self.model_server.closing.wait()
            return
        payload = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("Connection", "close")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if reply.drip:
            self.drip(payload, seconds=reply.drip, closing=self.model_server.closing)
        else:
            self.wfile.write(payload[: reply.cut_after])
