"""What an answer leads to: every limit asked in order, each verdict with its numbers, then the intents. Pure.

The answer has passed the clamps. Nothing here, whatever the answer says, loosens a stop or lifts a limit: the first
limit in the way refuses. A trailing stop is moved by the desk itself, with or without advice.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from advisor.answer import OPENING, Action, AnswerParams, ModelAnswer
from trading.advised import stops
from trading.advised.facts import Facts, Held
from trading.advised.size import AdvisedSize, advised_size

MOVES_STOP = frozenset({"add", "adjust"})
ZONE_REACH = Decimal("0.02")  # a price farther from the plan's zone is none to enter at


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One limit's word. ``value`` and ``limit`` as plain texts."""

    rule: str
    passed: bool
    value: str = ""
    limit: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"rule": self.rule, "passed": self.passed, "value": self.value, "limit": self.limit}


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What shall be done. ``kind`` is enter, close, add, reduce or adjust; ``author`` adviser or trailing_stop."""

    kind: str
    author: str = "adviser"
    numbers: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "author": self.author, **self.numbers}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """``refusal`` is the rule that stopped the answer; an intent of the desk's own may stand beside it."""

    verdicts: tuple[Verdict, ...] = ()
    intents: tuple[Intent, ...] = ()
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    answer: ModelAnswer
    facts: Facts

    @property
    def params(self) -> AnswerParams:
        return self.answer.params or AnswerParams()


def judge(answer: ModelAnswer, facts: Facts) -> Judged:
    """The verdicts on ``answer`` up to the first that refuses, and what is to be done."""
    case = _Case(answer, facts)
    verdicts: list[Verdict] = []
    for verdict in _verdicts(case):
        verdicts.append(verdict)
        if not verdict.passed:
            return Judged(verdicts=tuple(verdicts), intents=_with_trailing((), facts), refusal=verdict.rule)
    return Judged(verdicts=tuple(verdicts), intents=_with_trailing(_intents(case), facts))


def _verdicts(case: _Case) -> Iterator[Verdict]:
    yield _verdict("symbol", case.answer.symbol == case.facts.symbol, case.answer.symbol, case.facts.symbol)
    action = case.answer.action
    if action in OPENING:
        yield from _opening(case)
    elif action in CHANGES:
        held = case.facts.held
        yield _verdict("position", held is not None)
        if held is not None and action is not Action.CLOSE:
            yield _verdict("no_change_in_work", not held.is_changing)
            yield from CHANGES[action](case, held)


def _opening(case: _Case) -> Iterator[Verdict]:
    facts, limits = case.facts, case.facts.limits
    yield _verdict("no_position", facts.held is None)
    yield from _data(case)
    yield from _planned(case)
    yield _at_most("max_leverage", Decimal(_leverage(case)), Decimal(limits.max_leverage))
    yield _verdict("balance", facts.account.available > 0, _text(facts.account.available), "0")
    yield _at_most("max_size", case.params.position_size_percent or Decimal(0), limits.max_size_pct)
    yield _below("max_positions", facts.account.positions, limits.max_positions)
    yield _below("max_entries_per_day", facts.account.entries_today, limits.max_entries_per_day)
    if limits.daily_loss:
        yield _verdict(
            "daily_loss",
            facts.account.result_today > -limits.daily_loss,
            _text(facts.account.result_today),
            _text(-limits.daily_loss),
        )
    yield _verdict("cooldown", facts.cooldown_left <= 0, _text(facts.cooldown_left), "0")
    yield from _exits(case)
    size = _size(case)
    yield _verdict("size", size.percent > 0, f"{size.percent:f} {size.bound_by}", "0")
    yield _exposure(case, added=facts.account.available * size.percent / 100, leverage=_leverage(case))


def _data(case: _Case) -> Iterator[Verdict]:
    missing = case.facts.missing
    known = case.facts.price is not None and case.facts.atr is not None and case.facts.atr > 0
    yield _verdict("data", known and not missing, ", ".join(missing))


def _planned(case: _Case) -> Iterator[Verdict]:
    """Where plans are made, a step is taken by one: in its direction and near its zone."""
    if not case.facts.is_layered:
        return
    plan, price = case.facts.plan, case.facts.price
    wanted = case.answer.action.value
    yield _verdict("plan", plan is not None and plan.direction == wanted, plan.direction if plan else "", wanted)
    if plan is None or price is None or plan.zone_low is None or plan.zone_high is None:
        return
    away = max(plan.zone_low - price, price - plan.zone_high, Decimal(0)) / price
    yield _at_most("plan_zone", away.quantize(Decimal("0.0001")), ZONE_REACH)


