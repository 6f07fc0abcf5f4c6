"""The desk's own rows, for the drill: a process with the desk's environment that answers one line of JSON a question.

``signal`` inserts a signal as a scan leaves it, ``state`` tells what our rows say of contracts, ``fills`` our books,
``pulse`` when somebody was last alive, ``by_hand`` sets the bot of orders by hand.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import orjson

Answer = Any


def signal(words: Mapping[str, Any]) -> Answer:
    """A pending signal whose collection window is over; ``day`` makes its UTC day one that no other signal has."""
    from desk.models import Bot
    from exchange.types import from_ms
    from signals.models import ScanRun, Signal, pack_readings

    now, price = from_ms(words["now_ms"]), Decimal(words["price"])
    hour = now.replace(minute=0, second=0, microsecond=0) - timedelta(days=words["day"])
    found_at = now - timedelta(minutes=2)
    scan = ScanRun.objects.create(
        strategy="surge_short",
        hour=hour,
        finished_at=found_at,
        symbols=1,
        seconds=0.1,
        readings_packed=pack_readings({}),
    )
    made = Signal.objects.create(
        bot=Bot.objects.filter(strategy="surge_short").get(),
        scan=scan,
        symbol=words["symbol"],
        day=hour.date(),
        candle_open=hour,
        surge_ratio=Decimal(20),
        price=price,
        sell_volume=Decimal(20000),
        mean_sell_volume=Decimal(1000),
        found_at=found_at,
    )
    return made.pk


def state(words: Mapping[str, Any]) -> Answer:
    """By contract: our open quantity (signed), what is unfinished, and the ids of orders that live by our rows."""
    return {symbol: _state_of(symbol) for symbol in words["symbols"]}


def _state_of(symbol: str) -> dict[str, Any]:
    from signals.models import Signal, SignalStatus
    from trading.core.states import AT_VENUE, LIVE, UNCONFIRMED, UNFINISHED_CHANGE, PositionStatus
    from trading.models import Execution, Order, Position, PositionChange

    unfinished = Position.objects.filter(symbol=symbol).exclude(status=PositionStatus.CLOSED)
    live = Order.objects.filter(symbol=symbol, status__in=LIVE)
    signs = {"LONG": 1, "SHORT": -1}
    return {
        "open": str(sum((row.quantity * signs[row.direction] for row in unfinished), Decimal(0))),
        "unfinished": [row.status for row in unfinished],
        "stop_price": next((str(row.stop_price) for row in unfinished), ""),
        "positions": [row.pk for row in unfinished],
        "changes": list(PositionChange.objects.filter(position__in=unfinished).values_list("status", flat=True)),
        "waiting": live.filter(status__in=UNCONFIRMED).count()
        + PositionChange.objects.filter(position__symbol=symbol, status__in=UNFINISHED_CHANGE).count()
        + Execution.objects.filter(position__symbol=symbol, ended_at__isnull=True).count()
        + Signal.objects.filter(symbol=symbol, status=SignalStatus.PENDING).count(),
        "live": sorted(live.filter(status__in=AT_VENUE).values_list("client_order_id", flat=True)),
    }


def fills(words: Mapping[str, Any]) -> Answer:
    """Realised profit less commission by trade id, of trades from ``since`` (market ms) on."""
    from exchange.types import from_ms
    from trading.models import Fill

    booked = Fill.objects.filter(symbol=words["symbol"], at__gte=from_ms(words["since"]))
    return {str(fill.trade_id): str(fill.realized_pnl - fill.commission) for fill in booked}


def pulse(words: Mapping[str, Any]) -> Answer:
    """Unix seconds at which a process that protects was last alive by its own pulse."""
    from desk.models import Heartbeat

    newest = Heartbeat.objects.filter(loop__in=("stream", "check")).order_by("-beat_at").first()
    return newest.beat_at.timestamp() if newest else 0.0


def by_hand(words: Mapping[str, Any]) -> Answer:
    """Give the bot of orders by hand its settings; it is made when it is first needed."""
    from desk.models import Account, ConfigVersion
    from trading.services.manual_entry import manual_bot

    bot = manual_bot(Account.objects.get())
    number = bot.config_version.number + 1
    return ConfigVersion.objects.create(bot=bot, number=number, values=words["settings"], author="drill").number


QUESTIONS: Mapping[str, Callable[[Mapping[str, Any]], Answer]] = {
    "signal": signal,
    "state": state,
    "fills": fills,
    "pulse": pulse,
    "by_hand": by_hand,
}


def main() -> None:
    import django

    django.setup()
    for line in sys.stdin.buffer:
        words = orjson.loads(line)
        sys.stdout.buffer.write(orjson.dumps(QUESTIONS[words["do"]](words)) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
