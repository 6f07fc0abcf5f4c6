"""A case as the steps of a story, from the candle to the result.

A step says what was known, what was decided, what was sent and what was answered. The names of facts are codes of the
field, so that every reader can put them in the reader's own words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from desk.event_kinds import EventKind
from desk.models import Event
from desk.narration import sentence
from exchange.rules import plain
from signals.models import Signal
from signals.selectors import config_at
from trading.core.latency import milliseconds
from trading.models import Fill, Order, Position


class StepKind(StrEnum):
    """The chapters of a case."""

    CANDLE = "candle"
    ADVICE = "advice"
    FILTER = "filter"
    DECISION = "decision"
    REFUSAL = "refusal"
    ORDER = "order"
    FILL = "fill"
    PROTECTION = "protection"
    ALARM = "alarm"
    JUDGEMENT = "judgement"
    REQUEST = "request"
    EXIT = "exit"
    RESULT = "result"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Fact:
    """One number or word; ``name`` is a key of the readers' vocabulary, ``value`` plain text."""

    name: str
    value: str


Facts = tuple[Fact, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One moment. ``at`` is market time, ``recorded_at`` wall time (None for what has no event of its own)."""

    kind: StepKind
    at: datetime
    recorded_at: datetime | None
    sentence: str
    outcome: str = ""  # word of a filter, status of an order
    known: Facts = ()
    decided: Facts = ()
    sent: Facts = ()
    answered: Facts = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """How it ended, in USDT after commission; ``return_ratio`` is of the initial margin."""

    result: Decimal
    realized_pnl: Decimal
    commission: Decimal
    return_ratio: Decimal | None
    exit_reason: str
    held_seconds: float


def result_of(position: Position | None) -> CaseResult | None:
    if position is None or position.closed_at is None or position.filled_at is None:
        return None
    result = position.realized_pnl - position.commission
    return CaseResult(
        result=result,
        realized_pnl=position.realized_pnl,
        commission=position.commission,
        return_ratio=_return_ratio(position, result),
        exit_reason=position.exit_reason,
        held_seconds=(position.closed_at - position.filled_at).total_seconds(),
    )


def _return_ratio(position: Position, result: Decimal) -> Decimal | None:
    if not position.entry_price or not position.entered_quantity:
        return None
    ratio: Decimal = result * position.leverage / (position.entry_price * position.entered_quantity)
    return ratio


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRows:
    """What is on record about one case, oldest first."""

    signal: Signal | None
    position: Position | None
    orders: Sequence[Order]
    fills: Sequence[Fill]
    events: Sequence[Event]

    def order(self, event: Event) -> Order | None:
        client_order_id = event.facts.get("client_order_id")
        return next((order for order in self.orders if order.client_order_id == client_order_id), None)

    def answer_to(self, event: Event) -> Event | None:
        """The venue's first word on the sending that ``event`` tells, or on the order where no sending was told."""
        told = self.told_of_order(event)
        place = told.index(event)
        if event.kind != EventKind.ORDER_SENT:
            return event if event.kind in ANSWERS else None
        following = told[place + 1 : place + 2]
        return next((answer for answer in following if answer.kind in ANSWERS), None)

    def is_sent_again(self, event: Event) -> bool:
        """Whether the order left once more after ``event``: then that sending had not arrived."""
        told = self.told_of_order(event)
        return any(later.kind == EventKind.ORDER_SENT for later in told[told.index(event) + 1 :])

    def told_of_order(self, event: Event) -> Sequence[Event]:
        """Everything told of the order that ``event`` is about; only ``event`` where it names none."""
        mine = event.facts.get("client_order_id")
        if mine is None or event.kind not in KINDS_OF_ORDERS:
            return [event]
        return [
            told for told in self.events if told.kind in KINDS_OF_ORDERS and told.facts.get("client_order_id") == mine
        ]

    def begins_order(self, event: Event) -> bool:
        return event.kind == EventKind.ORDER_SENT or self.told_of_order(event)[0] is event


ANSWERS = frozenset({EventKind.ORDER_ACCEPTED, EventKind.ORDER_REFUSED, EventKind.ORDER_UNKNOWN})
DECISIONS = frozenset({EventKind.ENTRY_INTENDED, EventKind.SIGNAL_REFUSED})
KINDS = {
    EventKind.SIGNAL_FOUND: StepKind.CANDLE,
    EventKind.ADVICE_GIVEN: StepKind.ADVICE,
    EventKind.SIGNAL_REFUSED: StepKind.REFUSAL,
    EventKind.ENTRY_INTENDED: StepKind.DECISION,
    EventKind.ORDER_SENT: StepKind.ORDER,
    EventKind.ORDER_ACCEPTED: StepKind.ORDER,
    EventKind.ORDER_REFUSED: StepKind.ORDER,
    EventKind.ORDER_UNKNOWN: StepKind.ORDER,
    EventKind.ORDER_RESOLVED: StepKind.ORDER,
    EventKind.ORDER_ENDED: StepKind.ORDER,
    EventKind.ENTRY_FILLED: StepKind.FILL,
    EventKind.EXIT_FILLED: StepKind.FILL,
    EventKind.STOP_PLACED: StepKind.PROTECTION,
    EventKind.TAKE_PROFIT_PLACED: StepKind.PROTECTION,
    EventKind.POSITION_UNPROTECTED: StepKind.ALARM,
    EventKind.LADDER_CLIMBED: StepKind.ALARM,
    EventKind.OWNER_PAGED: StepKind.ALARM,
    EventKind.SETTINGS_INVALID: StepKind.ALARM,
    EventKind.TAKE_PROFIT_JUDGED: StepKind.JUDGEMENT,
    EventKind.LEG_REQUESTED: StepKind.REQUEST,
    EventKind.STOP_BY_PRICE_PAID: StepKind.NOTE,
    EventKind.EXECUTION_ENDED: StepKind.NOTE,
    EventKind.SLIPPAGE_HIGH: StepKind.ALARM,
    EventKind.CHANGE_REQUESTED: StepKind.REQUEST,
    EventKind.CHANGE_REFUSED: StepKind.REFUSAL,
    EventKind.CHANGE_DONE: StepKind.REQUEST,
    EventKind.CHANGE_FAILED: StepKind.REFUSAL,
    EventKind.POSITION_CLOSING: StepKind.EXIT,
    EventKind.ENTRY_UNFILLED: StepKind.EXIT,
    EventKind.POSITION_CLOSED: StepKind.RESULT,
}
KINDS_OF_ORDERS = frozenset(kind for kind, step in KINDS.items() if step is StepKind.ORDER)


def story(rows: CaseRows) -> Iterator[Step]:
    """Steps in the order of recording, which is the order of causes; an order's answer stands in its own step."""
    told_filters = False
    for event in rows.events:
        if event.kind in DECISIONS and not told_filters:
            told_filters = True
            yield from _filters(rows)
        if not _is_told_before(event, rows):
            yield _step(event, rows)
    if not told_filters:
        yield from _filters(rows)


def _is_told_before(event: Event, rows: CaseRows) -> bool:
    """Whether ``event`` is the first answer to an order whose sending has its step: it is told there."""
    if event.kind not in ANSWERS:
        return False
    told = rows.told_of_order(event)
    place = told.index(event)
    return place > 0 and told[place - 1].kind == EventKind.ORDER_SENT


def _filters(rows: CaseRows) -> Iterator[Step]:
    signal = rows.signal
    if signal is None:
        return
    for verdict in signal.verdicts.all():
        yield Step(
            kind=StepKind.FILTER,
            at=signal.decided_at or signal.found_at,
            recorded_at=None,
            sentence=verdict.reason,
            outcome=verdict.outcome,
            known=tuple(Fact(name, str(value)) for name, value in verdict.metrics.items()),
            decided=(Fact("filter", verdict.name),),
        )


def _step(event: Event, rows: CaseRows) -> Step:
    kind = KINDS.get(EventKind(event.kind), StepKind.NOTE)
    known, decided, sent, answered = _facts(kind, event, rows)
    return Step(
        kind=kind,
        at=event.at,
        recorded_at=event.recorded_at,
        sentence=sentence(event),
        outcome=_outcome(kind, event, rows),
        known=known,
        decided=decided,
        sent=sent,
        answered=answered,
    )


def _outcome(kind: StepKind, event: Event, rows: CaseRows) -> str:
    """How the order of an order's step stands now; the purpose of a fill."""
    if kind is StepKind.ORDER and rows.begins_order(event):
        order = rows.order(event)
        return order.status if order and not rows.is_sent_again(event) else ""
    if kind is StepKind.FILL:
        return str(event.facts.get("purpose") or "")
    return ""


def _facts(kind: StepKind, event: Event, rows: CaseRows) -> tuple[Facts, Facts, Facts, Facts]:
    """Known, decided, sent, answered."""
    match kind:
        case StepKind.CANDLE:
            return _candle(rows.signal), _threshold(rows.signal, event.recorded_at), (), ()
        case StepKind.ADVICE:
            return _advice(rows.signal), (), (), ()
        case StepKind.DECISION:
            return _versions(rows.position), _sizing(event, rows.position), (), ()
        case StepKind.ORDER if rows.begins_order(event):
            return (), (), (*_sent(rows.order(event)), *_named(event, "waited_ms")), _answered(event, rows)
        case StepKind.FILL:
            return (*_of_fill(event), *_after_sending(event, rows)), (), (), ()
        case StepKind.EXIT:
            return _named(event, "author"), (), (), ()
        case StepKind.PROTECTION:
            return (), (), (), _distance(event, rows.position)
        case StepKind.ALARM:
            return _named(event, "price", "reference_price", "slippage_bps", "reason", "problem"), (), (), ()
        case StepKind.RESULT:
            return _prices(rows.position), (), (), _earned(rows.position)
        case _:
            return _of_fill(event), (), (), ()


def _of_fill(event: Event) -> Facts:
    return _named(event, "price", "quantity", "commission", "open_quantity", "slippage_bps", "reason")


def _after_sending(event: Event, rows: CaseRows) -> Facts:
    """Wall time from the sending of the order to the fill's arrival in our books."""
    order = rows.order(event)
    if order is None or order.sent_at is None:
        return ()
    return (Fact("after_sent_ms", str(milliseconds(order.sent_at, event.recorded_at))),)


def _candle(signal: Signal | None) -> Facts:
    if signal is None:
        return ()
    return (
        Fact("candle_open", signal.candle_open.isoformat()),
        Fact("sell_volume", plain(signal.sell_volume)),
        Fact("mean_sell_volume", plain(signal.mean_sell_volume)),
        Fact("surge_ratio", f"{signal.surge_ratio:.2f}"),
        Fact("close_price", plain(signal.price)),
    )


def _advice(signal: Signal | None) -> Facts:
    """What was advised, as the entry was to be held to it."""
    names = ("price", "stop_price", "take_profit_price", "leverage", "size_pct", "confidence", "decision")
    terms = signal.terms if signal else {}
    return tuple(Fact(name, str(terms[name])) for name in names if name in terms)


def _threshold(signal: Signal | None, moment: datetime) -> Facts:
    """The settings in force when the signal was found; ``moment`` is wall time."""
    config = config_at(signal.bot, moment) if signal else None
    threshold: Decimal | None = getattr(config, "surge_threshold", None)
    if signal is None or threshold is None:
        return ()
    excess = (signal.surge_ratio / threshold - 1) * 100
    return Fact("surge_threshold", plain(threshold)), Fact("over_threshold_pct", f"{excess:.1f}")


def _versions(position: Position | None) -> Facts:
    if position is None:
        return ()
    return (Fact("bot", position.bot.name), Fact("settings_version", str(position.config_version.number)))


def _sizing(event: Event, position: Position | None) -> Facts:
    facts = _named(
        event, "side", "quantity", "price", "margin", "leverage", "stop_price", "sizing", "bound_by", "author"
    )
    if position is None:
        return facts
    margin = Decimal(str(event.facts.get("margin", position.margin)))  # of the entry, without later adds
    notional = margin * position.leverage
    return (
        *facts,
        Fact("stop_loss_pct", plain(position.stop_loss_ratio * 100)),
        Fact("loss_at_stop", f"{notional * position.stop_loss_ratio:.4f}"),
    )


def _sent(order: Order | None) -> Facts:
    if order is None:
        return ()
    facts = [("purpose", order.purpose), ("order_type", order.order_type), ("side", order.side)]
    numbers = [("quantity", order.quantity), ("price", order.price), ("trigger_price", order.trigger_price)]
    facts += [(name, plain(value)) for name, value in numbers if value is not None]
    if order.close_position:
        facts.append(("closes", "position"))
    facts.append(("client_order_id", order.client_order_id))
    return tuple(Fact(name, str(value)) for name, value in facts)


def _answered(event: Event, rows: CaseRows) -> Facts:
    """How the order stands now, and what the venue said to it first."""
    order, answer = rows.order(event), rows.answer_to(event)
    facts = _named(answer, "latency_ms", "reason") if answer else ()
    if order is None or rows.is_sent_again(event):
        return facts
    ours = [Fact("venue_order_id", str(order.venue_order_id))] if order.venue_order_id else []
    return (Fact("order_status", order.status), *ours, *facts)


def _distance(event: Event, position: Position | None) -> Facts:
    facts = _named(event, "price", "seconds")
    price = event.facts.get("price")
    if position is None or not position.entry_price or not price:
        return facts
    away = (Decimal(str(price)) / position.entry_price - 1) * 100
    return (*facts, Fact("from_entry_pct", f"{away:+.2f}"))


def _prices(position: Position | None) -> Facts:
    if position is None:
        return ()
    prices = [("entry_price", position.entry_price), ("exit_price", position.exit_price)]
    numbers = [*prices, ("quantity", position.entered_quantity)]
    return tuple(Fact(name, plain(value)) for name, value in numbers if value is not None)


def _earned(position: Position | None) -> Facts:
    result = result_of(position)
    if result is None:
        return ()
    facts = [
        Fact("realized_pnl", plain(result.realized_pnl)),
        Fact("commission", plain(result.commission)),
        Fact("result", plain(result.result)),
        Fact("exit_reason", result.exit_reason),
        Fact("held_seconds", f"{result.held_seconds:.0f}"),
    ]
    if result.return_ratio is not None:
        facts.append(Fact("return_pct", f"{result.return_ratio * 100:.2f}"))
    return tuple(facts)


def _named(event: Event, *names: str) -> Facts:
    """The facts of ``event`` among ``names`` that say something."""
    return tuple(Fact(name, str(event.facts[name])) for name in names if event.facts.get(name) not in (None, ""))
