"""A stand-in for a process of the desk: ``fake_process.py ROLE [arguments]``; what it sees goes to FAKE_JOURNAL.

Knows only the standard library, so that a dozen of them start at once.
"""

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

JOURNAL = Path(os.environ["FAKE_JOURNAL"])
SLEEPER = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


def note(what, **facts):
    with JOURNAL.open("a") as journal:
        journal.write(json.dumps({"role": sys.argv[1], "what": what, "pid": os.getpid(), **facts}) + "\n")


def stopped(*_):
    note("stopped")
    sys.exit(0)


class Answers(BaseHTTPRequestHandler):
    """``/readyz`` says 503 twice, then 200; POST is the control of the paper exchange."""

    asked = 0

    def do_GET(self):
        Answers.asked += 1
        ready = Answers.asked > 2
        note("readyz", ready=ready, host=self.headers["Host"])
        self._answer(200 if ready else 503, b"ready" if ready else b"worker missing")

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        note("control", path=self.path, body=json.loads(body))
        self._answer(200, b"{}")

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def main(role, *arguments):
    note("started", argv=list(arguments), env=dict(os.environ))
    signal.signal(signal.SIGTERM, stopped)
    if role == "fail":
        print("the journal's clock is behind the newest row")
        sys.exit(3)
    if role in ("web", "paper"):
        port = int(arguments[arguments.index("--port") + 1])
        server = HTTPServer(("127.0.0.1", port), Answers)
        if role == "paper":
            url = f"http://127.0.0.1:{port}"
            print(
                json.dumps({"rest": url, "ws": "ws://x", "api_key": "k", "api_secret": "hush", "control": url + "/c"})
            )
        server.serve_forever()
    if role == "worker":
        child = subprocess.Popen([sys.executable, "-c", SLEEPER])
        note("pool", child=child.pid)
        for number in range(int(os.environ.get("FAKE_LINES", "0"))):
            print(f"line {number} {'x' * 100}", flush=True)
        note("said")
    while role != "step":
        time.sleep(60)


if __name__ == "__main__":
    main(*sys.argv[1:])
