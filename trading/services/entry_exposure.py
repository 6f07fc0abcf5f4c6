"""What an entry adds to its account, gathered for the limits of size: by the venue once, by our rows at the end."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import structlog
from django.db.models import Q, QuerySet

from desk.models import Account, Bot
from exchange.errors import ExchangeError
from exchange.ports import MarketDataPort
from exchange.types import AccountSnapshot
from risk.correlation import cluster_of
from risk.limit_settings import RiskSettings
from risk.limits import LimitCode, LimitRefusal
from risk.limits_exposure import Book, Carried, Stake, exposure_refusal
from risk.limits_freshness import DataClass, freshness_refusal
from trading.core.states import ENTERING, LIVE, UNCONFIRMED, PositionStatus
from trading.models import Order, Position
from trading.services.holdings import carried_notional, held_legs
from trading.venue import Venue

log = structlog.get_logger(__name__)

CHECKED_WALL_SECONDS = 120  # checks read the balance every half minute, where they run


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """The account as an entry is planned on it. USDT; ``read_at`` is market time, None where nothing is known.

    ``newest_position`` is our newest row that the venue knew by then: the margin of later ones is in ``available``.
    """

    snapshot: AccountSnapshot | None
    equity: Decimal | None
    available: Decimal | None
    read_at: datetime | None
    foreign: tuple[Carried, ...]
    newest_position: int


def look_at_account(venue: Venue) -> AccountView:
    """Balances and foreign positions as they are now. Raises ExchangeError where positions cannot be read.

    Balances that cannot be read are those read last; how old those may be is a limit of its own.
    """
    at_work = Q(orders__purpose__in=ENTERING, orders__status__in=UNCONFIRMED)
    newest = _newest_before(at_work, venue.account)
    foreign = _foreign(venue)
    try:
        snapshot = venue.trading.account()
    except ExchangeError as error:
        log.warning("balance_unavailable", error=str(error))
        return read_last(venue.account, foreign=foreign)
    return AccountView(
        snapshot=snapshot,
        equity=snapshot.wallet_balance + snapshot.unrealized_pnl,
        available=snapshot.available_balance,
        read_at=venue.now(),
        foreign=foreign,
        newest_position=newest,
    )


def read_last(account: Account, *, foreign: tuple[Carried, ...] = ()) -> AccountView:
    """The account by what was read last; what may have been entered since that reading is not in it."""
    row = Account.objects.get(pk=account.pk)
    is_known = row.wallet_balance is not None and row.available_balance is not None
    read_at = row.balances_at if is_known else None
    return AccountView(
        snapshot=None,
        equity=(row.wallet_balance or Decimal(0)) + (row.unrealized_pnl or Decimal(0)) if is_known else None,
        available=row.available_balance,
        read_at=read_at,
        foreign=foreign,
        newest_position=_newest_known(account, read_at),
    )


def _newest_known(account: Account, read_at: datetime | None) -> int:
    """Our newest row for whose margin a reading of ``read_at`` surely has room left.

    An entry that had no fill by then is not taken for known: better its margin is counted twice than not at all.
    """
    if read_at is None:
        return 0
    since = Q(created_at__gte=read_at) | Q(filled_at__gte=read_at) | Q(filled_at__isnull=True)
    return _newest_before(since, account)


def _newest_before(unknown: Q, account: Account) -> int:
    """Our newest row before the first unfinished one that is ``unknown`` to the venue's balance, else the newest."""
    first = _unfinished(account).filter(unknown).order_by("pk").values_list("pk", flat=True).first()
    if first is not None:
        return first - 1
    return Position.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def _foreign(venue: Venue) -> tuple[Carried, ...]:
    """Positions at the venue that none of ours is; on our symbol, the other side in hedge mode."""
    rows = venue.trading.positions()
    ours = held_legs(venue)
    return tuple(
        Carried(symbol=row.symbol, notional=abs(row.quantity) * row.mark_price, margin=row.initial_margin)
        for row in rows
        if (row.symbol, row.position_side) not in ours
    )


