"""The desk's processes on this machine, as their supervisor started them."""

from collections.abc import Sequence
from dataclasses import dataclass

import psutil

MIB = 2**20
MODULES = {"uvicorn": "web"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What one process of the desk holds now: the largest resident size among it and its descendants, in MiB."""

    name: str
    pid: int
    started_at: float  # Unix seconds: a number of the system's may name another process later
    resident_mib: int


def usages(supervisor_pid: int) -> list[Usage]:
    """Those of the desk's own processes that run; none where the supervisor is gone, or on another machine."""
    try:
        children = psutil.Process(supervisor_pid).children()
    except psutil.NoSuchProcess:
        return []
    return [usage for child in children if (usage := _usage(child)) is not None]


def end(usage: Usage) -> bool:
    """Ask the process to end in order, after which it is started again; False where it is gone already."""
    try:
        process = psutil.Process(usage.pid)
        if process.create_time() != usage.started_at:
            return False
        process.terminate()
    except psutil.NoSuchProcess:
        return False
    return True


def _usage(process: psutil.Process) -> Usage | None:
    """None for a process that is not ours, as Redis, and for one that has just ended."""
    try:
        name = name_of(process.cmdline())
        if name is None:
            return None
        family = [process, *process.children(recursive=True)]
        return Usage(
            name=name,
            pid=process.pid,
            started_at=process.create_time(),
            resident_mib=max(_resident(each) for each in family) // MIB,
        )
    except psutil.NoSuchProcess:
        return None


def _resident(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0


def name_of(argv: Sequence[str]) -> str | None:
    """What the desk calls the process with this command line: ``manage.py NAME``, ``celery -A duolive NAME`` or web."""
    words = [word.rpartition("/")[2] for word in argv]
    if "manage.py" in words:
        return _word_after("manage.py", words)
    if "celery" in words and "duolive" in words:
        return _word_after("duolive", words)
    return next((MODULES[word] for word in words if word in MODULES), None)


def _word_after(word: str, words: Sequence[str]) -> str | None:
    return next(iter(words[words.index(word) + 1 :]), None)
