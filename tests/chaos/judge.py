"""The laws, held against the exchange's records of one case. Pure: no clock, no network, of ours the books alone."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from exchange.paper.core.state import Record
from exchange.paper.server.protection import Protection
from tests.chaos.sight import Row

UNPROTECTED_SECONDS = 5.0  # wall; law 1
RECOVERY_SECONDS = 30.0  # wall; law 4
ENTRY = re.compile(r"dl[0-9a-f]{6}-\d+-e\d+")
CHANGE = re.compile(r"dl[0-9a-f]{6}-\d+-[ar]\d+")
OURS = re.compile(r"dl[0-9a-f]{6}-\d+-[earsitc]\d+|adl_autoclose.*|autoclose-.*")
NOT_PLAYED = "not played"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of a case when it is over. Seconds are wall seconds.

    ``records`` are the exchange's on the case's contract. ``entries_due`` of the entries meant had to be accepted, or
    the case proves nothing. ``excused`` are seconds in which nobody could have protected anything. ``recovered`` is
    None where the state never agreed. ``books`` are ours by trade id, USDT; ``left`` is what is wrong at the end.
    ``changes_meant`` are orders of ADD and REDUCE, ``sizes`` the least and most that may be open from the act on, if
    anything is; ``sizes_from`` and ``sizes_until`` are numbers of records.
    """

    records: Sequence[Row]
    ended_ns: int
    is_short: bool
    entries_meant: int
    entries_due: int
    is_ours: bool
    moves_stop: bool
    excused: float
    patience: float
    recovered: float | None
    books: Mapping[str, Decimal]
    left: Sequence[str]
    changes_meant: int = 0
    sizes: tuple[Decimal, Decimal] | None = None
    sizes_from: int = 0
    sizes_until: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One row of the table."""

    doubled: int
    unprotected: float
    flips: int
    ledger: Decimal
    recovery: float | None
    faults: Sequence[str]

    @property
    def is_green(self) -> bool:
        return not self.faults

    @property
    def is_caught(self) -> bool:
        """Red by a broken law; a case that could not be played catches nothing."""
        return any(not fault.startswith(NOT_PLAYED) for fault in self.faults)


def not_played(reason: str) -> Verdict:
    """Of a case about which nothing can be said: red."""
    faults = [f"{NOT_PLAYED}: {reason}"]
    return Verdict(doubled=0, unprotected=0.0, flips=0, ledger=Decimal(0), recovery=None, faults=faults)


def judge(evidence: Evidence) -> Verdict:
    """Hold the laws against ``evidence``; every broken one is named in ``faults``."""
    doubled = orders_doubled(
        evidence.records, entries_meant=evidence.entries_meant, changes_meant=evidence.changes_meant
    )
    unprotected = worst_unprotected(evidence.records, ended_ns=evidence.ended_ns) if evidence.is_ours else 0.0
    flips = net_flips(evidence.records, is_short=evidence.is_short) if evidence.is_ours else 0
    ledger = ledger_difference(evidence.records, evidence.books)
    broken = {
        f"{doubled} orders too many": doubled > 0,
        "nothing was entered": entries_accepted(evidence.records) < evidence.entries_due,
        f"{unprotected:.1f} s without a stop": unprotected > UNPROTECTED_SECONDS + evidence.excused,
        "a take-profit before the stop": is_target_first(evidence.records),
        "a gap while the stop was moved": evidence.moves_stop and is_naked_again(evidence.records),
        f"{flips} flips": flips > 0,
        "more or less was open than was asked for": not is_within(evidence),
        f"books differ by {ledger:f}": ledger != 0,
        "never agreed again": evidence.recovered is None,
        f"agreed after {evidence.recovered or 0:.0f} s": (evidence.recovered or 0) > evidence.patience,
        f"at the end: {', '.join(evidence.left)}": bool(evidence.left),
    }
    return Verdict(
        doubled=doubled,
        unprotected=unprotected,
        flips=flips,
        ledger=ledger,
        recovery=evidence.recovered,
        faults=[what for what, is_so in broken.items() if is_so],
    )


def entries_accepted(records: Sequence[Row]) -> int:
    """Entries of ours that the exchange took."""
    return len({order["i"] for order in _orders(records) if order["x"] == "NEW" and ENTRY.fullmatch(order["c"])})


def is_within(evidence: Evidence) -> bool:
    """Whether what was open stayed between the bounds of what was asked for, once and not twice."""
    if evidence.sizes is None:
        return True
    least, most = evidence.sizes
    rows = [row for row in evidence.records if evidence.sizes_from < row["seq"] <= evidence.sizes_until]
    return all(least <= abs(quantity) <= most for quantity in _quantities(rows) if quantity)


def orders_doubled(records: Sequence[Row], *, entries_meant: int, changes_meant: int = 0) -> int:
    """Entries and changes the exchange accepted beyond those meant, and client ids it accepted more than once."""
    ids = {(order["c"], order["i"]) for order in _orders(records) if order["x"] == "NEW"}
    times = Counter(client_id for client_id, _ in ids)
    entries = sum(count for client_id, count in times.items() if ENTRY.fullmatch(client_id))
    changes = sum(count for client_id, count in times.items() if CHANGE.fullmatch(client_id))
    others = sum(count - 1 for name, count in times.items() if not ENTRY.fullmatch(name) and not CHANGE.fullmatch(name))
    return max(0, entries - entries_meant) + max(0, changes - changes_meant) + others


def worst_unprotected(records: Sequence[Row], *, ended_ns: int) -> float:
    """Longest time in which something was open that no close-only stop covered."""
    protection = Protection()
    for row in records:
        protection.follow(_record(row), row["wall_ns"])
    return max((each["worst_seconds"] for each in protection.report(ended_ns)), default=0.0)


def is_naked_again(records: Sequence[Row]) -> bool:
    """Whether something that was open behind a stop lost it before it was closed."""
    protection, was_covered = Protection(), False
    for row in records:
        protection.follow(_record(row), row["wall_ns"])
        for each in protection.report(row["wall_ns"] + 1):
            is_naked = each["current_seconds"] > 0
            if was_covered and is_naked:
                return True
            was_covered = each["is_open"] and not is_naked
    return False


def is_target_first(records: Sequence[Row]) -> bool:
    """Whether a take-profit of ours was accepted before any stop."""
    legs = [row["payload"]["o"] for row in records if row["type"] == "ALGO_UPDATE"]
    accepted = [leg["o"] for leg in legs if leg["X"] == "NEW" and OURS.fullmatch(leg["caid"])]
    return accepted[:1] == ["TAKE_PROFIT_MARKET"]


def _record(row: Row) -> Record:
    return Record(row["seq"], row["market_ms"], row["account"], row["type"], row["payload"])


def net_flips(records: Sequence[Row], *, is_short: bool) -> int:
    """How often the position stood on the side that nobody had asked for."""
    wrong = [quantity > 0 if is_short else quantity < 0 for quantity in _quantities(records)]
    return sum(now and not before for before, now in zip([False, *wrong], wrong, strict=False))


def ledger_difference(records: Sequence[Row], books: Mapping[str, Decimal]) -> Decimal:
    """Sum of what our books and the exchange's differ by, trade by trade, realised profit less commission, USDT."""
    theirs = {
        str(order["t"]): Decimal(order["rp"]) - Decimal(order["n"])
        for order in _orders(records)
        if order["x"] in ("TRADE", "CALCULATED") and OURS.fullmatch(order["c"])
    }
    zero = Decimal(0)
    return sum((abs(theirs.get(key, zero) - books.get(key, zero)) for key in theirs.keys() | books.keys()), zero)


def _orders(records: Sequence[Row]) -> Iterator[Row]:
    return (row["payload"]["o"] for row in records if row["type"] == "ORDER_TRADE_UPDATE")


def _quantities(records: Sequence[Row]) -> Iterator[Decimal]:
    for row in records:
        if row["type"] == "ACCOUNT_UPDATE":
            yield from (Decimal(position["pa"]) for position in row["payload"]["a"]["P"])
