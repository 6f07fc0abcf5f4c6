"""A bot's closed trades as its adviser remembers them, by the books."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum

from advisor.memory.trades import ClosedTrade, statistics, streak
from desk.models import Bot
from trading.advised.facts import Record
from trading.case_story import result_of
from trading.core.states import ChangeKind, ChangeStatus, ExitReason, PositionStatus
from trading.models import Income, Position
from trading.services.holdings import FUNDING_FEE

REMEMBERED = 200  # trades; Kelly, streak and ranking look no farther back


def closed_trades(bot: Bot) -> list[ClosedTrade]:
    """The last finished trades of ``bot``, oldest first; entries that never filled are none."""
    rows = (
        Position.objects.filter(bot=bot, status=PositionStatus.CLOSED, filled_at__isnull=False)
        .exclude(exit_reason=ExitReason.ENTRY_UNFILLED)
        .select_related("signal")
        .prefetch_related("changes")
        .order_by("-closed_at", "-pk")[:REMEMBERED]
    )
    return [trade for row in reversed(rows) if (trade := _trade(row)) is not None]


def _trade(position: Position) -> ClosedTrade | None:
    result = result_of(position)
    if result is None or position.filled_at is None or position.closed_at is None:
        return None
    terms: dict[str, Any] = position.signal.terms if position.signal else {}
    pnl = result.result + _funding(position)
    ratio = result.return_ratio or Decimal(0)
    done = [change.kind for change in position.changes.all() if change.status == ChangeStatus.DONE]
    return ClosedTrade(
        trade_id=str(position.pk),
        symbol=position.symbol,
        is_long=position.direction == "LONG",
        regime=str(terms.get("regime", "")),
        opened_at=position.filled_at,
        closed_at=position.closed_at,
        pnl=pnl,
        pnl_percent=(ratio * 100).quantize(Decimal("0.0001")),
        exit_reason=position.exit_reason,
        adds=done.count(ChangeKind.ADD),
        reduces=done.count(ChangeKind.REDUCE),
        thesis=str(terms.get("thesis", ""))[:600],
        features=dict(terms.get("features", {})),
    )


def _funding(position: Position) -> Decimal:
    """What was paid (negative) or received while it was open, USDT."""
    booked = Income.objects.filter(
        Q(at__gte=position.filled_at) & Q(at__lte=position.closed_at),
        account=position.account,
        income_type=FUNDING_FEE,
        symbol=position.symbol,
    )
    return booked.aggregate(sum=Sum("amount"))["sum"] or Decimal(0)


def record_of(trades: Sequence[ClosedTrade]) -> Record:
    """Wins, losses and the streak of ``trades``."""
    found = statistics(trades)
    return Record(
        wins=found.wins,
        losses=found.losses,
        average_win=found.average_win,
        average_loss=abs(found.average_loss),
        streak=streak(trades),
    )