def _exits(case: _Case) -> Iterator[Verdict]:
    """Stop and take-profit on their sides, the stop within its bounds of ATR, the reward worth the risk."""
    price, atr, limits = case.facts.price, case.facts.atr, case.facts.limits
    stop, target = case.params.stop_loss_price, case.params.take_profit_price
    if price is None or not atr or not stop or not target:
        yield _verdict("exits", False)
        return
    sign = 1 if case.answer.action is Action.LONG else -1
    risk, reward = sign * (price - stop), sign * (target - price)
    yield _verdict("exits", risk > 0 and reward > 0, f"{stop:f} {target:f}", f"{price:f}")
    multiple = (risk / atr).quantize(Decimal("0.01"))
    within = limits.min_stop_atr <= risk / atr <= limits.max_stop_atr
    yield _verdict("stop_distance", within, f"{multiple:f} ATR", f"{limits.min_stop_atr:f} - {limits.max_stop_atr:f}")
    ratio = reward / risk if risk > 0 else Decimal(0)
    yield _at_least("reward_risk", ratio, limits.min_reward_risk)


def _exposure(case: _Case, *, added: Decimal, leverage: int) -> Verdict:
    """``added`` is margin; everything on the account and this, of equity, by the basis in force."""
    account, limits = case.facts.account, case.facts.limits
    weight = added * leverage if limits.exposure_basis == "notional" else added
    if account.equity <= 0:
        return _verdict("exposure", False, "no equity", _text(limits.max_exposure_pct))
    return _at_most("exposure", (account.carried + weight) / account.equity * 100, limits.max_exposure_pct)


def _adding(case: _Case, held: Held) -> Iterator[Verdict]:
    facts, limits = case.facts, case.facts.limits
    yield from _data(case)
    share = case.params.add_percent or Decimal(0)
    yield _below("max_adds", held.adds, limits.max_adds)
    yield _at_least("add_gain", held.gain_pct, limits.min_add_gain_pct)
    multiple = held.quantity * (1 + share / 100) / held.first_quantity if held.first_quantity else Decimal("Infinity")
    yield _at_most("add_multiple", multiple, limits.max_add_multiple)
    yield _verdict("balance", facts.account.available > 0, _text(facts.account.available), "0")
    added = held.quantity * share / 100 * (facts.price or held.entry_price) / held.leverage
    part = added / facts.account.available * 100 if facts.account.available > 0 else Decimal("Infinity")
    yield _at_most("max_size", part, limits.max_size_pct)
    yield _loss_after_add(case, held, share)
    yield _exposure(case, added=added, leverage=held.leverage)


def _loss_after_add(case: _Case, held: Held, share: Decimal) -> Verdict:
    """What the whole position would lose from its new average to its stop, of equity."""
    price = case.facts.price or held.entry_price
    added = held.quantity * share / 100
    stop = stops.stop_after_add(held, share_pct=share, price=price) or held.stop_price
    sign = 1 if held.is_long else -1
    loss = sign * ((held.entry_price - stop) * held.quantity + (price - stop) * added)
    equity = case.facts.account.equity
    percent = loss / equity * 100 if equity > 0 else Decimal("Infinity")
    return _at_most("max_loss", percent, case.facts.limits.max_loss_pct)


def _reducing(case: _Case, held: Held) -> Iterator[Verdict]:
    yield _below("max_reduces", held.reduces, case.facts.limits.max_reduces)
    yield _verdict("reduce_in_loss", held.gain_pct < 0, f"{held.gain_pct:.2f}", "0")


def _adjusting(case: _Case, held: Held) -> Iterator[Verdict]:
    """A stop only closer and not where the price is already; a take-profit only beyond the price."""
    price = case.facts.price
    stop, target = case.params.stop_loss_price, case.params.take_profit_price
    if stop:
        yield _verdict("stop_tightens", stops.is_tighter(stop, held), f"{stop:f}", f"{held.stop_price:f}")
        yield _verdict("stop_behind_price", price is not None and stops.is_behind(stop, price, held), f"{stop:f}")
    if target:
        beyond = price is not None and (target > price if held.is_long else target < price)
        yield _verdict("target_beyond_price", beyond, f"{target:f}", "" if price is None else f"{price:f}")


