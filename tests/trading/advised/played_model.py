"""A model provider that plays: answers made from a seed and the question, or those of a tape, request by request.

A tape is a file of JSON lines, each the hash of a request and the reply it was given. Played back, every request has
to be the recorded one, so that the first question that differs is the one that is complained about.
"""

import hashlib
import json
import random
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.advisor.model_server import ModelServer, Reply, Request, completion

Fields = dict[str, Any]


class SeededModel(ModelServer):
    """Every reply follows from the seed, the question and how often it was asked; all are put down on ``tape``."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.tape: list[str] = []
        self._seed = seed
        self._asked: Counter[str] = Counter()

    def next_reply(self, request: Request) -> Reply:
        asked = hash_of(request)
        with self._lock:
            self._asked[asked] += 1
            chance = random.Random(f"{self._seed} {asked} {self._asked[asked]}")
            reply = played_reply(chance, str(request.body["messages"][-1]["content"]))
            self.tape.append(json.dumps({"asked": asked, "reply": asdict(reply)}))
        return reply

    def save(self, path: Path) -> None:
        path.write_text("".join(f"{line}\n" for line in self.tape))


class TapedModel(ModelServer):
    """Plays a tape. A request that is not the recorded one is answered 500, and noted in ``strange``."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.strange: list[str] = []
        self._left = [json.loads(line) for line in path.read_text().splitlines()]
        self._left.reverse()

    @property
    def left(self) -> int:
        return len(self._left)

    def next_reply(self, request: Request) -> Reply:
        with self._lock:
            recorded = self._left.pop() if self._left else {"asked": "nothing any more"}
            if recorded["asked"] == hash_of(request):
                return Reply(**recorded["reply"])
            self.strange.append(str(request.body["messages"][-1]["content"]))
        return Reply({}, status=500)


def hash_of(request: Request) -> str:
    return hashlib.sha256(json.dumps(request.body, sort_keys=True).encode()).hexdigest()


def played_reply(chance: random.Random, question: str) -> Reply:
    """Mostly an answer that suits what is held; now and then none, a broken one, or a refusal."""
    kind = chance.random()
    if kind < 0.02:
        return Reply({"error": {"message": "overloaded"}}, status=500)
    if kind < 0.04:
        return completion(None, refusal="I cannot advise on that.")
    text = json.dumps(_fields(chance, question))
    if kind < 0.06:
        return completion(text[: len(text) // 2], finish="length")
    if kind < 0.10:
        return completion(chance.choice([text[:-1], text.replace(":", "", 1), "hold", '{"action": NaN}']))
    return completion(f"<think>so be it</think>{text}" if kind < 0.2 else text)


def _fields(chance: random.Random, question: str) -> Fields:
    symbol, price = seen(question)
    position = _position(question)
    said = _opening(chance, price) if position is None else _managing(chance, price, position)
    return {"symbol": symbol, "confidence": chance.choice([0.7, 0.8, 0.9]), "reasoning": "as played", **said}


def seen(question: str) -> tuple[str, Decimal]:
    """Symbol and price as the question tells them."""
    symbol = re.search(r'"symbol":"([A-Z0-9]+)"', question)
    price = re.search(r'"part":"market".*?"price":"([0-9.]+)"', question)
    return symbol[1] if symbol else "BTCUSDT", Decimal(price[1]) if price else Decimal(100)


def _position(question: str) -> Mapping[str, Any] | None:
    block = re.search(r'<data name="position">\n(.*?)\n</data>', question, re.DOTALL)
    return json.loads(block[1]) if block else None


def _opening(chance: random.Random, price: Decimal) -> Fields:
    if chance.random() < 0.5:
        return {"action": "HOLD"}
    side = chance.choice([1, -1])
    distance = price * Decimal(chance.choice(["0.003", "0.006", "0.008"]))
    params = {
        "positionSizePercent": chance.choice([1, 2, 12]),
        "leverage": chance.choice([3, 8, 10, 11]),
        "stopLossPrice": float(price - side * distance),
        "takeProfitPrice": float(price + 3 * side * distance),
    }
    return {"action": "LONG" if side > 0 else "SHORT", "params": params}


def _managing(chance: random.Random, price: Decimal, position: Mapping[str, Any]) -> Fields:
    """More of what gains, less of what loses, a closer stop, rarely the end of it."""
    kind, gain = chance.random(), Decimal(position["pnl_percent"])
    if kind < 0.04:
        return {"action": "CLOSE"}
    if kind < 0.3 and gain > Decimal("1.5"):
        return {"action": "ADD", "params": {"addPercent": chance.choice([30, 45, 50, 80])}}
    if kind < 0.15 and gain < -2:
        return {"action": "REDUCE", "params": {"reducePercent": chance.choice([30, 40, 90])}}
    if kind < 0.45:
        stop = Decimal(position["stop_loss"])
        return {"action": "ADJUST", "params": {"stopLossPrice": float(stop + (price - stop) / 8)}}
    return {"action": chance.choice(["HOLD", "HOLD", "HOLD", "LONG"])}
