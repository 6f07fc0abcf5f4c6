"""A venue of the tests' own on loopback: it answers as scripted and remembers every request it read."""

import json
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from exchange.binance.client import BinanceClient

PAYLOADS = Path(__file__).parent / "payloads"


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    query: str
    api_key: str | None

    @property
    def params(self):
        return dict(parse_qsl(self.query))


@dataclass(frozen=True)
class Answer:
    """An answer; ``until`` makes it wait, ``drops`` closes the connection instead of answering."""

    body: object = field(default_factory=dict)
    status: int = 200
    headers: dict = field(default_factory=dict)
    until: threading.Event | None = None
    drops: bool = False


def refusal(code, message="", *, status=400, headers=None):
    return Answer({"code": code, "msg": message}, status=status, headers=headers or {})


def handler_of(venue):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _serve(self):
            target = urlsplit(self.path)
            seen = Seen(self.command, target.path, target.query, self.headers.get("X-MBX-APIKEY"))
            answer = venue.next_answer(seen)
            if answer.until is not None:
                answer.until.wait(timeout=10)
            if answer.drops:
                self.close_connection = True
                return
            body = answer.body() if callable(answer.body) else answer.body
            text = body.encode() if isinstance(body, str) else json.dumps(body, ensure_ascii=False).encode()
            self.send_response(answer.status)
            for name, value in {"Content-Length": str(len(text)), **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815

        def log_message(self, *args):
            pass

    return Handler


class LoopbackServer(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


class ScriptedVenue:
    """HTTP server with a script per method and path; the last answer of a script repeats."""

    def __init__(self):
        self.requests = []
        self._scripts = defaultdict(list)
        self._lock = threading.Condition()
        self._server = LoopbackServer(("127.0.0.1", 0), handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        self._thread.start()
        self.script("GET", "/fapi/v1/time", Answer(lambda: {"serverTime": time.time_ns() // 1_000_000}))

    @property
    def url(self):
        return f"http://127.0.0.1:{self._server.server_port}"

    def script(self, method, path, *answers):
        with self._lock:
            self._scripts[method, path] = [a if isinstance(a, Answer) else Answer(a) for a in answers]

    def seen(self, method, path):
        with self._lock:
            return [request for request in self.requests if (request.method, request.path) == (method, path)]

    def wait_until_seen(self, method, path, *, count, deadline=10):
        """Wait until ``count`` such requests were read; AssertionError after ``deadline`` seconds."""
        seen = (method, path)
        with self._lock:
            assert self._lock.wait_for(
                lambda: sum((request.method, request.path) == seen for request in self.requests) >= count, deadline
            )

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)

    def next_answer(self, seen):
        with self._lock:
            self.requests.append(seen)
            self._lock.notify_all()
            script = self._scripts.get((seen.method, seen.path))
            if not script:
                return Answer({"code": -5000, "msg": f"Path {seen.path}, Method {seen.method} is invalid"}, status=404)
            return script.pop(0) if len(script) > 1 else script[0]


@pytest.fixture
def payload():
    """Captured payloads by name."""
    return lambda name: json.loads((PAYLOADS / f"{name}.json").read_text())


@pytest.fixture
def venue():
    server = ScriptedVenue()
    yield server
    server.close()


@pytest.fixture
def pauses():
    """Pauses the client made between repetitions, in seconds; none is waited for."""
    return []


@pytest.fixture
def client(venue, pauses):
    client = BinanceClient(venue.url, api_key="key", api_secret="secret", sleep=pauses.append)
    yield client
    client.close()


@pytest.fixture
def answer():
    """Make an answer with a status, headers, a delay or a dropped connection."""
    return Answer


@pytest.fixture
def refuse():
    """Make an answer with a venue error."""
    return refusal