def _unfinished(account: Account) -> QuerySet[Position]:
    return Position.objects.filter(account=account).exclude(status=PositionStatus.CLOSED)


def balance_too_old(view: AccountView, settings: RiskSettings, *, now: datetime, speed: Decimal) -> LimitRefusal | None:
    """``now`` is market time, ``speed`` its speed: in a fast replay hours of the market pass between two checks."""
    age = None if view.read_at is None else now - view.read_at
    least = timedelta(seconds=CHECKED_WALL_SECONDS * float(speed))
    return freshness_refusal({DataClass.BALANCE: age}, settings, least=least)


def balance_unknown(view: AccountView, settings: RiskSettings) -> LimitRefusal | None:
    if view.equity is None or view.available is None:
        return LimitRefusal(LimitCode.BALANCE_STALE, "never", f"{settings.max_balance_age_minutes} min")
    return None


def check_exposure(stake: Stake, view: AccountView, settings: RiskSettings, *, bot: Bot) -> LimitRefusal | None:
    """The first limit of size in the way, with our rows counted as they are now.

    Asked for the last time in the transaction that commits the entry, with the account locked: two entries that race
    count each other.
    """
    unknown = balance_unknown(view, settings)
    if unknown is not None:
        return unknown
    tied, book = book_around(stake, view, account=bot.account, bot_id=bot.pk)
    return exposure_refusal(tied, book, settings)


def book_around(stake: Stake, view: AccountView, *, account: Account, bot_id: int | None) -> tuple[Stake, Book]:
    """What the account has and carries by our rows of now, and ``stake`` tied to what nobody has measured yet.

    For a view whose balance is known; ``bot_id`` is None for a bot that carries nothing.
    """
    positions = list(_unfinished(account))
    entering = set(
        Order.objects.filter(account=account, purpose__in=ENTERING, status__in=LIVE).values_list(
            "position_id", flat=True
        )
    )
    ours = tuple(_carried(position, bot_id, is_entering=position.pk in entering) for position in positions)
    newer = [position for position in positions if position.pk > view.newest_position]
    # Nobody has measured how these move: they are taken as tied.
    tied = replace(stake, cluster=stake.cluster | {position.symbol for position in newer})
    available = (view.available or Decimal(0)) - sum((position.margin for position in newer), Decimal(0))
    return tied, Book(equity=view.equity or Decimal(0), available=available, carried=ours + view.foreign)


def _carried(position: Position, bot_id: int | None, *, is_entering: bool) -> Carried:
    notional = carried_notional(position, is_entering=is_entering)
    return Carried(
        symbol=position.symbol,
        notional=notional,
        margin=notional / position.leverage,
        is_of_bot=position.bot_id == bot_id,
    )


def cluster_around(
    symbol: str, venue: Venue, settings: RiskSettings, *, foreign: tuple[Carried, ...]
) -> frozenset[str]:
    """Symbols that the account carries and that move together with ``symbol``; see cluster_on."""
    return cluster_on(
        symbol, venue.market, settings, account=venue.account, foreign=foreign, now=venue.now()
    )  # fmt: skip


def cluster_on(
    symbol: str,
    market: MarketDataPort,
    settings: RiskSettings,
    *,
    account: Account,
    foreign: tuple[Carried, ...],
    now: datetime,
) -> frozenset[str]:
    """Symbols that are carried and move together with ``symbol``; nothing is read while there is no budget for them.

    Closes that cannot be read tie their symbol to the cluster. One request a symbol.
    """
    if not settings.max_cluster_pct:
        return frozenset()
    carried = set(_unfinished(account).values_list("symbol", flat=True)) | {row.symbol for row in foreign}
    if not carried - {symbol}:
        return frozenset()
    hours = settings.cluster_hours
    read = market.klines_many({symbol, *carried}, "1h", start=now - timedelta(hours=hours), end=now, limit=hours + 1)
    closes = {name: [] if isinstance(bars, Exception) else [bar.close for bar in bars] for name, bars in read.items()}
    return cluster_of(symbol, closes, threshold=settings.cluster_correlation) - {symbol}
