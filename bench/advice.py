"""A round of the AI futures bot with a model that answers at once: what looking, judging and writing down cost."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

ROUNDS = 3
ROOM = 100  # times the venue's limits: more is asked in this minute than a real venue would allow


class Instant:
    """Holds, in no time."""

    name, model = "deepseek", "instant"

    def decide(self, prompt: Any, schema: Any, *, deadline: Any) -> Any:
        from advisor.providers.port import Answer, Usage

        symbol = prompt.user.partition('"symbol":"')[2].partition('"')[0]
        answer = {"action": "HOLD", "symbol": symbol, "confidence": 1, "reasoning": "as always", "params": None}
        return Answer(text=json.dumps(answer), provider=self.name, model=self.model, usage=Usage(1, 1))


def advise(words: Mapping[str, Any]) -> Any:
    """Seconds of each of a few rounds over ``symbols``, every candle of six timeframes fetched anew."""
    from advisor.models import Decision, Watch
    from desk.models import Bot, ConfigVersion
    from trading.advised.rounds import Choice, work_round
    from trading.venue import open_venue

    account = Bot.objects.order_by("pk").first().account  # type: ignore[union-attr]
    bot = Bot.objects.create(name="advised", account=account, strategy="ai_futures", auto_trade=True)
    values = {"pair_choice": "listed", "pairs": " ".join(words["symbols"])}
    ConfigVersion.objects.create(bot=bot, number=1, values=values, author="bench")
    venue, seconds = open_venue(account), []
    for number in range(ROUNDS):
        Watch.objects.update(due_at=venue.now() - timedelta(seconds=1))
        desk = _desk(venue)
        begin = time.perf_counter()
        looked = work_round(bot, desk, Choice())
        seconds.append(time.perf_counter() - begin)
        written = Decision.objects.filter(bot=bot, provider="deepseek").count()
        if looked != len(words["symbols"]) or written != (number + 1) * looked:
            raise SystemExit(f"round {number}: {looked} looks, {written} answers of the model on record")
    bot.auto_trade = False
    bot.save()
    return seconds


def _desk(venue: Any) -> Any:
    """Doors with a roomy budget, and no candle known yet."""
    from dataclasses import replace

    from django.conf import settings

    from advisor.budget import Caps
    from advisor.providers.prices import Price, PriceList
    from advisor.session import Panel
    from desk.shared_budget import SharedBudget
    from exchange.binance.client import BinanceClient
    from exchange.binance.market import BinanceMarketData
    from exchange.rate_budget import VENUE_LIMITS
    from trading.advised.look import Desk

    roomy = {window: ROOM * most for window, most in VENUE_LIMITS.items()}
    budget = SharedBudget(settings.BINANCE_REST_URL, limits=roomy)
    market = BinanceMarketData(BinanceClient(settings.BINANCE_REST_URL, budget=budget))
    free = PriceList({"": Price(Decimal(0), Decimal(0))})
    caps = Caps(hour=Decimal(1), day=Decimal(1), month=Decimal(1))
    panel = Panel(advisers=[Instant()], prices=free, caps=caps)
    return Desk(venue=replace(venue, market=market), detail=market, panel=panel, strategic=panel)