CHANGES: Mapping[Action, Callable[[_Case, Held], Iterator[Verdict]]] = {
    Action.CLOSE: lambda case, held: iter(()),
    Action.ADD: _adding,
    Action.REDUCE: _reducing,
    Action.ADJUST: _adjusting,
}


def _intents(case: _Case) -> tuple[Intent, ...]:
    action, held = case.answer.action, case.facts.held
    if action in OPENING:
        return (_enter(case),)
    if held is None or action is Action.HOLD:
        return ()
    numbers: dict[str, Any] = {"position": held.position}
    if action is Action.CLOSE:
        return (Intent(kind="close", numbers=numbers),)
    if action is Action.ADD:
        return (_add(case, held, numbers),)
    if action is Action.REDUCE:
        return (Intent(kind="reduce", numbers=numbers | {"share_pct": _text(case.params.reduce_percent)}),)
    stop, target = case.params.stop_loss_price, case.params.take_profit_price
    exits = {"stop_price": stop, "take_profit_price": target}
    return (Intent(kind="adjust", numbers=numbers | {name: _text(price) for name, price in exits.items() if price}),)


def _enter(case: _Case) -> Intent:
    size = _size(case)
    return Intent(
        kind="enter",
        numbers={
            "direction": case.answer.action.value,
            "price": _text(case.facts.price),
            "stop_price": _text(case.params.stop_loss_price),
            "take_profit_price": _text(case.params.take_profit_price),
            "atr": _text(case.facts.atr),
            "leverage": _leverage(case),
            "size_pct": _text(size.percent),
            "bound_by": size.bound_by,
            "confidence": _text(case.answer.confidence),
        },
    )


def _add(case: _Case, held: Held, numbers: dict[str, Any]) -> Intent:
    share, price = case.params.add_percent or Decimal(0), case.facts.price or held.entry_price
    stop = stops.stop_after_add(held, share_pct=share, price=price)
    after = {} if stop is None else {"stop_price": _text(stop)}
    return Intent(kind="add", numbers=numbers | {"share_pct": _text(share)} | after)


def _with_trailing(intents: tuple[Intent, ...], facts: Facts) -> tuple[Intent, ...]:
    """The desk's own trailing stop: by itself, or within a change that moves the stop anyway, where it is closer.

    A position has one change at a time, so a REDUCE goes before it, and one that ends needs no stop.
    """
    held, price = facts.held, facts.price
    if held is None or held.is_changing or price is None or not facts.limits.trailing_stop:
        return intents
    stop = stops.trailed_stop(held, price)
    if stop is None:
        return intents
    if not intents:
        trail = {"position": held.position, "stop_price": _text(stop)}
        return (Intent(kind="adjust", author="trailing_stop", numbers=trail),)
    return tuple(_with_stop(intent, stop, held) if intent.kind in MOVES_STOP else intent for intent in intents)


def _with_stop(intent: Intent, stop: Decimal, held: Held) -> Intent:
    wanted = [Decimal(intent.numbers["stop_price"])] if "stop_price" in intent.numbers else []
    return replace(intent, numbers={**intent.numbers, "stop_price": _text(stops.tightest([stop, *wanted], held))})


def _size(case: _Case) -> AdvisedSize:
    price = case.facts.price or Decimal(0)
    stop_ratio = abs((case.params.stop_loss_price or Decimal(0)) / price - 1) if price else Decimal(1)
    return advised_size(
        case.params.position_size_percent or Decimal(0),
        leverage=max(_leverage(case), 1),
        stop_ratio=stop_ratio or Decimal(1),
        facts=case.facts,
    )


def _leverage(case: _Case) -> int:
    return int(case.params.leverage or 0)


def _verdict(rule: str, passed: bool, value: str = "", limit: str = "") -> Verdict:
    return Verdict(rule=rule, passed=passed, value=value, limit=limit)


def _at_most(rule: str, value: Decimal, limit: Decimal) -> Verdict:
    return _verdict(rule, value <= limit, f"{value:.4f}", f"{limit:f}")


def _at_least(rule: str, value: Decimal, limit: Decimal) -> Verdict:
    return _verdict(rule, value >= limit, f"{value:.4f}", f"{limit:f}")


def _below(rule: str, value: int, limit: int) -> Verdict:
    return _verdict(rule, value < limit, str(value), str(limit))


def _text(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"
