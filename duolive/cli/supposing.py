"""``what-if``: what an entry on the newest signal of a contract would do now; and the lines in which it is told."""

from argparse import Namespace
from collections.abc import Mapping
from dataclasses import asdict
from decimal import Decimal

from desk.venue import clock, market_data
from duolive.cli.desk import require_desk
from duolive.cli.outcome import CommandError
from duolive.cli.output import Output, shown
from risk.what_if import WhatIf
from signals.selectors import signals
from trading.services.entry_plan import Refused
from trading.services.signal_what_if import what_if_of_signal


def suppose(options: Namespace, output: Output) -> None:
    """Numbers of an entry at the present price; nothing is written or sent."""
    require_desk()
    signal = signals().filter(symbol=options.symbol).order_by("-found_at").first()
    if signal is None:
        raise CommandError(f"{options.symbol}: no signal is on record.")
    try:
        found = what_if_of_signal(signal, market=market_data(), now=clock().now(), gap_pct=options.gap)
    except Refused as refused:
        raise CommandError(f"{options.symbol}: {refused.reason}", reason_code=refused.code) from refused
    output.line(f"{signal.symbol}, {signal.bot.name}, signal of {shown(signal.found_at)} UTC, {signal.case}")
    tell({**sizes_of(found), **risks_of(found)}, output=output)
    note_refusal(found, output=output)
    output.result({"case": str(signal.case), "signal_status": signal.status, "what_if": asdict(found)})


def sizes_of(found: WhatIf) -> Mapping[str, str]:
    return {
        "quantity": shown(found.quantity),
        "notional": f"{found.notional:.2f} USDT",
        "margin": f"{found.margin:.2f} USDT at {found.leverage}x",
        "stop": shown(found.stop_price),
    }


def risks_of(found: WhatIf) -> Mapping[str, str]:
    return {
        "fee": f"{found.fee:.4f} USDT, at the stop {found.exit_fee:.4f}",
        "liquidation": "unknown" if found.liquidation_price is None else shown(found.liquidation_price),
        "at the stop": _loss(found.loss_at_stop, found.loss_at_stop_pct),
        f"{found.gap_pct:f} % gap": _loss(found.loss_at_gap, found.loss_at_gap_pct),
        "limit": "unknown" if found.room is None else f"{found.bound_by} leaves {found.room:.2f} USDT",
    }


def tell(lines: Mapping[str, str], *, output: Output) -> None:
    for label, text in lines.items():
        output.line(f"{label:<12} {text}")


def note_refusal(found: WhatIf, *, output: Output) -> None:
    if found.refusal:
        output.note(f"Over a limit: {found.refusal}.")


def _loss(amount: Decimal, pct: Decimal | None) -> str:
    return f"{-amount:.2f} USDT" + ("" if pct is None else f", {pct:.2f} % of equity")
