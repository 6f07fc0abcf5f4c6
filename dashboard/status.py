"""The one-look answer: is the money safe, what is it worth, what comes next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from dashboard import figures, outlook
from dashboard.figures import OpenRisk, Today
from dashboard.market_time import MarketTime
from dashboard.outlook import LastScan
from dashboard.pulse import Pulse, pulses
from desk.models import Bot, accounts_of_this_environment
from trading import selectors
from trading.models import Position, SymbolBlock
from trading.selectors import DeskStatus, ProtectionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """Protection of the whole desk. ``naked_since`` (wall time) is the oldest of the positions without a stop."""

    state: ProtectionState
    naked_since: datetime | None
    naked_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Status of the desk with the sums over its rows. Money in USDT; what needs market time is None without it."""

    desk: DeskStatus
    equity: Decimal | None
    exposure: Decimal
    open_risk: OpenRisk
    today: Today | None
    light: Light
    p99_naked_seconds: float | None
    bots: Sequence[Bot]
    next_scan_at: datetime | None
    last_scan: LastScan | None
    loops: Mapping[str, Pulse]
    blocked: Sequence[SymbolBlock]


def overview(market: MarketTime | None) -> Overview:
    desk = selectors.desk_status(market_time=market.at if market else None, speed=market.speed if market else None)
    held = list(selectors.open_positions())
    return Overview(
        desk=desk,
        equity=_equity(desk),
        exposure=figures.exposure(held),
        open_risk=figures.open_risk(held),
        today=figures.today(market.at, held) if market else None,
        light=light(held),
        p99_naked_seconds=figures.p99_naked_seconds(held),
        bots=list(Bot.objects.filter(account__in=accounts_of_this_environment()).order_by("pk")),
        next_scan_at=outlook.next_scan_at(market.at) if market else None,
        last_scan=outlook.last_scan(),
        loops=pulses(),
        blocked=list(selectors.blocks()),
    )


def light(held: Sequence[Position]) -> Light:
    naked = [position for position in held if selectors.protection_of(position).state in figures.NAKED]
    since = [position.naked_since for position in naked if position.naked_since is not None]
    return Light(
        state=selectors.worst_protection(held),
        naked_since=min(since, default=None),
        naked_seconds=max((selectors.protection_of(position).naked_seconds for position in naked), default=0.0),
    )


def _equity(desk: DeskStatus) -> Decimal | None:
    if desk.wallet_balance is None:
        return None
    return desk.wallet_balance + (desk.unrealized_pnl or Decimal(0))
