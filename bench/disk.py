"""What the disk allows: lines appended and synced one by one, as the journal does for every accepted order."""

import time
from pathlib import Path

from exchange.paper.journal import Journal

LINE = {"op": "command", "at": 1732381200000, "wall": 1732381200000000000, "seq": 1, "params": "x" * 200}


def appends_per_second(home: Path, seconds: float) -> float:
    """Lines a second on the disk that holds ``home``."""
    journal = Journal(home)
    begin, count = time.perf_counter(), 0
    while time.perf_counter() - begin < seconds:
        journal.append(LINE)
        count += 1
    elapsed = time.perf_counter() - begin
    journal.close()
    return count / elapsed
