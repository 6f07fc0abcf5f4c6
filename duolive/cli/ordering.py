"""``order``: the numbers first, then the yes, then the intent, and what became of it."""

import time
import uuid
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from desk.models import Account, Event, accounts_of_this_environment
from desk.narration import sentence
from desk.venue import clock, market_data
from duolive.cli.asking import require_yes
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError, ExitCode
from duolive.cli.output import Output, shown
from duolive.cli.supposing import note_refusal, risks_of, tell
from duolive.cli.surge_bot import surge_settings
from duolive.cli.waiting import wait_for
from exchange.types import PositionSide
from signals.strategies.execution import ExecutionStyle
from trading.core.exits import ExitsOnWrongSide
from trading.core.states import AT_VENUE, ExitReason
from trading.models import Position
from trading.selectors import ProtectionState, protection_of
from trading.services.manual_entry import EntryRefused, ManualEntry, ManualPlan, plan_manual_entry, request_entry
from trading.services.what_if import what_if_of

AUTHOR = "cli"
LOST = frozenset({ExitReason.ENTRY_UNFILLED, ExitReason.UNPROTECTED_FLATTEN})


def order(options: Namespace, output: Output) -> None:
    """Enter by hand. Ends with 0 when the position is protected, or only asked for with --no-wait."""
    require_desk()
    entry = _entry(options)
    plan = _plan(entry)
    _show(plan, entry, output=output)
    if options.what_if:
        _show_what_if(entry, plan, gap_pct=options.gap, output=output)
        return
    require_yes(f"{_in_words(entry, plan)}?", is_given=options.yes, output=output)
    position = _request(entry)
    if options.wait:
        with output.waiting(f"waiting until {entry.symbol} is protected"):
            _follow(position, timeout=float(options.timeout), output=output)
    output.result({"plan": asdict(plan), "position": _facts(position), "events": list(_told(position))})
    if not options.wait:
        output.line(f"{entry.symbol}: asked; the desk sends it. 'orders {entry.symbol}' shows it.")


def _entry(options: Namespace) -> ManualEntry:
    """What the arguments ask for; what they leave open is taken from the surge bot's settings."""
    price, quantity = _price_and_quantity(options)
    config = surge_settings()
    return ManualEntry(
        symbol=options.symbol,
        position_side=PositionSide.LONG if options.long else PositionSide.SHORT,
        leverage=options.leverage or config.leverage,
        stop_loss_pct=options.sl or config.stop_loss_pct,
        take_profit_pct=options.tp or config.strong_tp_pct,
        author=AUTHOR,
        price=price,
        margin=options.margin,
        quantity=quantity,
        request_key=uuid.uuid4().hex,
        style=ExecutionStyle(options.style) if options.style else None,
    )


def _price_and_quantity(options: Namespace) -> tuple[Decimal | None, Decimal | None]:
    """From PRICE QTY, PRICE --margin, QTY --market or --margin --market. Raises CommandError for anything else."""
    wanted = (0 if options.market else 1) + (0 if options.margin else 1)
    if len(options.numbers) != wanted:
        raise CommandError(
            "Write it as SYMBOL PRICE QTY, SYMBOL PRICE --margin USDT, SYMBOL QTY --market or "
            "SYMBOL --market --margin USDT.",
            ExitCode.USAGE,
        )
    numbers = list(options.numbers)
    price = None if options.market else numbers.pop(0)
    return price, numbers.pop() if numbers else None


def _plan(entry: ManualEntry) -> ManualPlan:
    try:
        return plan_manual_entry(entry, market_data(), account=_account())
    except EntryRefused as error:
        raise CommandError(f"{entry.symbol}: {error}", field=error.field) from error
    except ExitsOnWrongSide as error:
        raise CommandError(f"{entry.symbol}: {error}") from error


