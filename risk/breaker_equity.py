"""Equity as a fund would count it: units at a price, so that money moved in or out is neither profit nor loss."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

KEPT_DAYS = 60
OVERNIGHT = timedelta(minutes=10)  # market; a reading this young before midnight is the new day's opening
_PRICE = Decimal("1e-18")


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """Money moved into (positive) or out of the account, USDT, at market time ``at``."""

    at: datetime
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """Where a day or week began: its first UTC day, unit price and equity (USDT), and what has flowed in since."""

    since: date
    price: Decimal
    equity: Decimal
    at: datetime
    flows: Decimal = Decimal(0)

    def loss(self, equity: Decimal) -> Decimal:
        """USDT lost since, negative for a gain; flows are no part of it."""
        return self.equity + self.flows - equity

    def loss_pct(self, price: Decimal) -> Decimal:
        """Percent of the capital that was at work."""
        return (1 - price / self.price) * 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPrice:
    day: date
    price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityTrack:
    """What is remembered of one account's equity. ``price`` is of one unit; it moves with results alone."""

    units: Decimal
    price: Decimal
    equity: Decimal
    read_at: datetime
    day: Opening
    week: Opening
    peak_price: Decimal
    peak_at: datetime
    born_at: datetime  # money moved before is in the first reading
    days: tuple[DayPrice, ...] = ()  # last price of each finished UTC day, oldest first

    @property
    def drawdown_pct(self) -> Decimal:
        return (1 - self.price / self.peak_price) * 100

    def average(self, days: int) -> Decimal | None:
        """Mean of the last ``days`` daily prices, or None before so many were seen."""
        last = self.days[-days:] if days else ()
        return sum((row.price for row in last), Decimal(0)) / days if days and len(last) == days else None


def track_equity(
    track: EquityTrack | None, *, equity: Decimal, at: datetime, flows: Sequence[Flow] = ()
) -> EquityTrack | None:
    """``track`` with one more reading of equity; ``flows`` are those not handed in before, with their own times.

    A flow that became known only after a reading had shown it is taken out of that reading's marks. An account that
    was emptied begins anew with the first money in it. A reading of an earlier time than the last changes nothing.
    """
    if track is not None and at < track.read_at:
        return track
    if track is None:
        return _born(equity, at) if equity > 0 else None
    new = [flow for flow in flows if flow.at > track.born_at]
    for flow in new:
        if flow.at <= track.read_at:
            track = _without(track, flow)
    inflow = sum((flow.amount for flow in new), Decimal(0))
    units = track.units + inflow / track.price
    if units <= 0 or equity <= 0:
        return _born(equity, at) if equity > 0 else None
    moved = replace(
        track,
        day=replace(track.day, flows=track.day.flows + inflow),
        week=replace(track.week, flows=track.week.flows + inflow),
    )
    return _read(_rolled(moved, equity=equity, price=_price(equity, units), at=at), units=units, equity=equity, at=at)


def _price(equity: Decimal, units: Decimal) -> Decimal:
    return (equity / units).quantize(_PRICE)


def _born(equity: Decimal, at: datetime) -> EquityTrack:
    one = Decimal(1)
    return EquityTrack(
        units=equity,
        price=one,
        equity=equity,
        read_at=at,
        day=Opening(since=at.date(), price=one, equity=equity, at=at),
        week=Opening(since=monday(at), price=one, equity=equity, at=at),
        peak_price=one,
        peak_at=at,
        born_at=at,
    )


def _without(track: EquityTrack, flow: Flow) -> EquityTrack:
    """Marks that were set after the flow without knowing of it, with it taken out."""
    rest = track.equity - flow.amount
    if rest <= 0:
        return track
    factor = rest / track.equity

    def corrected(opening: Opening) -> Opening:
        if opening.at < flow.at:
            return opening
        return replace(opening, price=opening.price * factor, equity=opening.equity - flow.amount)

    return replace(
        track,
        price=track.price * factor,
        equity=rest,
        peak_price=track.peak_price * factor if track.peak_at >= flow.at else track.peak_price,
        day=corrected(track.day),
        week=corrected(track.week),
    )


def _rolled(track: EquityTrack, *, equity: Decimal, price: Decimal, at: datetime) -> EquityTrack:
    """With new openings where a UTC day or week has begun since the last reading."""
    if at.date() <= track.day.since:
        return track
    is_overnight = at - track.read_at <= OVERNIGHT
    opened_at, opened_price = (track.read_at, track.price) if is_overnight else (at, price)
    opened_equity = equity * opened_price / price
    opening = Opening(since=at.date(), price=opened_price, equity=opened_equity, at=opened_at)
    closed = DayPrice(day=track.day.since, price=track.price)
    week = replace(opening, since=monday(at)) if monday(at) > track.week.since else track.week
    return replace(track, day=opening, week=week, days=(*track.days, closed)[-KEPT_DAYS:])


def _read(track: EquityTrack, *, units: Decimal, equity: Decimal, at: datetime) -> EquityTrack:
    price = _price(equity, units)
    is_peak = price > track.peak_price
    return replace(
        track,
        units=units,
        price=price,
        equity=equity,
        read_at=at,
        peak_price=price if is_peak else track.peak_price,
        peak_at=at if is_peak else track.peak_at,
    )


def accepted(track: EquityTrack) -> EquityTrack:
    """The losses so far taken as they are: day, week and peak begin where equity stands now."""
    opening = Opening(since=track.day.since, price=track.price, equity=track.equity, at=track.read_at)
    return replace(
        track,
        day=opening,
        week=replace(opening, since=track.week.since),
        peak_price=track.price,
        peak_at=track.read_at,
    )


def monday(at: datetime) -> date:
    """The UTC day the week of ``at`` began on."""
    return at.date() - timedelta(days=at.weekday())
