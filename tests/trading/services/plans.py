"""Plans in steps as tests ask for them: settings of a style, one look of the workers, changes of open positions."""

from decimal import Decimal
from typing import Any

from desk.guarding import guarded
from desk.models import ConfigVersion
from exchange.types import OrderRequest, OrderType, PositionSide, Side
from signals.strategies.execution import ExecutionStyle
from tests.lockstep import SYMBOL, Lockstep
from trading.core.states import ChangeKind
from trading.models import Position, PositionChange
from trading.services import reconcile
from trading.services.executions import work_executions
from trading.services.manual_entry import ManualEntry, request_entry
from trading.services.position_changes import WantedChange, request_change, unfinished_changes, work_change
from trading.services.working_entries import work_entries


def styled(lockstep: Lockstep, style: str, **values: Any) -> None:
    """The bot enters in ``style`` from now on."""
    version = ConfigVersion.objects.get(pk=lockstep.bot.config_version.pk)
    version.values = {**version.values, "execution_style": style, **values}
    version.save()


def look(lockstep: Lockstep) -> None:
    """One turn of the worker, and what the exchange tells because of it."""
    work_entries(lockstep.venue)
    work_executions(lockstep.venue)
    for change in unfinished_changes(lockstep.account):
        with guarded("work_change", change=change.pk):
            work_change(change, lockstep.venue)
    lockstep.deliver()


def sliced_entry(lockstep: Lockstep, *, slices: int = 4, seconds: int = 120, **values: Any) -> Position:
    """The first of the slices is filled and protected."""
    styled(lockstep, "twap", twap_slices=slices, twap_seconds=seconds, **values)
    lockstep.enter()
    lockstep.deliver()
    return lockstep.position()


def by_hand(lockstep: Lockstep, style: ExecutionStyle | None, **details: Any) -> Position:
    entry = ManualEntry(
        symbol=SYMBOL,
        position_side=PositionSide.SHORT,
        leverage=3,
        stop_loss_pct=Decimal(18),
        take_profit_pct=Decimal(33),
        author="anna",
        margin=Decimal(200),
        style=style,
        **details,
    )
    return request_entry(entry, account=lockstep.account, market=lockstep.venue.market, now=lockstep.now())


def somebody_else_sells(lockstep: Lockstep, quantity: int = 5, *, noticed: bool = True) -> None:
    """Foreign quantity joins ours, and the desk has noticed unless told otherwise."""
    theirs = OrderRequest(
        symbol=SYMBOL,
        side=Side.SELL,
        position_side=PositionSide.BOTH,
        order_type=OrderType.MARKET,
        quantity=Decimal(quantity),
        client_order_id="somebody-else",
    )
    lockstep.venue.trading.place_order(theirs)
    lockstep.deliver()
    if noticed:
        reconcile.check(lockstep.venue)


def ask(lockstep: Lockstep, kind: ChangeKind, *, share: str = "50", number: int = 1, **details: Any) -> PositionChange:
    wanted = WantedChange(kind=kind, key=f"{kind}-{number}", author="strategy", share_pct=Decimal(share), **details)
    return request_change(lockstep.position(), wanted, now=lockstep.now())


def add_in_slices(lockstep: Lockstep, **details: Any) -> PositionChange:
    """A position in profit, and the first of four slices of an add filled."""
    lockstep.open_position()
    lockstep.price("8.300")
    change = ask(lockstep, ChangeKind.ADD, style=ExecutionStyle.TWAP, **details)
    look(lockstep)
    change.refresh_from_db()
    return change
