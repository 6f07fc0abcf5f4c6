"""Trading rules of made-up contracts for tests."""

from decimal import Decimal

from exchange.types import SymbolRules


def symbol_rules(
    symbol: str = "DOTUSDT",
    *,
    tick: str = "0.001",
    step: str = "0.1",
    min_notional: str = "5",
    market_max: str = "1000000",
) -> SymbolRules:
    return SymbolRules(
        symbol=symbol,
        tick_size=Decimal(tick),
        min_price=Decimal(tick),
        max_price=Decimal(100000),
        step_size=Decimal(step),
        min_quantity=Decimal(step),
        max_quantity=Decimal(1000000),
        market_step_size=Decimal(step),
        market_max_quantity=Decimal(market_max),
        min_notional=Decimal(min_notional),
    )
