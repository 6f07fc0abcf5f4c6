"""What models cost. Money in USD as Decimal, rounded up to the millionth: never reckoned cheaper than it is. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal, InvalidOperation

from advisor.providers.port import Usage

MILLION = Decimal(1_000_000)
MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Price:
    """USD for a million tokens."""

    input: Decimal
    output: Decimal


class PriceList:
    """Prices by the beginning of the model's name; the longest wins. An unknown model costs the highest of all."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        if not prices:
            raise ValueError("a price list without prices")
        self._prices = dict(prices)
        self._dearest = Price(
            max(price.input for price in prices.values()), max(price.output for price in prices.values())
        )

    def price(self, model: str) -> Price:
        matching = [beginning for beginning in self._prices if model.startswith(beginning)]
        return self._prices[max(matching, key=len)] if matching else self._dearest

    def cost(self, model: str, usage: Usage) -> Decimal:
        price = self.price(model)
        exact = (price.input * usage.input_tokens + price.output * usage.output_tokens) / MILLION
        return exact.quantize(MICRO, rounding=ROUND_CEILING)


def parse_prices(texts: Mapping[str, str]) -> dict[str, Price]:
    """``{"model": "in:out"}`` in USD for a million tokens. Raises ValueError that names the model."""
    return {model: _parsed(model, text) for model, text in texts.items()}


def _parsed(model: str, text: str) -> Price:
    first, separator, second = text.partition(":")
    try:
        price = Price(Decimal(first), Decimal(second))
    except InvalidOperation:
        raise ValueError(f"price of {model}: {text!r} is not in:out") from None
    if not separator or not all(part.is_finite() and part >= 0 for part in (price.input, price.output)):
        raise ValueError(f"price of {model}: {text!r} is not in:out")
    return price
