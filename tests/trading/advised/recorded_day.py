"""A day of the recorded market in lockstep with a model that plays; what it came to, line by line, to be compared.

As a program (``python -m tests.trading.advised.recorded_day``) it runs in a process and on a database of its own.
"""

import argparse
import json
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from django.db.models import Model

    from tests.advisor.model_server import ModelServer
    from tests.trading.advised.recorded_desk import RecordedDesk

PAIRS = {"pair_choice": "listed", "pairs": "BTCUSDT ETHUSDT XRPUSDT", "scan_every_minutes": 3, "cooldown_minutes": 0}
HOUSE_EVERY = 30  # steps
# What is of the wall, or drawn: everything else has to be the same.
OF_THE_WALL = {
    "advisor.decision": {"asked_at", "latency_ms", "case"},
    "trading.position": {"case", "naked_since", "worst_naked_seconds", "orders_seen_at"},
    "trading.order": {"committed_at", "sent_at", "answered_at", "updated_at"},
}


def live_day(home: Path, model: "ModelServer", *, duration: timedelta, every: float = 60) -> "RecordedDesk":
    """``duration`` of market time in steps of ``every`` seconds, advised by two names of ``model``.

    The wall has no say: providers rest and money is counted by market time, and a round ends when nothing is due.
    """
    from desk.models import Installation
    from trading.advised.housekeeping import keep_house

    Installation.objects.update_or_create(id=1, defaults={"nonce": "0a1b2c"})
    desk = desk_of(home, model)
    end, number = desk.now() + duration, 0
    while desk.now() < end:
        while desk.round():
            pass
        desk.step(every)
        desk.check()
        number += 1
        if number % HOUSE_EVERY == 0:
            keep_house(desk.bot, desk.desk)
    return desk


def desk_of(home: Path, model: "ModelServer") -> "RecordedDesk":
    from advisor.providers.openai_compatible import OpenAiCompatible
    from advisor.providers.wire import Endpoint
    from tests.trading.advised.recorded_desk import FREE, RecordedDesk

    def adviser(name: str) -> OpenAiCompatible:
        return OpenAiCompatible(Endpoint(name=name, base_url=model.url, model=f"{name}-1", api_key="k"), FREE)

    desk = RecordedDesk(home, advisers=[adviser("deepseek"), adviser("qwen")], **PAIRS)
    panel = replace(desk.desk.panel, now=desk.now)
    desk.desk = replace(desk.desk, panel=panel, strategic=panel)
    return desk


def told(desk: "RecordedDesk") -> Iterator[str]:
    """Decisions, changes, positions, orders, fills and what the exchange said, each row whole, one line each."""
    from advisor.models import Decision, Memory
    from trading.models import Fill, Order, Position, PositionChange

    for kind in (Decision, PositionChange, Position, Order, Fill, Memory):
        for row in kind.objects.order_by("pk"):
            yield _line(row)
    for record in desk.host.engine.records:
        yield json.dumps(record.payload, sort_keys=True, default=str)


def _line(row: "Model") -> str:
    left_out = OF_THE_WALL.get(row._meta.label_lower, set())
    names = [field.attname for field in row._meta.concrete_fields if field.attname not in left_out]
    values = {name: getattr(row, name) for name in names}
    return json.dumps({"row": row._meta.label_lower, **values}, default=str)


def main() -> None:
    """One day; leaves ``lines`` in its home, and the tape unless one is played. Exit code 1 for a strange request."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--hours", type=float, default=24)
    parser.add_argument("--every", type=float, default=120, help="seconds of market time from round to round")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--play", type=Path, help="a tape; else answers are made from the seed and recorded")
    asked = parser.parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    raise SystemExit(_run(asked))


def _run(asked: argparse.Namespace) -> int:
    from tests.trading.advised.played_model import SeededModel, TapedModel

    asked.home.mkdir(parents=True, exist_ok=True)
    model = TapedModel(asked.play) if asked.play else SeededModel(asked.seed)
    with model:
        desk = live_day(asked.home / "paper", model, duration=timedelta(hours=asked.hours), every=asked.every)
    (asked.home / "lines").write_text("".join(f"{line}\n" for line in told(desk)))
    if isinstance(model, SeededModel):
        model.save(asked.home / "tape")
        return 0
    if model.strange:
        (asked.home / "strange").write_text("\n\n".join(model.strange))
    return 1 if model.strange or model.left else 0


if __name__ == "__main__":
    main()
