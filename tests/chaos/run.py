"""The drill: ``python -m tests.chaos.run [--cases N] [--only TEXT] [--break NAME | --breaks] [--document FILE]``.

Exit code 0 when every case is green (with a broken guard: when the drill turns red), else 1.
"""

import argparse
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import httpx2

from duolive.supervisor.ports import any_free
from exchange.errors import ExchangeError
from tests.chaos import table
from tests.chaos.act import Scene
from tests.chaos.breaks import BREAKS, Break
from tests.chaos.desk import DrillDesk, NotPlayed
from tests.chaos.judge import Verdict, not_played
from tests.chaos.matrix import Case, Round, first, rounds
from tests.chaos.playing import Played

SYMBOLS = (
    "DOTUSDT", "XRPUSDT", "LINKUSDT", "ADAUSDT", "DOGEUSDT", "SUIUSDT",
    "UNIUSDT", "NEARUSDT", "FILUSDT", "ENAUSDT", "TIAUSDT", "WIFUSDT",
)  # fmt: skip
Result = tuple[Case, Verdict]


class Drill:
    """Plays rounds on a desk that stays up between them; one that was left unclean is replaced."""

    def __init__(self, folder: Path, *, broken: str = "") -> None:
        self._folder, self._broken = folder, broken
        self._desk: DrillDesk | None = None
        self._is_hedge = False
        self._numbers = count(1)
        self._homes = count(1)

    def play(self, plan: Round) -> list[Result]:
        desk = self._ready_desk()
        if plan.is_hedge != self._is_hedge:
            desk.set_hedge_mode(plan.is_hedge)
            self._is_hedge = plan.is_hedge
        scenes = [self._scene(desk, case) for case in plan.cases]
        try:
            results = Played(desk=desk, plan=plan, scenes=scenes, is_broken=bool(self._broken)).play()
        except (NotPlayed, ExchangeError, httpx2.HTTPError) as error:
            results = [(case, not_played(str(error))) for case in plan.cases]
        if any(not verdict.is_green for _, verdict in results):
            self.close()
        return results

    def _scene(self, desk: DrillDesk, case: Case) -> Scene:
        number = next(self._numbers)
        return Scene(desk=desk, case=case, symbol=SYMBOLS[number % len(SYMBOLS)], number=number)

    def _ready_desk(self) -> DrillDesk:
        if self._desk is None:
            folder = self._folder / f"desk{next(self._homes)}"
            folder.mkdir()
            self._desk, self._is_hedge = DrillDesk(folder, ports=[any_free(), any_free()], broken=self._broken), False
            self._desk.begin()
        return self._desk

    def close(self) -> None:
        if self._desk is not None:
            self._desk.end()
        self._desk = None


@contextmanager
def drill(folder: Path, *, broken: str = "") -> Iterator[Drill]:
    playing = Drill(folder, broken=broken)
    try:
        yield playing
    finally:
        playing.close()


def play_all(plans: Sequence[Round], folder: Path, *, broken: str = "") -> list[Result]:
    """Every case with its verdict, said as it comes."""
    results: list[Result] = []
    with drill(folder, broken=broken) as playing:
        for plan in plans:
            began = time.monotonic()
            found = playing.play(plan)
            results += found
            for case, verdict in found:
                print("  ".join(table.cells(case.name, verdict)), flush=True)
            print(f"# {plan.name}: {time.monotonic() - began:.0f} s, {len(results)} cases so far", flush=True)
    return results


def play_broken(guard: Break, folder: Path) -> list[str]:
    """Names of the cases that turned red without ``guard``.

    A case that cannot even begin without it keeps its whole round from being played: then each is played alone.
    """
    plans = [plan for plan in rounds() if plan.name in guard.rounds]
    caught = _caught(play_all(plans, folder, broken=guard.name))
    if caught:
        return caught
    alone = [replace(plan, cases=[case]) for plan in plans for case in plan.cases]
    each = folder / "alone"
    each.mkdir()
    return _caught(play_all(alone, each, broken=guard.name))


def _caught(results: Sequence[Result]) -> list[str]:
    return [case.name for case, verdict in results if verdict.is_caught]


def _play_breaks(names: Sequence[str], folder: Path) -> tuple[str, bool]:
    rows, caught_all = [], True
    for name in names:
        home = folder / name
        home.mkdir()
        caught = play_broken(BREAKS[name], home)
        caught_all = caught_all and bool(caught)
        rows.append((f"`{BREAKS[name].target}`", BREAKS[name].without, "<br>".join(caught) or "NOT CAUGHT"))
    return table.markdown(rows, ("Function", "Without", "Cases that turn red")), caught_all


def main(argv: Sequence[str]) -> int:
    options = _parser().parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the desk is ended on the way out
    folder = Path(tempfile.mkdtemp(prefix="duolive-drill-"))
    print(f"# logs and homes: {folder}", flush=True)
    if options.breaks or options.broken:
        written, is_good = _play_breaks([options.broken] if options.broken else list(BREAKS), folder)
    else:
        written, is_good = _play_matrix(options, folder)
    print(written)
    if options.document:
        mark = "guards" if options.breaks else "cases"
        options.document.write_text(table.put(options.document.read_text(), mark, written))
    return 0 if is_good else 1


def _play_matrix(options: argparse.Namespace, folder: Path) -> tuple[str, bool]:
    plans = [plan for plan in rounds() if options.only in plan.name]
    began = time.monotonic()
    results = play_all(first(options.cases, plans) if options.cases else plans, folder)
    verdicts = [verdict for _, verdict in results]
    written = table.markdown([table.cells(case.name, verdict) for case, verdict in results])
    said = table.summary(verdicts, minutes=(time.monotonic() - began) / 60)
    print(said)
    return f"{said}.\n\n{written}", all(verdict.is_green for verdict in verdicts)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.run", description="Faults x kills x position states.")
    parser.add_argument("--cases", type=int, default=0, help="as many from the front, in whole rounds (default: all)")
    parser.add_argument("--only", default="", help="rounds whose names hold this text")
    parser.add_argument("--break", dest="broken", choices=sorted(BREAKS), help="take one guard away")
    parser.add_argument("--breaks", action="store_true", help="take each guard away in turn")
    parser.add_argument("--document", type=Path, help="put the table in its place there")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
