"""Ranges of the risk settings: refused field by field, with what is allowed; unknown names are errors."""

from typing import Any

import pytest
from annotated_types import Ge, Le
from pydantic import ValidationError

from duolive.configuration import ROOT
from risk.limit_settings import RiskSettings

GUARDING = ("risk", "trading/core", "trading/services", "trading/advised")
BOUNDED = [
    (name, bound)
    for name, info in RiskSettings.model_fields.items()
    for bound in info.metadata
    if isinstance(bound, Ge | Le)
]


def fields_refused(values: dict[str, Any]) -> set[str]:
    with pytest.raises(ValidationError) as refused:
        RiskSettings.model_validate(values)
    return {str(error["loc"][0]) for error in refused.value.errors()}


@pytest.mark.parametrize(("name", "bound"), BOUNDED, ids=lambda each: str(each))
def test_each_bound_may_be_reached_and_not_passed(name: str, bound: Ge | Le) -> None:
    edge: Any = bound.ge if isinstance(bound, Ge) else bound.le
    beyond = edge - 1 if isinstance(bound, Ge) else edge + 1

    assert getattr(RiskSettings.model_validate({name: edge}), name) == edge
    assert fields_refused({name: beyond}) == {name}


def test_every_number_has_both_bounds() -> None:
    numbers = [name for name, info in RiskSettings.model_fields.items() if info.annotation not in (bool, str)]
    bounds = {name: {type(bound) for each, bound in BOUNDED if each == name} for name, _ in BOUNDED}

    assert {name for name in numbers if name in bounds and bounds[name] != {Ge, Le}} == set()


def test_every_wrong_field_is_named() -> None:
    wrong = {"max_leverage": 126, "drawdown_pct": "-1", "no_such_setting": 1, "crash_tier": "active"}

    assert fields_refused(wrong) == set(wrong)


def test_symbols_are_told_as_the_exchange_spells_them() -> None:
    assert RiskSettings.model_validate({"symbol_deny": ["dotusdt", "DOTUSDT "]}).symbol_deny == ("DOTUSDT",)
    assert fields_refused({"symbol_deny": ["DOT/USDT"]}) == {"symbol_deny"}


def test_no_limit_asks_where_it_is_enforced():
    """The same code holds on a testnet, in a replay and with real money."""
    code = [path for name in GUARDING for path in (ROOT / name).rglob("*.py")]

    assert len(code) > 50
    assert [path.name for path in code if "DUOLIVE_ENV" in path.read_text(encoding="utf-8")] == []