def _show(plan: ManualPlan, entry: ManualEntry, *, output: Output) -> None:
    lines = {
        "entry": "at market" if plan.limit is None else f"limit {shown(plan.limit)}",
        "last price": shown(plan.last_price) if plan.limit is None else None,
        "reckoned at": None if plan.sizing_price == (plan.limit or plan.last_price) else shown(plan.sizing_price),
        "quantity": shown(plan.quantity),
        "notional": f"{plan.notional:.2f} USDT",
        "margin": f"{plan.margin:.2f} USDT at {plan.leverage}x",
        "stop": f"{shown(plan.stop_price)} ({-plan.loss_at_stop:.2f} USDT)",
        "take-profit": shown(plan.take_profit_price),
    }
    for label, text in lines.items():
        if text is not None:
            output.line(f"{label:<12} {text}")
    if plan.leverage < entry.leverage:
        output.note(f"Leverage lowered from {entry.leverage}x: at more the stop would lie too near to liquidation.")


def _show_what_if(entry: ManualEntry, plan: ManualPlan, *, gap_pct: Decimal, output: Output) -> None:
    found = what_if_of(entry, plan, account=_account(), market=market_data(), gap_pct=gap_pct)
    tell(risks_of(found), output=output)
    note_refusal(found, output=output)
    output.result({"plan": asdict(plan), "what_if": asdict(found)})


def _in_words(entry: ManualEntry, plan: ManualPlan) -> str:
    verb = "Buy" if entry.position_side is PositionSide.LONG else "Sell short"
    price = "at market" if plan.limit is None else f"at {shown(plan.limit)}"
    return f"{verb} {shown(plan.quantity)} {entry.symbol} {price}"


def _request(entry: ManualEntry) -> Position:
    try:
        return request_entry(
            entry, account=_account(), market=market_data(), now=clock().now(), speed=clock().speed
        )  # fmt: skip
    except EntryRefused as error:
        raise CommandError(f"{entry.symbol}: {error}", field=error.field, **_limit(error)) from error


def _limit(error: EntryRefused) -> dict[str, Any]:
    found = error.refusal
    return {} if found is None else {"reason_code": found.code.value, "value": found.value, "limit": found.limit}


def _account() -> Account:
    return accounts_of_this_environment().order_by("pk")[0]


def _follow(position: Position, *, timeout: float, output: Output) -> None:
    """Tell each event of the case as it comes, until the position is protected or over."""
    told: set[int] = set()

    def is_settled() -> bool:
        position.refresh_from_db()
        for event in _events(position):
            if event.pk not in told:
                told.add(event.pk)
                output.line(f"{shown(event.at)}  {sentence(event)}")
        return position.is_over or _is_protected(position)

    started = time.monotonic()
    if not wait_for(is_settled, seconds=timeout):
        waited = time.monotonic() - started
        raise CommandError(
            f"{position.symbol}: not settled within {waited:.0f} s. The desk goes on; "
            f"'python -m duolive orders {position.symbol}' tells how it stands."
        )
    if position.is_over:
        _require_traded(position)


def _is_protected(position: Position) -> bool:
    """Stop and take-profit stand at the exchange."""
    protection = protection_of(position)
    target = protection.take_profit
    return protection.state is ProtectionState.PROTECTED and target is not None and target.status in AT_VENUE


def _require_traded(position: Position) -> None:
    reason = ExitReason(position.exit_reason)
    if reason in LOST:
        raise CommandError(f"{position.symbol}: {reason.label}. Nothing is open.", exit_reason=reason.value)


def _events(position: Position) -> Iterator[Event]:
    yield from Event.objects.filter(case=position.case).select_related("bot").order_by("id")


def _told(position: Position) -> Iterator[str]:
    return (sentence(event) for event in _events(position))


def _facts(position: Position) -> dict[str, Any]:
    return {
        "id": position.pk,
        "symbol": position.symbol,
        "direction": position.direction,
        "status": position.status,
        "quantity": position.quantity,
        "entry_price": position.entry_price,
        "stop_price": position.stop_price,
        "take_profit_price": position.take_profit_price,
        "exit_reason": position.exit_reason,
    }
