"""The signal filters, one per module, by name; what each needs to see, and how they are run."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from risk.filters.basis import basis
from risk.filters.basis_change_24h import basis_change_24h
from risk.filters.buy_acceleration import buy_acceleration
from risk.filters.buy_sell_ratio import buy_sell_ratio
from risk.filters.consecutive_buy_ratio import consecutive_buy_ratio
from risk.filters.context import FilterContext
from risk.filters.cvd_new_low import cvd_new_low
from risk.filters.entry_gain import entry_gain, entry_gain_min
from risk.filters.intraday_buy_ratio import intraday_buy_ratio
from risk.filters.premium_realtime import premium_realtime
from risk.filters.price_change_24h import price_change_24h
from risk.verdict import Outcome, Verdict

MissingData = Literal["pass", "reject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A judge and the parts of the context that it looks at beyond the two prices."""

    judge: Callable[..., Verdict]
    needs_hours: bool = False
    needs_mark: bool = False
    needs_premiums: bool = False


# In the order in which they are meant to run.
FILTERS: Mapping[str, Filter] = {
    "price_change_24h": Filter(judge=price_change_24h, needs_hours=True),
    "entry_gain": Filter(judge=entry_gain),
    "cvd_new_low": Filter(judge=cvd_new_low, needs_hours=True),
    "premium_realtime": Filter(judge=premium_realtime, needs_mark=True),
    "basis": Filter(judge=basis, needs_mark=True),
    "basis_change_24h": Filter(judge=basis_change_24h, needs_premiums=True),
    "buy_acceleration": Filter(judge=buy_acceleration, needs_hours=True),
    "consecutive_buy_ratio": Filter(judge=consecutive_buy_ratio, needs_hours=True),
    "buy_sell_ratio": Filter(judge=buy_sell_ratio, needs_hours=True),
    "intraday_buy_ratio": Filter(judge=intraday_buy_ratio, needs_hours=True),
    "entry_gain_min": Filter(judge=entry_gain_min),
}


def needs_hours(chosen: Iterable[str]) -> bool:
    """Whether one of the ``chosen`` filters looks at hourly bars."""
    return any(FILTERS[name].needs_hours for name in chosen)


def needs_mark(chosen: Iterable[str]) -> bool:
    """Whether one of the ``chosen`` filters looks at mark or index price."""
    return any(FILTERS[name].needs_mark for name in chosen)


def needs_premiums(chosen: Iterable[str]) -> bool:
    """Whether one of the ``chosen`` filters looks at hourly bars of the premium index."""
    return any(FILTERS[name].needs_premiums for name in chosen)


def run_filters(
    chosen: Mapping[str, Mapping[str, Any]], context: FilterContext, *, on_missing: MissingData = "pass"
) -> list[Verdict]:
    """Verdicts in the given order; the first rejection is the last verdict.

    A filter without its data stays UNAVAILABLE, visibly, and the next one runs; ``on_missing="reject"`` makes that a
    rejection.
    """
    verdicts: list[Verdict] = []
    for name, parameters in chosen.items():
        verdict = FILTERS[name].judge(context, **parameters)
        if verdict.outcome is Outcome.UNAVAILABLE and on_missing == "reject":
            verdict = _rejected_for_want_of_data(verdict)
        verdicts.append(verdict)
        if verdict.outcome is Outcome.REJECT:
            break
    return verdicts


def _rejected_for_want_of_data(verdict: Verdict) -> Verdict:
    return replace(verdict, outcome=Outcome.REJECT, reason=f"{verdict.reason}; missing data is set to reject")
