"""Starts a fake desk, reads its journal and its output, and leaves nothing running."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import redis

ROOT = Path(__file__).resolve().parents[3]
DEADLINE_SECONDS = 30


def eventually(condition, what):
    """The first true answer of ``condition``; fails after a deadline."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not (answer := condition()):
        assert time.monotonic() < deadline, f"never came true: {what}"
        time.sleep(0.05)
    return answer


def is_alive(pid):
    """Whether the process runs; a zombie, which nobody may have reaped yet, does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        if sys.platform != "linux":
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, 0)
                return True
        return False
    return state != "Z"


class Desk:
    """Its output goes to a file, or to ``terminal``, a descriptor."""

    def __init__(self, folder, *arguments, ports, terminal=None, **variables):
        self.home = folder / "home"
        self.journal_path = folder / "journal"
        self.output_path = folder / "output"
        self.journal_path.touch()
        self.web_port, self.paper_port = ports
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(ROOT),
            "DUOLIVE_ENV_FILE": "",
            "DUOLIVE_WEB_PORT": str(self.web_port),
            "DUOLIVE_PAPER_PORT": str(self.paper_port),
            "FAKE_JOURNAL": str(self.journal_path),
        }
        script = str(Path(__file__).with_name("fake_desk.py"))
        with self.output_path.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, script, "--home", str(self.home), *arguments],
                env=environment | variables,
                stdin=subprocess.DEVNULL,
                stdout=output if terminal is None else terminal,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def output(self):
        return self.output_path.read_text()

    def journal(self, *, role=None, what=None):
        lines = [json.loads(line) for line in self.journal_path.read_text().splitlines() if line.endswith("}")]
        return [line for line in lines if role in (None, line["role"]) and what in (None, line["what"])]

    def pids(self):
        """Every process the desk ever had, its Redis and the worker's pool included."""
        found = {line["pid"] for line in self.journal()} | {line["child"] for line in self.journal(what="pool")}
        return found | set(self.redis_pids())

    def redis_pids(self):
        """The running embedded Redis, none while it does not answer."""
        kept = self.home / "secrets" / "REDIS_URL"
        if not kept.is_file():
            return []
        try:
            with redis.Redis.from_url(kept.read_text().strip()) as client:
                return [client.info("server")["process_id"]]
        except redis.RedisError:
            return []

    def starts(self, role):
        return self.journal(role=role, what="started")

    def until_running(self):
        eventually(lambda: "Ctrl-C stops" in self.output or self.process.poll() is not None, "the desk runs")
        assert self.process.poll() is None, self.output
        return self

    def ended(self):
        """The exit code, once it has ended by itself."""
        return self.process.wait(timeout=DEADLINE_SECONDS)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.ended()

    def clean_up(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(timeout=DEADLINE_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
