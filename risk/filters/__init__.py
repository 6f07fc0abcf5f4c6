"""The signal filters, one per module, by name."""

from collections.abc import Callable, Mapping
from typing import Any

from risk.filters.context import FilterContext
from risk.filters.entry_gain import entry_gain
from risk.verdict import Outcome, Verdict

FILTERS: Mapping[str, Callable[..., Verdict]] = {"entry_gain": entry_gain}


def run_filters(chosen: Mapping[str, Mapping[str, Any]], context: FilterContext) -> list[Verdict]:
    """Verdicts in the given order; the first rejection is the last verdict. Missing data passes, visibly."""
    verdicts: list[Verdict] = []
    for name, parameters in chosen.items():
        verdicts.append(FILTERS[name](context, **parameters))
        if verdicts[-1].outcome is Outcome.REJECT:
            break
    return verdicts
